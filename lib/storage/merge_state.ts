/**
 * What is to come into a store that has something already. Invariants: nothing of the store is lost or changed; a session
 * comes with all that belongs to it, or not at all; what comes is newer than what is there.
 */
import type { Message } from "../session/message.ts";
import {
  emptyState,
  type StoredEntry,
  type StoredSession,
  type StoredState,
  type StoredWill,
} from "./state.ts";

/** What it comes to. */
export interface MergedState {
  readonly merged: StoredState;
  /** What of the other state is in it. */
  readonly added: StoredState;
  /** What is not: the store has a session, a retained message, a will of that name. */
  readonly left: StoredState;
}

/** A store's state, which is that of the moment `wall`, milliseconds since the epoch; NaN: it has none. */
export interface DatedState {
  readonly state: StoredState;
  readonly wall: number;
}

/**
 * Adds to a store.
 * @param other its time is `now`
 * @param now milliseconds since the epoch
 */
export function mergedState(
  { state, wall }: DatedState,
  other: StoredState,
  now: number,
): MergedState {
  const time = state.time + (Number.isNaN(wall) ? 0 : Math.max(0, now - wall));
  const moved = movedState(other, time - other.time, state.lastOrder);
  const [added, left] = [emptyState(), emptyState()];
  divide(moved.sessions, state.sessions, added.sessions, left.sessions);
  divide(moved.retained, state.retained, added.retained, left.retained);
  divide(moved.wills, state.wills, added.wills, left.wills);
  const merged = {
    sessions: new Map([...state.sessions, ...added.sessions]),
    retained: new Map([...state.retained, ...added.retained]),
    wills: new Map([...state.wills, ...added.wills]),
    time,
    lastOrder: moved.lastOrder,
  };
  return { merged, added, left };
}

function divide<T>(
  things: ReadonlyMap<string, T>,
  there: ReadonlyMap<string, T>,
  added: Map<string, T>,
  left: Map<string, T>,
): void {
  for (const [name, thing] of things) (there.has(name) ? left : added).set(name, thing);
}

/** With its times on another time, and its messages newer. */
function movedState(
  { sessions, retained, wills, lastOrder }: StoredState,
  later: number,
  newer: number,
): StoredState {
  const messages = new Map<Message, Message>();
  const move = (message: Message): Message => {
    const known = messages.get(message);
    if (known !== undefined) return known;
    const { order, expiresAt } = message;
    const at = expiresAt === undefined ? undefined : expiresAt + later;
    const moved = message.with({ order: order + newer, expiresAt: at });
    messages.set(message, moved);
    return moved;
  };
  return {
    sessions: mapped(sessions, (session) => movedSession(session, later, move)),
    retained: mapped(retained, move),
    wills: mapped(wills, (will) => movedWill(will, later)),
    time: 0,
    lastOrder: lastOrder + newer,
  };
}

function movedSession(
  session: StoredSession,
  later: number,
  move: (message: Message) => Message,
): StoredSession {
  const { detachedAt, entries } = session;
  return {
    ...session,
    detachedAt: detachedAt === undefined ? undefined : detachedAt + later,
    entries: mapped(entries, (entry: StoredEntry) => ({ ...entry, message: move(entry.message) })),
  };
}

function movedWill(will: StoredWill, later: number): StoredWill {
  return { ...will, due: will.due === undefined ? undefined : will.due + later };
}

function mapped<Key, A, B>(from: ReadonlyMap<Key, A>, map: (value: A) => B): Map<Key, B> {
  return new Map([...from].map(([key, value]) => [key, map(value)]));
}
