/**
 * UNSUBSCRIBE, section 3.10. Invariants: UNSUBACK answers also filters that were not subscribed [MQTT-3.10.4-5]; nothing
 * is unsubscribed where one filter is forbidden; many filters are worked on in slices.
 */
import { inSlices } from "../../net/turn.ts";
import { ReasonCode } from "../../wire/codes.ts";
import type { UnsubscribePacket } from "../../wire/packets.ts";
import type { Client } from "../client.ts";
import { type Objection, unsubscribeObjection } from "../laws.ts";
import type { BrokerSession } from "../sessions.ts";
import { groupOf, memberUnsubscribed } from "../shared.ts";
import { endSubscription } from "../subscriptions.ts";
import { ackObjection, pushUnsuback } from "./filter_acks.ts";

/** Handles an UNSUBSCRIBE. */
export function handleUnsubscribe(
  client: Client,
  session: BrokerSession,
  { packetId, topicFilters }: UnsubscribePacket,
): void | Promise<void> {
  const { core: { net }, info, connection } = client;
  const unanswerable = ackObjection(client, topicFilters.length);
  if (unanswerable !== undefined) return connection.closeAfterFlush(unanswerable);
  const objections = new Map<string, Objection>();
  const codes: ReasonCode[] = [];
  const end = () =>
    inSlices(net, topicFilters, (topicFilter) => {
      const objection = objections.get(topicFilter);
      codes.push(objection === undefined ? ended(client, session, topicFilter) : objection.code);
    });
  const answer = () => {
    const [objection] = objections.values();
    if (client.ownsSession) pushUnsuback(client, packetId, codes, objection?.text);
  };
  const checked = inSlices(net, topicFilters, (topicFilter) => {
    const objection = unsubscribeObjection(topicFilter, info.protocolLevel);
    if (objection !== undefined) objections.set(topicFilter, objection);
  });
  const done = checked === undefined ? end() : checked.then(end);
  return done === undefined ? answer() : done.then(answer);
}

/** Ends one subscription, if the client still may. */
function ended(client: Client, session: BrokerSession, topicFilter: string): ReasonCode {
  const { core, info } = client;
  if (!client.ownsSession || !session.subscriptions.has(topicFilter)) {
    return ReasonCode.NO_SUBSCRIPTION_EXISTED;
  }
  const group = groupOf(core, topicFilter);
  endSubscription(core.tree, session, topicFilter);
  if (group !== undefined) memberUnsubscribed(core, session, group);
  core.observers.clientUnsubscribed?.({ client: info, topicFilter });
  return ReasonCode.SUCCESS;
}
