/** What a journal is given: how it is to behave, and what it needs of the broker. Invariant: types alone. */
import type { Clock } from "../clock.ts";
import type { Message } from "../session/message.ts";
import type { CleaningLimits, LiveState } from "./editions.ts";

/** How it is to behave. */
export interface JournalOptions {
  /** Bytes that may wait for the disk; from half of them on publishers wait. */
  readonly maxPendingBytes: number;
  readonly cleaning: CleaningLimits;
  /** About how many bytes of turns share a batch, unless the log is cleaned. */
  readonly batchBytes?: number;
  /** How long retained messages that no acknowledgement waits for are gathered, milliseconds; 0 or absent: not at all. */
  readonly writeDelayMs?: number;
  /** Nothing is written before `close`, and then everything. */
  readonly isLate?: boolean;
}

/** What it needs, and whom it tells. */
export interface JournalServices {
  readonly clock: Clock;
  readonly live: LiveState;
  /** The retained message that a topic has now. */
  retained(topicName: string): Message | undefined;
  /** What `retained` answered is written; absent: no one wants to know. */
  retainedWritten?(message: Message): void;
  /** A write has failed, the first one since all went well. */
  failed(cause: unknown): void;
  /** What failed is safe. */
  recovered(): void;
}
