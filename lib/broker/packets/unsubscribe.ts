/**
 * UNSUBSCRIBE, section 3.10. Invariants: UNSUBACK answers also filters that were not subscribed [MQTT-3.10.4-5]; nothing
 * is unsubscribed where one filter is forbidden; many filters are worked on in slices.
 */
import { inSlices } from "../../net/turn.ts";
import { ReasonCode } from "../../wire/codes.ts";
import type { UnsubscribePacket } from "../../wire/packets.ts";
import type { Client } from "../client.ts";
import { type Objection, unsubscribeObjection } from "../laws.ts";
import type { RecipientGroup } from "../route.ts";
import type { BrokerSession } from "../sessions.ts";
import { groupOf, memberUnsubscribed } from "../shared.ts";
import { endSubscription } from "../subscriptions.ts";
import { ackObjection, pushUnsuback } from "./filter_acks.ts";
import { holdForSession } from "./stored.ts";

/** What an UNSUBSCRIBE has come to. */
interface Outcome {
  /** Why filters are none that a subscription can have. */
  readonly objections: Map<string, Objection>;
  /** One for each filter. */
  readonly codes: ReasonCode[];
  /** The groups of shared subscriptions that ended. */
  readonly left: Set<RecipientGroup>;
}

/** Handles an UNSUBSCRIBE. */
export function handleUnsubscribe(
  client: Client,
  session: BrokerSession,
  packet: UnsubscribePacket,
): void | Promise<void> {
  const { core: { net }, info: { protocolLevel }, connection } = client;
  const { packetId, topicFilters } = packet;
  const unanswerable = ackObjection(client, topicFilters.length);
  if (unanswerable !== undefined) return connection.closeAfterFlush(unanswerable);
  const outcome: Outcome = { objections: new Map(), codes: [], left: new Set() };
  const end = () =>
    inSlices(net, topicFilters, (topicFilter) => {
      outcome.codes.push(endOne(client, session, topicFilter, outcome));
    });
  const answer = () => {
    memberUnsubscribed(client.core, session, outcome.left);
    const [objection] = outcome.objections.values();
    if (!client.ownsSession) return;
    if (outcome.codes.includes(ReasonCode.SUCCESS)) holdForSession(client, session);
    pushUnsuback(client, packetId, outcome.codes, objection?.text);
  };
  const checked = inSlices(net, topicFilters, (topicFilter) => {
    const objection = unsubscribeObjection(topicFilter, protocolLevel);
    if (objection !== undefined) outcome.objections.set(topicFilter, objection);
  });
  const done = checked === undefined ? end() : checked.then(end);
  return done === undefined ? answer() : done.then(answer);
}

/** Ends one subscription, if the client still may. */
function endOne(
  client: Client,
  session: BrokerSession,
  topicFilter: string,
  { objections, left }: Outcome,
): ReasonCode {
  const { core, info } = client;
  const objection = objections.get(topicFilter);
  if (objection !== undefined) return objection.code;
  if (!client.ownsSession || !session.subscriptions.has(topicFilter)) {
    return ReasonCode.NO_SUBSCRIPTION_EXISTED;
  }
  const group = groupOf(core, topicFilter);
  if (group !== undefined) left.add(group);
  endSubscription(core.tree, session, topicFilter);
  core.observers.clientUnsubscribed?.({ client: info, topicFilter });
  return ReasonCode.SUCCESS;
}
