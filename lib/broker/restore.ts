/**
 * What was stored becomes live again, before the first client comes. Invariants: nothing of it is recorded anew but what
 * the stop has changed; sessions are as if their connections had ended now, unless it is known that they ended before.
 */
import type { InflightMessage } from "../session/inflight.ts";
import type { Message } from "../session/message.ts";
import type { Journal } from "../storage/journal.ts";
import type { NumberedSession, Replayed } from "../storage/replayed.ts";
import type { StoredEntry, StoredState, StoredWill } from "../storage/state.ts";
import { ClientInfo } from "./client_info.ts";
import type { Core } from "./core.ts";
import type { BrokerSession } from "./sessions.ts";
import { groupOf, memberEnded } from "./shared.ts";
import { addSubscription } from "./subscriptions.ts";

/** Fills an empty core. */
export function restore(core: Core, journal: Journal, { state, sessions, ending }: Replayed): void {
  core.lastOrder = Math.max(core.lastOrder, state.lastOrder);
  const messages = new Messages(journal);
  renew(core, journal);
  restoreRetained(core, state, messages);
  const restored = sessions.map((one) => [restoreSession(core, one), one] as const);
  // A message for a shared subscription needs its group.
  for (const [session, one] of restored) {
    restoreEntries(core, journal, messages, session, one);
    core.sessions.detached(session);
  }
  for (const one of ending) endAgain(core, journal, messages, one);
  for (const will of state.wills.values()) restoreWill(core, journal, will);
}

/** Messages whose times are on the broker's clock. */
class Messages {
  readonly #journal: Journal;
  readonly #timed = new Map<Message, Message>();

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  of(message: Message): Message {
    if (message.expiresAt === undefined) return message;
    let timed = this.#timed.get(message);
    if (timed === undefined) {
      timed = message.with({ expiresAt: this.#journal.time.back(message.expiresAt) });
      this.#timed.set(message, timed);
    }
    return timed;
  }
}

/** What plugins have published meanwhile is newer than all that was stored: it must not pass for a part of it. */
function renew(core: Core, journal: Journal): void {
  for (const message of [...core.retained.all()]) {
    if (message === undefined) continue;
    core.retained.set(message.with({ order: ++core.lastOrder }));
    if (!message.topicName.startsWith("$SYS")) journal.retained(message.topicName);
  }
}

function restoreRetained(core: Core, { retained }: StoredState, messages: Messages): void {
  const isEmpty = core.retained.isEmpty;
  for (const [topicName, stored] of retained) {
    if (!isEmpty && core.retained.get(topicName) !== undefined) continue;
    const message = messages.of(stored);
    core.retained.set(message);
    if (message.expiresAt !== undefined) core.messageExpiry.retained(topicName, message.expiresAt);
  }
}

function restoreSession(core: Core, { session: stored }: NumberedSession): BrokerSession {
  const session = core.sessions.restore(stored.client.clientId, stored.expiryInterval);
  for (const [topicFilter, options] of stored.subscriptions) {
    addSubscription(core.tree, session, topicFilter, options);
  }
  for (const packetId of stored.received) session.receive(packetId);
  return session;
}

function restoreEntries(
  core: Core,
  journal: Journal,
  messages: Messages,
  session: BrokerSession,
  { number, nextNumber, session: stored }: NumberedSession,
): void {
  const { client, detachedAt, lastPacketId, expiryInterval } = stored;
  const recorder = journal.recorderFor(session, { number, nextNumber });
  session.journal = recorder;
  const entries = [...stored.entries].map(([entryNumber, entry]) => {
    const exchange = exchangeOf(core, messages, entry);
    recorder.restored(exchange, entryNumber, entry.packetId);
    return [entry.packetId, exchange] as const;
  });
  const now = core.clock.now();
  const left = detachedAt === undefined ? now : journal.time.back(detachedAt);
  session.restore(ClientInfo.restored(client), left, lastPacketId, entries);
  if (detachedAt === undefined) recorder.left(now, expiryInterval);
}

/** The broker stopped before all that it had for others was given. */
function endAgain(
  core: Core,
  journal: Journal,
  messages: Messages,
  one: NumberedSession,
): void {
  const session = core.sessions.unlisted(one.session.client.clientId, 0);
  restoreEntries(core, journal, messages, session, one);
  memberEnded(core, session);
  session.end();
}

function exchangeOf(core: Core, messages: Messages, entry: StoredEntry): InflightMessage {
  const { message, qos, retain, identifiers, group, released } = entry;
  return {
    message: messages.of(message),
    qos,
    retain,
    identifiers,
    group: group === undefined ? undefined : groupOf(core, group),
    record: undefined,
    released,
  };
}

/** Its client could not come back while the broker was away. */
function restoreWill(core: Core, journal: Journal, { client, due, ...will }: StoredWill): void {
  const soonest = core.clock.now() + core.config.limits.willGrace;
  const at = due === undefined ? core.clock.now() + will.delay : journal.time.back(due);
  core.wills.restored(ClientInfo.restored(client), will, Math.max(soonest, at), soonest);
}
