/**
 * What is refused while memory is short: new connections first, then QoS 0, then what is kept (retained messages,
 * subscriptions, queued messages). Invariants: each level is left only well below where it was reached; every change is said once;
 * the limits are read when the process is larger than any ordinary broker.
 */
import { type MemoryLimits, readMemoryLimits } from "../memory_limits.ts";
import type { Logger } from "../plugin/types.ts";

/** Below this resident size in bytes nothing is refused, and limits are not even read. */
const ORDINARY = 134_217_728;
/** Code, buffers and what the allocator needs, beside heap and payloads; bytes. */
const BASE = 134_217_728;
/** From these shares of a limit on; and how far below a level ends. */
const LEVELS = [0.85, 0.92, 1] as const;
const HYSTERESIS = 0.05;

const WORDS = [
  "memory is enough again: everything is accepted",
  "new connections are refused",
  "new connections are refused and QoS 0 messages are dropped",
  "new connections and subscriptions are refused, QoS 0 messages are dropped, nothing is retained or queued",
] as const;

/** As Deno.memoryUsage has it, bytes. */
export interface MemoryUse {
  readonly rss: number;
  readonly heapUsed: number;
  readonly external: number;
}

/** Where a guard looks. */
export interface MemorySources {
  use(): MemoryUse;
  limits(): Promise<MemoryLimits>;
}

const OWN: MemorySources = { use: () => Deno.memoryUsage(), limits: readMemoryLimits };

/** One broker's guard. */
export class MemoryGuard {
  readonly #logger: Logger;
  readonly #sources: MemorySources;
  #limits: MemoryLimits | undefined;
  #isReading = false;
  #level = 0;

  constructor(logger: Logger, sources: MemorySources = OWN) {
    this.#logger = logger;
    this.#sources = sources;
  }

  get refusesConnections(): boolean {
    return this.#level >= 1;
  }

  get dropsQos0(): boolean {
    return this.#level >= 2;
  }

  get keepsNothing(): boolean {
    return this.#level >= 3;
  }

  /** @param maxMemory bytes; NaN for what the machine has, Infinity for no limit */
  look(maxMemory: number): void {
    const use = this.#sources.use();
    if (maxMemory === Infinity || (use.rss < ORDINARY && Number.isNaN(maxMemory))) {
      return this.#enter(0, use);
    }
    if (this.#limits === undefined) return this.#readLimits();
    const resident = Number.isNaN(maxMemory) ? this.#limits.resident : maxMemory;
    // What the allocator keeps of memory that was given back is used again before more is taken.
    const needed = Math.min(use.rss, use.heapUsed + use.external + BASE);
    const share = Math.max(needed / resident, use.heapUsed / this.#limits.heap);
    const levelOf = (less: number) => LEVELS.findLastIndex((from) => share >= from - less) + 1;
    this.#enter(Math.max(levelOf(0), Math.min(this.#level, levelOf(HYSTERESIS))), use);
  }

  #enter(level: number, { rss }: MemoryUse): void {
    if (level === this.#level) return;
    this.#level = level;
    const line = `${Math.round(rss / 1e6)} MB are in use (max_memory): ${WORDS[level]}`;
    if (level === 0) this.#logger.info(line);
    else this.#logger.warn(line);
  }

  #readLimits(): void {
    if (this.#isReading) return;
    this.#isReading = true;
    this.#sources.limits().then(
      (limits) => this.#limits = limits,
      (cause: unknown) => this.#logger.error(`max_memory: the limits cannot be read: ${cause}`),
    );
  }
}
