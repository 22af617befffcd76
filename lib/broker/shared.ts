/**
 * What waits for a member of a shared subscription that goes away is given to another, MQTT 5.0 section 4.8.2: what was
 * not sent, and what was sent at QoS 1 and not acknowledged. Invariants: a QoS 2 message that was sent stays with its
 * client [MQTT-4.8.2-4] [MQTT-4.8.2-5]; as long as the session lives, what no other member can take waits in it, and
 * is sent again with DUP where it was sent [MQTT-4.4.0-1]; the older go first; many are given in slices.
 */
import { inSlices } from "../net/turn.ts";
import type { Message } from "../session/message.ts";
import { OutgoingPublish } from "../session/outgoing.ts";
import { isVoid, type QueuedMessage } from "../session/queue.ts";
import { SharedGroup } from "../topic/shared_group.ts";
import type { CloseReason } from "../wire/codes.ts";
import type { Core } from "./core.ts";
import { deliverToOne, dropped, handOver, optionsFor } from "./deliver.ts";
import { Drop } from "./drops.ts";
import type { RecipientGroup } from "./route.ts";
import type { BrokerSession } from "./sessions.ts";
import { SharedRoom } from "./shared_room.ts";
import { partsOf } from "./subscriptions.ts";

/** Of a group's messages in a session: do they go? */
type Goes = (group: RecipientGroup, wasSent: boolean) => boolean;

/** A message on its way to another member. */
interface Move {
  readonly entry: QueuedMessage;
  readonly group: RecipientGroup;
  readonly to: BrokerSession;
}

/** A member's connection has ended and its session stays. What it has left itself is still its own [MQTT-3.10.4-3]. */
export function memberAway(core: Core, session: BrokerSession): void {
  const goes: Goes = ({ members }) => session.connection === undefined && members.has(session);
  moveAll(core, session, goes);
}

/** A session has left these groups by itself: what was sent is still to be acknowledged [MQTT-3.10.4-3]. */
export function memberUnsubscribed(
  core: Core,
  session: BrokerSession,
  left: ReadonlySet<RecipientGroup>,
): void {
  if (left.size > 0) moveAll(core, session, (group, wasSent) => left.has(group) && !wasSent);
}

/** A session is ending and is no member any more: what it has goes to any member that has one. */
export function memberEnded(core: Core, session: BrokerSession): void {
  giveUp(core, session, Drop.SESSION_ENDED, () => true);
}

/** A session has lost its right to these groups: what it has not acknowledged goes to any member that has one. */
export function memberDenied(
  core: Core,
  session: BrokerSession,
  left: ReadonlySet<RecipientGroup>,
): void {
  if (left.size > 0) giveUp(core, session, Drop.RIGHT_LOST, (group) => left.has(group));
}

/** The group of a subscription, to be asked for before it ends; undefined: it is not shared, or is none. */
export function groupOf(core: Core, topicFilter: string): RecipientGroup | undefined {
  if (!topicFilter.startsWith("$")) return undefined;
  const { group, topicFilter: filter } = partsOf(topicFilter);
  return group === undefined ? undefined : core.tree.group(filter, group);
}

function isGroup(group: object | undefined): group is RecipientGroup {
  return group instanceof SharedGroup;
}

function hasNothing({ isStopping }: Core, { queuedMessages, inflightOut }: BrokerSession): boolean {
  return isStopping || queuedMessages + inflightOut === 0;
}

/** Moves what members that are there can take; the rest stays. */
function moveAll(core: Core, session: BrokerSession, goes: Goes): void {
  noted(core, session, move(core, session, goes));
}

function move(core: Core, from: BrokerSession, goes: Goes): void | Promise<void> {
  if (hasNothing(core, from)) return;
  const room = new SharedRoom(core, from);
  const taken = from.takeShared(({ group, message }, wasSent) =>
    isGroup(group) && goes(group, wasSent) && room.find(group, message)
  );
  if (taken.length === 0) return;
  const moves = taken.map((entry, i): Move => (
    { entry, group: entry.group as RecipientGroup, to: room.chosen[i]! }
  ));
  const moved = inSlices(core.net, moves, (one) => moveOne(core, from, one));
  if (!room.isUsedUp) return moved;
  return Promise.resolve(moved).then(() => core.net.turn.pause()).then(() =>
    move(core, from, goes)
  );
}

/** The other member may have gone during a pause. */
function moveOne(core: Core, from: BrokerSession, { entry, group, to }: Move): void {
  from.giveAway(entry, () => handOn(core, from, { entry, group, to }));
}

function handOn(core: Core, from: BrokerSession, { entry: { message }, group, to }: Move): void {
  const granted = group.members.get(to);
  const options = granted && optionsFor(to, granted, message);
  const publish = stillValid(core, from, message);
  if (publish === undefined) return;
  if (options === undefined || to.connection === undefined) {
    return giveOne(core, from, publish, group, Drop.SESSION_ENDED);
  }
  handOver(core, to, publish, options, group);
}

/** Gives what the session cannot keep to any member, also one that is away and has room. */
function giveUp(
  core: Core,
  from: BrokerSession,
  otherwise: CloseReason,
  goes: Goes,
): void {
  if (hasNothing(core, from)) return;
  const taken = from.takeShared(({ group }, wasSent) =>
    isGroup(group) && group.members.size > 0 && goes(group, wasSent)
  );
  const step = (entry: QueuedMessage) => {
    from.giveAway(entry, () => {
      const publish = stillValid(core, from, entry.message);
      if (publish === undefined) return;
      giveOne(core, from, publish, entry.group as RecipientGroup, otherwise);
    });
  };
  noted(core, from, inSlices(core.net, taken, step));
}

/** A message that has expired is counted, and no one's. */
function stillValid(
  core: Core,
  from: BrokerSession,
  message: Message,
): OutgoingPublish | undefined {
  const now = core.clock.now();
  const publish = OutgoingPublish.of(message, now);
  if (!isVoid(message, now)) return publish;
  dropped(core, from, publish, Drop.EXPIRED);
  return undefined;
}

function giveOne(
  core: Core,
  from: BrokerSession,
  publish: OutgoingPublish,
  group: RecipientGroup,
  otherwise: CloseReason,
): void {
  if (group.members.size > 0 && deliverToOne(core, group, publish)) return;
  dropped(core, from, publish, otherwise);
}

function noted(core: Core, from: BrokerSession, work: void | Promise<void>): void {
  work?.catch((cause: unknown) => {
    core.logger.error(`messages that waited for ${from.clientId} were lost: ${cause}`);
    from.forgetTaken();
  });
}
