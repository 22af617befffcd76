/**
 * An open loop: messages are due at fixed times, whatever the broker does, and each carries the time at which it was due.
 * Invariant: a publisher that is late sends what was due meanwhile at once; nothing that was due is left out, so that a
 * wait shows in every message behind it.
 */
import type { LoadConnection } from "./connection.ts";
import { Header, packetIdOffset } from "./frames.ts";
import type { Run } from "./run.ts";

/** Bytes that a message's time takes in its payload. */
export const TIME_BYTES = 8;
const PACKET_IDS = 60_000;
const SECOND = 1000;

/** When messages are due: evenly, from a start on. Times in milliseconds, of one clock. */
export class Schedule {
  readonly #rate: number;
  readonly #start: number;

  /** @param rate messages a second */
  constructor(rate: number, start: number) {
    this.#rate = rate;
    this.#start = start;
  }

  /** How many are due at that time or before. */
  dueBy(now: number): number {
    return Math.floor((now - this.#start) * this.#rate / SECOND);
  }

  /** When the message of that number is due; the first has number 0. */
  timeOf(index: number): number {
    return this.#start + (index + 1) * SECOND / this.#rate;
  }
}

/** One publisher with its message. */
export interface Lane {
  readonly publisher: Pick<LoadConnection, "push" | "flush" | "receiveMaximum">;
  /** Made by `publishFrame`; its payload begins with the time. */
  readonly frame: Uint8Array;
  /** Messages above QoS 0 that are not acknowledged to the end. */
  underWay: number;
  /** The last one's packet id; 0 before the first. */
  packetId: number;
}

/** What is sent, and how the sender waits. */
export interface Pace {
  readonly qos: 0 | 1 | 2;
  /** Bytes of payload. */
  readonly size: number;
  /** Messages a second, of all publishers together. */
  readonly rate: number;
  /** Waits until `next`, or for less: milliseconds of `now`. */
  readonly pause: (next: number) => Promise<unknown>;
  /** Milliseconds; default performance.now(). */
  readonly now?: () => number;
  /** Is told how late each message was sent. Milliseconds. */
  readonly late?: (by: number) => void;
}

/** Sends what is due until the run is stopped, the publishers in turn; no more at once than the broker takes. */
export async function pace(
  load: Pick<Run, "stopped" | "sent">,
  lanes: readonly Lane[],
  shape: Pace,
): Promise<void> {
  const { rate, pause, now = () => performance.now() } = shape;
  const schedule = new Schedule(rate, now());
  for (let sent = 0; !load.stopped;) {
    const at = now();
    const [from, due] = [sent, schedule.dueBy(at)];
    for (; sent < due; sent++, load.sent++) {
      const lane = lanes[sent % lanes.length]!;
      if (lane.underWay >= lane.publisher.receiveMaximum) break;
      const time = schedule.timeOf(sent);
      push(lane, time, shape);
      shape.late?.(at - time);
    }
    const touched = Math.min(sent - from, lanes.length);
    for (let i = from; i < from + touched; i++) lanes[i % lanes.length]!.publisher.flush();
    await pause(schedule.timeOf(sent));
  }
}

function push(lane: Lane, time: number, { qos, size }: Pace): void {
  const { publisher, frame } = lane;
  if (qos > 0) {
    const packetId = lane.packetId = lane.packetId % PACKET_IDS + 1;
    const at = packetIdOffset(frame);
    frame[at] = packetId >> 8;
    frame[at + 1] = packetId & 0xff;
    lane.underWay++;
  }
  if (size >= TIME_BYTES) writeTime(frame, frame.length - size, time);
  publisher.push(frame);
}

/** Counts acknowledgements, and ends the publisher's half of QoS 2. */
export function answer(load: Run, lane: Lane, publisher: LoadConnection): void {
  const reading = publisher.consume((header, buffer, body) => {
    if (header >> 4 === Header.PUBREC >> 4) publisher.pushAck(Header.PUBREL, buffer, body);
    else lane.underWay--;
  }, () => publisher.flush());
  load.watch(reading);
}

/** Eight bytes, to turn numbers into bytes without a view for each. */
const BYTES = new Uint8Array(TIME_BYTES);
const NUMBER = new Float64Array(BYTES.buffer);

function writeTime(frame: Uint8Array, at: number, time: number): void {
  NUMBER[0] = time;
  frame.set(BYTES, at);
}

/** The time in a payload that begins at `at`. */
export function readTime(buffer: Uint8Array, at: number): number {
  for (let i = 0; i < TIME_BYTES; i++) BYTES[i] = buffer[at + i]!;
  return NUMBER[0]!;
}
