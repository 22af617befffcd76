/**
 * From a topic name to the sessions that get its messages. Used by PUBLISH's handler, wills and the broker's own
 * messages. Invariants: a route is as old as the tree's generation says; verdicts for receive live in it,
 * stamped with the generation of the rules; each session gets a message once, at the highest QoS of its
 * overlapping filters, and each shared subscription gets it once [MQTT-3.3.5-1].
 */
import { Delivery } from "../session/session.ts";
import type { OutgoingPublish } from "../session/message.ts";
import type { TopicEntry } from "../topic/topic_cache.ts";
import type { SharedGroup } from "../topic/tree.ts";
import type { QoS } from "../wire/packets.ts";
import type { ClientInfo } from "./client.ts";
import type { Core } from "./core.ts";
import type { DropReason } from "./drops.ts";
import type { BrokerSession } from "./sessions.ts";

/** One session on a route, with what is known of its receive rules. */
interface Target {
  readonly session: BrokerSession;
  readonly qos: QoS;
  /** Two bits for each of six cases of qos and retain: known, allowed. */
  verdicts: number;
  rulesGeneration: number;
  /** Whom the verdicts are about: the next client of the same session may be another. */
  holder: ClientInfo | undefined;
}

/** The receivers of one topic name. */
export interface Route {
  readonly targets: readonly Target[];
  readonly groups: readonly SharedGroup<BrokerSession>[];
}

/** The receivers of a topic name, from the cache while nothing has changed. */
export function routeOf(core: Core, entry: TopicEntry<Route>): Route {
  const { generation } = core.tree;
  if (entry.match !== undefined && entry.generation === generation) return entry.match;
  entry.generation = generation;
  return entry.match = findRoute(core, entry.topicName);
}

/** The receivers of a topic name, asked of the tree. */
export function findRoute(core: Core, topicName: string): Route {
  const { subscribers, groups } = core.tree.match(topicName);
  const targets: Target[] = [];
  for (const [session, qos] of subscribers) {
    targets.push({ session, qos, verdicts: 0, rulesGeneration: -1, holder: undefined });
  }
  return { targets, groups };
}

/** Hands a message to everybody on the route. */
export function deliver(core: Core, route: Route, publish: OutgoingPublish): void {
  const { targets, groups } = route;
  const checksReceive = core.access.hasReceiveRules;
  for (let i = 0; i < targets.length; i++) {
    const target = targets[i]!;
    if (checksReceive && !mayReceive(core, target, publish)) continue;
    handOver(core, target.session, publish, target.qos);
  }
  for (let i = 0; i < groups.length; i++) deliverToOne(core, groups[i]!, publish);
}

/** May this session have this message? From memory, or asked and remembered in the target. */
function mayReceive(core: Core, target: Target, publish: OutgoingPublish): boolean {
  const { holder } = target.session;
  if (target.rulesGeneration !== core.rulesGeneration || target.holder !== holder) {
    target.rulesGeneration = core.rulesGeneration;
    target.holder = holder;
    target.verdicts = 0;
  }
  const shift = (publish.qos * 2 + (publish.retain ? 1 : 0)) * 2;
  if ((target.verdicts >> shift & 1) === 0) {
    const allowed = receiveRuling(core, target.session, publish);
    target.verdicts |= (allowed ? 3 : 1) << shift;
  }
  if ((target.verdicts >> shift & 2) !== 0) return true;
  dropped(core, target.session, publish, "receive denied");
  return false;
}

/** Asks the receive rules of a session's present or last client. */
export function receiveRuling(
  core: Core,
  session: BrokerSession,
  message: { readonly topicName: string; readonly qos: QoS; readonly retain: boolean },
): boolean {
  const client = session.holder;
  if (client === undefined || client.superuser) return true;
  const { topicName: topic, qos, retain } = message;
  return core.access.mayReceive({ client, topic, qos, retain });
}

function handOver(
  core: Core,
  session: BrokerSession,
  publish: OutgoingPublish,
  grantedQos: QoS,
): Delivery {
  const qos = publish.qos < grantedQos ? publish.qos : grantedQos; // [MQTT-3.8.4-6]
  const result = session.deliver(publish, qos);
  if (result !== Delivery.SENT) notSent(core, session, publish, result);
  return result;
}

/** A shared subscription: the member whose turn it is, or the next that can take the message at once. */
function deliverToOne(
  core: Core,
  group: SharedGroup<BrokerSession>,
  publish: OutgoingPublish,
): void {
  const waiting: BrokerSession[] = [];
  for (const session of group.inTurn()) {
    if (core.access.hasReceiveRules && !receiveRuling(core, session, publish)) continue;
    if (session.isReady) {
      handOver(core, session, publish, group.members.get(session)!);
      return;
    }
    waiting.push(session);
  }
  const chosen = whoWaits(waiting, publish);
  if (chosen !== undefined) handOver(core, chosen, publish, group.members.get(chosen)!);
}

/** Nobody can take the message at once: somebody who is there, else somebody who has room for it. */
function whoWaits(
  members: readonly BrokerSession[],
  publish: OutgoingPublish,
): BrokerSession | undefined {
  const roomy = members.filter((session) => session.canQueue(publish));
  return roomy.find(({ isConnected }) => isConnected) ?? roomy[0] ?? members[0];
}

function notSent(
  core: Core,
  session: BrokerSession,
  publish: OutgoingPublish,
  result: Delivery,
): void {
  if (result === Delivery.QUEUED) {
    if (session.isPressed && !session.isImpatient) core.net.budget.pressed = session;
    core.observers.messageQueued?.({ clientId: session.clientId, message: publish });
  } else if (result === Delivery.QUEUE_FULL) {
    lost(core, session, publish, "queue full");
  } else if (result === Delivery.SLOW) {
    lost(core, session, publish, "slow client");
  }
}

/** A message that its client should have got: also the log says so. */
function lost(
  core: Core,
  session: BrokerSession,
  publish: OutgoingPublish,
  reason: "queue full" | "slow client",
): void {
  const line = core.drops.lossOf(session.clientId, reason, core.clock.now());
  if (line !== undefined) core.logger.warn(line);
  dropped(core, session, publish, reason);
}

/** Counts and reports a message that a client does not get. */
export function dropped(
  core: Core,
  session: { readonly clientId: string },
  message: OutgoingPublish,
  reason: DropReason,
): void {
  core.drops.add(reason);
  core.observers.messageDropped?.({ clientId: session.clientId, message, reason });
}
