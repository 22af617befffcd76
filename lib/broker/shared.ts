/**
 * What waits for a member of a shared subscription that goes away is given to another, MQTT 5.0 section 4.8.2: what was
 * not sent, and what was sent at QoS 1 and not acknowledged. Invariants: a QoS 2 message that was sent stays with its
 * client [MQTT-4.8.2-4] [MQTT-4.8.2-5]; where there is no other member it waits as long as the session lives; the
 * older go first; many are given in slices.
 */
import { inSlices } from "../net/turn.ts";
import { OutgoingPublish } from "../session/outgoing.ts";
import { isVoid, type QueuedMessage } from "../session/queue.ts";
import { SharedGroup } from "../topic/tree.ts";
import type { CloseReason } from "../wire/codes.ts";
import type { Core } from "./core.ts";
import { deliverToOne, dropped } from "./deliver.ts";
import { Drop } from "./drops.ts";
import type { RecipientGroup } from "./route.ts";
import type { BrokerSession } from "./sessions.ts";
import { partsOf } from "./subscriptions.ts";

/** A member's connection has ended and its session stays: what others who are there can take goes to them. */
export function memberAway(core: Core, session: BrokerSession): void {
  if (core.isStopping || session.queuedMessages + session.inflightOut === 0) return;
  const answers = new Map<object, boolean>();
  const goes = (group: object) => {
    let answer = answers.get(group);
    if (answer === undefined) answers.set(group, answer = hasOneThere(group, session));
    return answer;
  };
  give(core, session, session.takeShared(goes), Drop.RECEIVE_DENIED);
}

/** A session is ending and is no member any more: what any other member can take goes to it. */
export function memberEnded(core: Core, session: BrokerSession): void {
  if (core.isStopping || session.queuedMessages + session.inflightOut === 0) return;
  give(core, session, session.takeShared(hasMembers), Drop.SESSION_ENDED);
}

/** The group of a subscription, to be asked for before it ends; undefined: it is not shared, or is none. */
export function groupOf(core: Core, topicFilter: string): RecipientGroup | undefined {
  if (!topicFilter.startsWith("$")) return undefined;
  const { group, topicFilter: filter } = partsOf(topicFilter);
  return group === undefined ? undefined : core.tree.group(filter, group);
}

/** A session has unsubscribed: what was sent is still to be acknowledged [MQTT-3.10.4-3], the rest goes to others. */
export function memberUnsubscribed(core: Core, session: BrokerSession, left: RecipientGroup): void {
  const goes = (group: object, wasSent: boolean) => group === left && !wasSent && hasMembers(left);
  give(core, session, session.takeShared(goes), Drop.RECEIVE_DENIED);
}

/** A session has lost its right: what it has not acknowledged goes to others too. */
export function memberDenied(core: Core, session: BrokerSession, left: RecipientGroup): void {
  const goes = (group: object) => group === left && hasMembers(left);
  give(core, session, session.takeShared(goes), Drop.RIGHT_LOST);
}

function isGroup(group: object | undefined): group is RecipientGroup {
  return group instanceof SharedGroup;
}

function hasMembers(group: object): boolean {
  return isGroup(group) && group.members.size > 0;
}

function hasOneThere(group: object, besides: BrokerSession): boolean {
  if (!isGroup(group)) return false;
  for (const member of group.members.keys()) {
    if (member !== besides && member.connection !== undefined) return true;
  }
  return false;
}

/** @param otherwise why a message is dropped that no member may have */
function give(
  core: Core,
  from: BrokerSession,
  messages: readonly QueuedMessage[],
  otherwise: CloseReason,
): void {
  if (messages.length === 0) return;
  const step = (one: QueuedMessage) => giveOne(core, from, one, otherwise);
  inSlices(core.net, messages, step)?.catch((cause: unknown) =>
    core.logger.error(`messages that waited for ${from.clientId} were lost: ${cause}`)
  );
}

function giveOne(
  core: Core,
  from: BrokerSession,
  { message, group }: QueuedMessage,
  otherwise: CloseReason,
): void {
  const now = core.clock.now();
  const publish = OutgoingPublish.of(message, now);
  if (isVoid(message, now)) return dropped(core, from, publish, Drop.EXPIRED);
  if (isGroup(group) && hasMembers(group) && deliverToOne(core, group, publish)) return;
  dropped(core, from, publish, otherwise);
}
