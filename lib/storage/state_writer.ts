/**
 * A stored state as batches: one edition, which is all that a log needs. Invariants: what is read of them is the state
 * again; a message is written once.
 */
import type { Batch } from "./batch_log.ts";
import { RecordWriter } from "./records.ts";
import { messagesOf, type StoredSession, type StoredState } from "./state.ts";

/** About how many bytes share a batch. */
const BATCH_BYTES = 1 << 20;

/** Where the batches stand. */
export interface EditionPlace {
  /** The number of the first batch. */
  readonly number: number;
  /** The moment of the state's `time` by the machine's clock, milliseconds since the epoch. */
  readonly wall: number;
}

/**
 * The batches of a state; the body of each is borrowed until the next. Nothing before them is needed. The last one says
 * nothing: what is damaged at the end of a log passes for a write that was cut short.
 */
export function* batchesOf(state: StoredState, { number, wall }: EditionPlace): Generator<Batch> {
  const out = new RecordWriter((time) => time);
  let next = number;
  const batch = (): Batch => {
    return { number: next++, keepFrom: number, time: state.time, wall, body: out.written };
  };
  out.begin();
  for (const _ of records(state, out)) {
    if (out.length < BATCH_BYTES) continue;
    yield batch();
    out.begin();
  }
  if (out.length > 0) {
    yield batch();
    out.begin();
  }
  out.nothing();
  yield batch();
}

/** Writes all of it, and pauses behind each record. */
function* records(state: StoredState, out: RecordWriter): Generator<void> {
  const { sessions, retained, wills } = state;
  for (const message of messagesOf(state)) message.recorded = 0; // it may be in another log
  for (const message of retained.values()) yield out.retained(message);
  let number = 1;
  for (const session of sessions.values()) yield* sessionRecords(number++, session, out);
  for (const will of wills.values()) yield out.will(will);
}

function* sessionRecords(
  number: number,
  { client, expiryInterval, detachedAt = NaN, lastPacketId, received, ...session }: StoredSession,
  out: RecordWriter,
): Generator<void> {
  yield out.session(number, { client, expiryInterval, detachedAt, lastPacketId });
  for (const packetId of received) yield out.received(number, packetId);
  for (const [topicFilter, options] of session.subscriptions) {
    yield out.subscribed(number, topicFilter, options);
  }
  let place = 1;
  for (const entry of session.entries.values()) {
    const { packetId } = entry;
    yield out.entry(number, { number: place, place: place++, packetId, entry });
  }
}
