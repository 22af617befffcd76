/**
 * Lives of a log on a simulated disk: starts, appends, failures, ends, and what each start must find. Invariant: what is
 * expected follows from what `append` and `load` have answered, never from the files.
 */
import { assert, assertEquals } from "@std/assert";
import type { Batch } from "../../lib/storage/batch_log.ts";
import { type Durability, SegmentLog } from "../../lib/storage/files/segment_log.ts";
import { batchOf } from "./batch_log_suite.ts";
import { type Failure, SimulatedDisk } from "./simulated_disk.ts";

/** From a start to the next. */
export interface Life {
  /** Sizes of the batches that are appended, in order. */
  readonly sizes: readonly number[];
  /** Every this many batches an edition begins: the batch permits to forget what is older than the one before it. */
  readonly edition: number;
  /** Operations that fail. */
  readonly failures: readonly (readonly [index: number, failure: Failure])[];
  /** The operation at which it ends, and how; one that is never reached: it ends when all is appended. */
  readonly end: number;
  readonly how: "kill" | "power" | "close";
}

/** How the lives are led. */
export interface Terms {
  readonly durability: Durability;
  readonly segmentSize: number;
  readonly seed: number;
}

/** How often an append is tried while the disk fails. */
const TRIES = 4;

/** A log through several lives. */
export class LogLives {
  readonly #terms: Terms;
  disk: SimulatedDisk;
  /** What must come back. */
  readonly #safe = new Map<number, Batch>();
  /** What may come back: it was handed over, and nothing is known of it. */
  #unknown: Batch | undefined;
  #newest = 0;
  /** Makes the content of a batch differ from that of another with its number. */
  #version = 0;

  constructor(terms: Terms) {
    this.#terms = terms;
    this.disk = new SimulatedDisk(terms.seed);
  }

  /** Leads a life; then the disk is as the next one finds it. */
  async lead(life: Life): Promise<void> {
    for (const [index, failure] of life.failures) this.disk.failAt(index, failure);
    this.disk.endAt(life.how === "close" ? Infinity : life.end);
    const { durability, segmentSize } = this.#terms;
    const log = new SegmentLog(this.disk, { durability, segmentSize });
    try {
      await this.#start(log);
      await this.#write(log, life);
      await log.close();
    } catch (error) {
      this.#mustBeExpected(error, life);
      await log.close().catch(() => {}); // it may have stopped in any state
    }
    const seed = this.#terms.seed + this.disk.operations;
    this.disk = life.how === "power" ? this.disk.afterPowerCut(seed) : this.disk.afterKill(seed);
  }

  /** A start on a disk that does as it is told. */
  async check(): Promise<void> {
    const { durability, segmentSize } = this.#terms;
    const log = new SegmentLog(this.disk, { durability, segmentSize });
    await this.#start(log);
    await log.close();
  }

  async #start(log: SegmentLog): Promise<void> {
    const found: Batch[] = [];
    for await (const batch of log.load()) found.push(batch);
    const newest = found.at(-1)?.number ?? 0;
    assert(newest >= this.#newest, `batch ${this.#newest} is lost: the newest is ${newest}`);
    assertEquals(
      found.map(({ number }) => number),
      found.map((_, at) => newest - found.length + 1 + at),
    );
    const keepFrom = Math.max(1, found.at(-1)?.keepFrom ?? 1);
    if (newest > 0) assert(found[0]!.number <= keepFrom, `batch ${keepFrom} is lost`);
    for (const batch of found) {
      const expected = this.#safe.get(batch.number) ?? this.#unknown;
      assertEquals(this.#asAppended(batch, expected), expected, `batch ${batch.number} is another`);
    }
    if (newest > this.#newest) this.#isSafe(this.#unknown!);
    this.#unknown = undefined;
  }

  /** With `os` a log may permit less to be forgotten than it was told: what it flushes late may have failed. */
  #asAppended(batch: Batch, expected: Batch | undefined): Batch {
    if (this.#terms.durability === "full" || expected === undefined) return batch;
    return { ...batch, keepFrom: Math.max(batch.keepFrom, expected.keepFrom) };
  }

  async #write(log: SegmentLog, { sizes, edition }: Life): Promise<void> {
    for (const size of sizes) {
      const number = this.#newest + 1;
      const keepFrom = number % edition === 0
        ? number - 1
        : this.#safe.get(number - 1)?.keepFrom ?? 1;
      const batch = { ...batchOf(number, size, Math.max(1, keepFrom)), time: ++this.#version };
      this.#unknown = batch;
      await this.#append(log, batch);
      this.#isSafe(batch);
      this.#unknown = undefined;
    }
  }

  async #append(log: SegmentLog, batch: Batch): Promise<void> {
    for (let tries = 1;; tries++) {
      try {
        return await log.append(batch);
      } catch (error) {
        if (tries === TRIES) throw error;
      }
    }
  }

  #isSafe(batch: Batch): void {
    this.#safe.set(batch.number, batch);
    this.#newest = batch.number;
  }

  /** Only what the disk was told to do may go wrong. */
  #mustBeExpected(error: unknown, life: Life): void {
    const text = String(error);
    const isOfDisk = /os error \d|the machine/.test(text) &&
      (life.failures.length > 0 || life.how !== "close");
    if (!isOfDisk) throw error;
  }
}
