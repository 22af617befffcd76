/** Small stores for tests of what is done to whole stores: batches that make sense, and what they come to. */
import { Message } from "../../lib/session/message.ts";
import type { Batch } from "../../lib/storage/batch_log.ts";
import type { Disk } from "../../lib/storage/files/disk.ts";
import { SegmentLog } from "../../lib/storage/files/segment_log.ts";
import { emptyState, type StoredState } from "../../lib/storage/state.ts";
import { batchesOf } from "../../lib/storage/state_writer.ts";
import { loaded } from "./batch_log_suite.ts";

/** Segments in which a few such batches are. */
const SEGMENT_SIZE = 500;
const TOPICS = 3;
export const WALL: number = Date.UTC(2026, 10, 28);

/** A state that says its number. */
export function numberedState(number: number): StoredState {
  const state = emptyState();
  state.time = number;
  for (let order = 1; order <= TOPICS; order++) {
    const message = retainedMessage(`t/${order}`, String(number), order);
    state.retained.set(message.topicName, message);
  }
  state.lastOrder = TOPICS;
  return state;
}

/** A retained message. */
export function retainedMessage(topicName: string, payload: string, order: number): Message {
  const encoder = new TextEncoder();
  return Message.of({
    topicName,
    topic: encoder.encode(topicName),
    payload: encoder.encode(payload),
    qos: 1,
    retain: true,
    origin: "client",
    order,
    publisher: "p",
    properties: undefined,
    expiresAt: undefined,
  });
}

/** A batch that has all of such a state. */
export function numberedBatch(number: number, keepFrom: number): Batch {
  const [batch] = batchesOf(numberedState(number), { number, wall: WALL + number });
  return { ...batch!, keepFrom, body: batch!.body.slice() };
}

/** The numbers that a state's messages say; one where it is whole. */
export function numbersIn({ retained }: StoredState): number[] {
  const payloads = [...retained.values()].map(({ payload }) => new TextDecoder().decode(payload));
  return [...new Set(payloads.map(Number))];
}

/** A log in small segments. */
export function smallLog(disk: Disk): SegmentLog {
  return new SegmentLog(disk, { durability: "full", segmentSize: SEGMENT_SIZE });
}

/** Appends so many numbered batches. */
export async function fill(disk: Disk, count: number): Promise<void> {
  const log = smallLog(disk);
  await loaded(log);
  for (let number = 1; number <= count; number++) await log.append(numberedBatch(number, 1));
  await log.close();
}
