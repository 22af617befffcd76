/**
 * What a log has come to: sessions with the numbers that their journals go on with. Invariants: of a client id the session
 * with the highest number counts, and older ones are ending; a number that is given next is higher than all before.
 */
import { type Message, sizeOf } from "../session/message.ts";
import { FIRST_EDITION } from "./records.ts";
import { Slabs } from "./slabs.ts";
import { messagesOf, type StoredEntry, type StoredSession, type StoredState } from "./state.ts";

/** What a session, a subscription, an entry takes beside its message, roughly. */
const THING_BYTES = 32;

/** A session while it is read: entries with the places that order them. */
export interface Reading {
  readonly session: StoredSession;
  readonly places: Map<number, number>;
  isEnding: boolean;
}

/** A session with the numbers that its journal goes on with. */
export interface NumberedSession {
  readonly number: number;
  readonly session: StoredSession;
  /** Higher than those of all its entries, and than their places. */
  readonly nextNumber: number;
}

/** What a log came to. */
export interface Replayed {
  readonly state: StoredState;
  readonly sessions: readonly NumberedSession[];
  /** Those that have ended, but for their messages of shared subscriptions, which are to be given to others. */
  readonly ending: readonly NumberedSession[];
  /** The number for the next session. */
  readonly nextSession: number;
  /** That of the last batch; 0: there was none. */
  readonly lastBatch: number;
  /** By the machine's clock, when that was; NaN: there was none. */
  readonly wall: number;
  /** Bytes of all batches' records. */
  readonly bytes: number;
  /** What of them is live, roughly. */
  readonly liveBytes: number;
  /** The first batch that is needed. */
  readonly firstBatch: number;
}

/** Those that count, and those that are ending. */
export function settled(
  read: ReadonlyMap<number, Reading>,
): { sessions: NumberedSession[]; ending: NumberedSession[] } {
  const byClient = new Map<string, NumberedSession>();
  const ending: NumberedSession[] = [];
  for (const [number, reading] of [...read].sort(([a], [b]) => a - b)) {
    const one = numbered(number, reading);
    const { clientId } = one.session.client;
    if (reading.isEnding) {
      ending.push(one);
      continue;
    }
    const older = byClient.get(clientId);
    if (older !== undefined) ending.push(older);
    byClient.set(clientId, one);
  }
  return { sessions: [...byClient.values()], ending };
}

/** What is under way comes first, then what waits. */
function numbered(number: number, { session, places }: Reading): NumberedSession {
  const waits = ({ packetId }: StoredEntry) => packetId === 0 ? 1 : 0;
  const isBefore = ([a, one]: Numbered, [b, other]: Numbered) =>
    waits(one) - waits(other) || places.get(a)! - places.get(b)!;
  const entries = [...session.entries];
  if (entries.some((entry, i) => i > 0 && isBefore(entries[i - 1]!, entry) > 0)) {
    session.entries.clear();
    for (const [entryNumber, entry] of entries.sort(isBefore)) {
      session.entries.set(entryNumber, entry);
    }
  }
  let nextNumber = 1;
  for (const [entryNumber] of entries) {
    nextNumber = Math.max(nextNumber, entryNumber + 1, places.get(entryNumber)! + 1);
  }
  return { number, session, nextNumber };
}

type Numbered = readonly [number, StoredEntry];

/** `recorded` of a message that is read, and may not be live. */
export const NOT_OWNED = -1;

/** Until here messages are views of the batches they came in: what is live gets bytes of its own. */
export function ownBytes(state: StoredState, ending: readonly NumberedSession[]): void {
  const slabs = new Slabs();
  const own = (message: Message) => {
    if (message.recorded !== NOT_OWNED) return;
    message.recorded = FIRST_EDITION;
    message.moveTo(slabs.copy(message.topic), slabs.copy(message.payload));
  };
  for (const message of messagesOf(state)) own(message);
  for (const { session } of ending) {
    for (const { message } of session.entries.values()) own(message);
  }
}

/** What an edition of all this takes, roughly: what differs from message to message, and a little for each thing. */
export function liveBytesOf(state: StoredState): number {
  let bytes = 0;
  for (const message of messagesOf(state)) bytes += sizeOf(message) + THING_BYTES;
  for (const { subscriptions } of state.sessions.values()) {
    bytes += (1 + subscriptions.size) * THING_BYTES;
  }
  return bytes;
}
