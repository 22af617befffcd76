/**
 * How fast one client may send: messages and bytes as token buckets. Invariants: who sends more is read later, nothing
 * is dropped; no pause is longer than the longest; the clock is read once a read, and once a pause.
 */
import type { Clock } from "../clock.ts";
import { type Rate, TokenBucket } from "../token_bucket.ts";

/** What is limited, by the name of its key. */
export type ReadLimit = "messages_rate" | "bytes_rate";

/** Less than what comes in this time is not waited for: a timer for each message would cost more than the message. */
const PORTION_MS = 20;
/** After this time without a pause the next one is news again, milliseconds. */
const NEWS_MS = 60_000;
/** A client that was paused so lately is slowed down still, milliseconds. */
const LATELY_MS = 1000;

/** One rate, and when it has slowed its client down last. */
class Pace {
  readonly limit: ReadLimit;
  readonly rate: Rate;
  readonly bucket: TokenBucket;
  /** How many are waited for. */
  readonly portion: number;
  slowedAt = -Infinity;

  constructor(limit: ReadLimit, rate: Rate) {
    this.limit = limit;
    this.rate = rate;
    this.bucket = new TokenBucket(rate);
    this.portion = Math.min(rate.burst, Math.ceil(rate.perSecond * PORTION_MS / 1000));
  }
}

/** What a limiter needs. */
export interface ReadLimiterOptions {
  readonly messages: Rate | undefined;
  readonly bytes: Rate | undefined;
  readonly clock: Pick<Clock, "now" | "after">;
  /** Milliseconds; Infinity: as long as it takes. */
  readonly longestPause: number;
  /** Told when a client begins to be slowed down, once a minute at most. */
  slowed(limit: ReadLimit, rate: Rate): void;
}

/** The rates of one connection. */
export class ReadLimiter {
  readonly #options: ReadLimiterOptions;
  readonly #messages: Pace | undefined;
  readonly #bytes: Pace | undefined;
  #resume: (() => void) | undefined;
  #isClosed = false;

  constructor(options: ReadLimiterOptions) {
    const { messages, bytes } = options;
    this.#options = options;
    this.#messages = messages && new Pace("messages_rate", messages);
    this.#bytes = bytes && new Pace("bytes_rate", bytes);
  }

  /** Bytes that the next read may have room for, 1 or more; undefined: any number. */
  get room(): number | undefined {
    const bytes = this.#bytes;
    return bytes && Math.max(1, Math.floor(bytes.bucket.tokens(this.#options.clock.now())));
  }

  /** Bytes were read at this time. */
  received(count: number, now: number): void {
    this.#bytes?.bucket.take(count, now);
  }

  /** Before a read: resolves when the client may be read; undefined: now. */
  beforeRead(): Promise<void> | undefined {
    const bytes = this.#bytes;
    if (bytes === undefined) return undefined;
    const now = this.#options.clock.now();
    return bytes.bucket.tokens(now) >= 1 ? undefined : this.#pause(bytes, now);
  }

  /**
   * Before a PUBLISH is handled.
   * @param readAt when it was read, so that the clock need not be
   * @returns resolves when it may be; undefined: now
   */
  beforePublish(readAt: number): Promise<void> | undefined {
    const messages = this.#messages;
    if (messages === undefined || messages.bucket.tryTake(readAt)) return undefined;
    const { clock } = this.#options;
    const now = clock.now();
    if (messages.bucket.tryTake(now)) return undefined;
    return this.#pause(messages, now).then(() => messages.bucket.take(1, clock.now()));
  }

  /** The limits that slow the client down now. */
  get slowedBy(): ReadLimit[] {
    const now = this.#options.clock.now();
    return [this.#messages, this.#bytes].flatMap((pace) =>
      pace !== undefined && now - pace.slowedAt < LATELY_MS ? [pace.limit] : []
    );
  }

  /** Is a pause under way? */
  get isPausing(): boolean {
    return this.#resume !== undefined;
  }

  /** The connection is over: a pause ends now, and none begins. */
  close(): void {
    this.#isClosed = true;
    this.#resume?.();
  }

  #pause(pace: Pace, now: number): Promise<void> {
    const { clock, longestPause, slowed } = this.#options;
    if (this.#isClosed) return Promise.resolve();
    if (now - pace.slowedAt > NEWS_MS) slowed(pace.limit, pace.rate);
    const wait = Math.min(pace.bucket.wait(pace.portion, now), longestPause);
    pace.slowedAt = now + wait;
    return new Promise((resolve) => {
      const cancel = clock.after(wait, () => this.#resume?.());
      this.#resume = () => {
        this.#resume = undefined;
        cancel();
        resolve();
      };
    });
  }
}
