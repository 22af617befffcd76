/**
 * UNSUBSCRIBE, section 3.10. Invariant: UNSUBACK answers also filters that were not subscribed [MQTT-3.10.4-5].
 */
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
): void {
  const { core, info, acks } = client;
  for (const topicFilter of topicFilters) checkUnsubscribe(topicFilter);
  for (const topicFilter of topicFilters) {
    if (endSubscription(core.tree, session, topicFilter)) {
      core.observers.clientUnsubscribed?.({ client: info, topicFilter });
    }
  }
  acks.push(encodePacket({ type: "unsuback", packetId }, info.protocolLevel));
}
