/**
 * Hands one message to everyone on its route. Invariants: each session gets it once, at the highest QoS of its
 * overlapping filters, and each shared subscription gets it once [MQTT-3.3.5-1]; what is not handed over is counted
 * with its reason; many receivers are served in slices, and who has left meanwhile gets nothing [MQTT-3.10.4-2].
 */
import type { Ruling } from "../access/chain/walk.ts";
import { Delivery } from "../session/delivery.ts";
import type { KnownSession } from "../session/services.ts";
import type { OutgoingPublish } from "../session/outgoing.ts";
import type { SubscriptionOptions } from "../session/subscription.ts";
import type { CloseReason } from "../wire/codes.ts";
import type { QoS } from "../wire/packets.ts";
import { ClientInfo } from "./client_info.ts";
import type { Core } from "./core.ts";
import { Drop } from "./drops.ts";
import { Slice } from "../net/turn.ts";
import type { Loser } from "./incidents/incidents.ts";
import { findRoute, type Recipient, type RecipientGroup, type Route } from "./route.ts";
import type { BrokerSession } from "./sessions.ts";

/** Receivers that are served without a look at the clock, and those for whom rules may have to be asked. */
const FEW = 256;
const FEW_ASKED = 32;

/** What each slice runs within. */
export type Within = (slice: () => void | Promise<void>) => void | Promise<void>;

const DIRECTLY: Within = (slice) => slice();

/**
 * Hands a message to everyone on the route, however long that takes.
 * @returns how many sessions have it: it was sent, or waits
 */
export function deliver(core: Core, route: Route, publish: OutgoingPublish): number {
  const { recipients, groups } = route;
  core.net.turn.count(recipients.length + groups.length);
  let had = 0;
  for (let i = 0; i < recipients.length; i++) {
    if (deliverTo(core, recipients[i]!, publish)) had++;
  }
  for (let i = 0; i < groups.length; i++) if (deliverToOne(core, groups[i]!, publish)) had++;
  return had;
}

/**
 * The same for a publisher who waits: a promise when there are too many receivers for one slice. What `publish`
 * borrows must stay as it is until then.
 * @param within undefined: nothing
 */
export function deliverInSlices(
  core: Core,
  route: Route,
  publish: OutgoingPublish,
  within: Within = DIRECTLY,
): void | Promise<void> {
  if (!isMany(core, route)) return void deliver(core, route, publish);
  return deliverToMany(core, route, publish, within);
}

/** A function of its own: what a closure holds takes memory for each message, also where none is made. */
function deliverToMany(
  core: Core,
  route: Route,
  publish: OutgoingPublish,
  within: Within,
): void | Promise<void> {
  return within(() => deliverFrom(core, route, publish, 0, within));
}

/** Are there too many receivers for one slice, perhaps? */
export function isMany(core: Core, { recipients, groups }: Route): boolean {
  const few = core.access.hasReceiveRules ? FEW_ASKED : FEW;
  return recipients.length + groups.length > few;
}

function deliverFrom(
  core: Core,
  route: Route,
  publish: OutgoingPublish,
  at: number,
  within: Within,
): void | Promise<void> {
  const { recipients, groups } = route;
  const { generation } = core.tree;
  const slice = new Slice(core.net);
  for (let i = at; i < recipients.length + groups.length; i++) {
    if (i < recipients.length) deliverTo(core, recipients[i]!, publish);
    else deliverToOne(core, groups[i - recipients.length]!, publish);
    if (!slice.isOver) continue;
    return core.net.turn.pause().then(() => {
      const rest = core.tree.generation === generation
        ? route
        : restOf(core, route, publish, i + 1);
      return within(() => deliverFrom(core, rest, publish, rest === route ? i + 1 : 0, within));
    });
  }
}

/** Subscriptions have changed during a pause: those behind `at` that are still there. */
function restOf(core: Core, route: Route, { topicName }: OutgoingPublish, at: number): Route {
  const now = findRoute(core, topicName);
  const sessions = new Set(now.recipients.map(({ session }) => session));
  const groups = new Set(now.groups);
  const { length } = route.recipients;
  return {
    recipients: route.recipients.slice(at).filter(({ session }) => sessions.has(session)),
    groups: route.groups.slice(Math.max(0, at - length)).filter((group) => groups.has(group)),
    beyond: undefined, // it was sent there before
  };
}

/** False: the session does not have it. */
function deliverTo(core: Core, recipient: Recipient, publish: OutgoingPublish): boolean {
  const { session } = recipient;
  const options = optionsFor(session, recipient.options, publish);
  if (options === undefined) return false;
  if (core.access.hasReceiveRules && !mayReceive(core, recipient, publish)) return false;
  return handOver(core, session, publish, options, undefined);
}

/** What holds for this message; undefined: it is the subscriber's own, and does not come back to it [MQTT-3.8.3-3]. */
export function optionsFor(
  session: BrokerSession,
  options: SubscriptionOptions,
  { publisher }: { readonly publisher: string | undefined },
): SubscriptionOptions | undefined {
  return options.own === options || publisher !== session.clientId ? options : options.own;
}

/** May this session have this message? From memory, or asked and remembered in the recipient. */
function mayReceive(core: Core, recipient: Recipient, publish: OutgoingPublish): boolean {
  const { holder } = recipient.session;
  if (recipient.rulesGeneration !== core.rulesGeneration || recipient.holder !== holder) {
    recipient.rulesGeneration = core.rulesGeneration;
    recipient.holder = holder;
    recipient.verdicts = 0;
  }
  let rule = "";
  const shift = (publish.qos * 2 + (publish.retain ? 1 : 0)) * 2;
  if ((recipient.verdicts >> shift & 2) !== 0) return true;
  if ((recipient.verdicts >> shift & 1) === 0) {
    const { allowed, failed, because } = receiveRuling(core, recipient.session, publish);
    if (!failed) recipient.verdicts |= (allowed ? 3 : 1) << shift; // doubt is not remembered
    if (allowed) return true;
    rule = because;
  }
  dropped(core, recipient.session, publish, Drop.RECEIVE_DENIED, rule);
  return false;
}

const UNASKED: Ruling = { allowed: true, because: "superuser" };

/** Asks the receive rules of a session's present or last client. */
export function receiveRuling(
  core: Core,
  session: BrokerSession,
  message: { readonly topicName: string; readonly qos: QoS; readonly retain: boolean },
): Ruling {
  const client = session.holder;
  if (client === undefined || client.superuser) return UNASKED;
  const { topicName: topic, qos, retain } = message;
  const ruling = core.access.receive({ client, topic, qos, retain });
  core.decisions?.note({ client, question: "receive", topic }, ruling);
  return ruling;
}

/**
 * Hands a message to a session that may have it; false: it does not have it. `options`: what holds for this message;
 * `group`: of a shared one.
 */
export function handOver(
  core: Core,
  session: BrokerSession,
  publish: OutgoingPublish,
  { qos: granted, retainAsPublished, identifiers }: SubscriptionOptions,
  group: RecipientGroup | undefined,
): boolean {
  const qos = publish.qos < granted ? publish.qos : granted; // [MQTT-3.8.4-8]
  if (qos > 0 && core.memory.keepsNothing && !session.isReady) {
    lost(core, session, publish, Drop.MEMORY_SHORT);
    return false;
  }
  const retain = retainAsPublished && publish.retain;
  const result = session.deliver(publish, qos, retain, identifiers, group);
  if (core.trace !== undefined) core.trace.handedOver(session, publish, qos, result);
  if (result === Delivery.SENT) return true;
  notSent(core, session, publish, result);
  return result === Delivery.QUEUED;
}

/**
 * A shared subscription: the member whose turn it is, or the next that can take the message at once.
 * @returns false when no member may have it
 */
export function deliverToOne(
  core: Core,
  group: RecipientGroup,
  publish: OutgoingPublish,
): boolean {
  const waiting: BrokerSession[] = [];
  for (const session of group.inTurn()) {
    const options = group.members.get(session)!;
    if (optionsFor(session, options, publish) === undefined) continue;
    if (core.access.hasReceiveRules && !receiveRuling(core, session, publish).allowed) continue;
    if (session.isReady) {
      handOver(core, session, publish, options, group);
      return true;
    }
    waiting.push(session);
  }
  const chosen = whoWaits(waiting, publish);
  if (chosen === undefined) return false;
  handOver(core, chosen, publish, group.members.get(chosen)!, group);
  return true;
}

/** No member can take the message at once: one that is there, else one that has room for it. */
function whoWaits(
  members: readonly BrokerSession[],
  publish: OutgoingPublish,
): BrokerSession | undefined {
  const roomy = members.filter((session) => session.canQueue(publish.size));
  return roomy.find(({ isConnected }) => isConnected) ?? roomy.find(({ isHeld }) => !isHeld) ??
    roomy[0] ?? members[0];
}

function notSent(
  core: Core,
  session: BrokerSession,
  publish: OutgoingPublish,
  result: Delivery,
): void {
  if (result === Delivery.QUEUED) {
    if (session.isPressed && !session.isImpatient) core.net.budget.press(session);
    core.observers.messageQueued?.({ clientId: session.clientId, message: publish });
  } else if (result === Delivery.QUEUE_FULL) lost(core, session, publish, Drop.QUEUE_FULL);
  else if (result === Delivery.SLOW) lost(core, session, publish, Drop.SLOW_CLIENT);
  else if (result === Delivery.TOO_LARGE) lost(core, session, publish, Drop.TOO_LARGE_FOR_CLIENT);
}

/** A message that its client should have got: also the log says so. */
function lost(
  core: Core,
  session: BrokerSession,
  publish: OutgoingPublish,
  reason: CloseReason,
): void {
  const line = core.drops.lossOf(session, reason, core.clock.now());
  if (line !== undefined) core.logs.losses.warn(line);
  dropped(core, session, publish, reason);
}

/** Whose message it is that is dropped: a receiver's, a publisher's, the broker's own. */
export type Owner = KnownSession | Loser | undefined;

/**
 * Counts and reports a message that a client does not get, or has published for nothing.
 * @param rule the rule that says so, for people; empty: none does
 */
export function dropped(
  core: Core,
  owner: Owner,
  message: OutgoingPublish,
  reason: CloseReason,
  rule = "",
): void {
  const { code, text } = reason;
  core.drops.add(reason);
  const { topicName } = message;
  if (owner === undefined || "lastDrop" in owner) {
    core.incidents.dropped(owner ?? core.own, topicName, "publish", reason, rule);
    core.trace?.refused(owner ?? core.own, message, reason, rule);
  } else {
    const loser = owner.holder instanceof ClientInfo ? owner.holder : core.own;
    core.incidents.dropped(loser, topicName, "receive", reason, rule);
    core.trace?.dropped(owner, message, reason, rule);
  }
  const clientId = owner?.clientId ?? "";
  core.observers.messageDropped?.({ clientId, message, code, reason: text });
}
