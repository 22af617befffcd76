/**
 * UNSUBSCRIBE, section 3.10. Invariants: UNSUBACK answers also filters that were not subscribed [MQTT-3.10.4-5]; nothing
 * is unsubscribed where one filter is malformed; many filters are worked on in slices.
 */
import { inSlices } from "../../net/turn.ts";
import { encodePacket } from "../../wire/codec.ts";
import type { UnsubscribePacket } from "../../wire/packets.ts";
import type { Client } from "../client.ts";
import { checkUnsubscribe } from "../laws.ts";
import type { BrokerSession } from "../sessions.ts";
import { endSubscription } from "../subscriptions.ts";

/** Handles an UNSUBSCRIBE. */
export function handleUnsubscribe(
  client: Client,
  session: BrokerSession,
  { packetId, topicFilters }: UnsubscribePacket,
): void | Promise<void> {
  const { core, info, acks } = client;
  const end = () =>
    inSlices(core.net, topicFilters, (topicFilter) => {
      if (!client.ownsSession || !endSubscription(core.tree, session, topicFilter)) return;
      core.observers.clientUnsubscribed?.({ client: info, topicFilter });
    });
  const answer = () => acks.push(encodePacket({ type: "unsuback", packetId }, info.protocolLevel));
  const checked = inSlices(core.net, topicFilters, checkUnsubscribe);
  const ended = checked === undefined ? end() : checked.then(end);
  return ended === undefined ? answer() : ended.then(answer);
}
