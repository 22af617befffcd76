/**
 * What a witness sent, what it received, and what is wrong with that. Invariants: pure; each message is counted once as
 * delivered, and what is wrong is said in one line each.
 */
import { Times } from "../../lib/cli/load/percentiles.ts";
import type { Measured } from "../../lib/cli/load/run.ts";

/** The levels of QoS. */
export const LEVELS = [0, 1, 2] as const;
/** One of them. */
export type Level = typeof LEVELS[number];

/** Longer than this and it hangs, also on a machine that is busy; where nothing else is said. Milliseconds. */
export const HANG_MS = 60_000;

interface Stream {
  /** The number of the next message. */
  next: number;
  /** When it was sent, of each message that has not come. */
  readonly missing: Map<number, number>;
  /** Likewise of each that is not acknowledged, by its packet id. */
  readonly unacknowledged: Map<number, number>;
  last: number;
  received: number;
  doubled: number;
  disordered: number;
}

/** The messages of one witness, by their QoS. */
export class Tally {
  readonly #streams: readonly Stream[] = LEVELS.map(() => ({
    next: 0,
    missing: new Map(),
    unacknowledged: new Map(),
    last: -1,
    received: 0,
    doubled: 0,
    disordered: 0,
  }));
  readonly #times = new Times();
  readonly #hangMs: number;

  /** @param hangMs what takes longer hangs, milliseconds */
  constructor(hangMs = HANG_MS) {
    this.#hangMs = hangMs;
  }

  /** Notes a message as sent; its number. */
  send(qos: Level, now: number, packetId = 0): number {
    const stream = this.#streams[qos]!;
    stream.missing.set(stream.next, now);
    if (qos > 0) stream.unacknowledged.set(packetId, now);
    return stream.next++;
  }

  /** Notes that it came. */
  receive(qos: Level, number: number, now: number): void {
    const stream = this.#streams[qos]!;
    const sentAt = stream.missing.get(number);
    if (sentAt === undefined) stream.doubled++;
    else {
      stream.missing.delete(number);
      stream.received++;
      this.#times.add(now - sentAt);
      if (number < stream.last) stream.disordered++;
      stream.last = Math.max(stream.last, number);
    }
  }

  /** Notes the last acknowledgement of a message: PUBACK or PUBCOMP. */
  acknowledge(qos: Level, packetId: number): void {
    this.#streams[qos]!.unacknowledged.delete(packetId);
  }

  /** Is nothing under way? */
  get isSettled(): boolean {
    return this.#streams.every(({ missing, unacknowledged }) =>
      missing.size === 0 && unacknowledged.size === 0
    );
  }

  /** What hangs now, a line each. */
  hanging(now: number): string[] {
    return this.#problems(
      ({ missing }) => countBefore(missing, now - this.#hangMs),
      ({ unacknowledged }) => countBefore(unacknowledged, now - this.#hangMs),
    );
  }

  /** What is wrong when no more can come, a line each. */
  findings(): string[] {
    return this.#problems(
      ({ missing }) => missing.size,
      ({ unacknowledged }) => unacknowledged.size,
    );
  }

  /** `sent`, `received`, and the percentiles of how long messages took, in microseconds. */
  report(): Measured {
    const sum = (count: (stream: Stream) => number) =>
      this.#streams.reduce((total, stream) => total + count(stream), 0);
    return {
      sent: sum(({ next }) => next),
      received: sum(({ received }) => received),
      ...this.#times.percentiles(),
    };
  }

  #problems(lost: (stream: Stream) => number, open: (stream: Stream) => number): string[] {
    return this.#streams.flatMap((stream, qos) => {
      const counts: [number, string][] = [
        [lost(stream), "did not come"],
        [stream.doubled, "came twice, or were never sent"],
        [stream.disordered, "came out of order"],
        [open(stream), "were not acknowledged"],
      ];
      return counts.filter(([count]) => count > 0).map(([count, what]) =>
        `the witness: ${count} of ${stream.next} messages at QoS ${qos} ${what}`
      );
    });
  }
}

/** Maps keep the order in which they were filled: by time. */
function countBefore(times: ReadonlyMap<number, number>, limit: number): number {
  let count = 0;
  for (const time of times.values()) {
    if (time > limit) break;
    count++;
  }
  return count;
}
