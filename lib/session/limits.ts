/** How much one session may have waiting and under way. */
import type { QueueLimits } from "./queue.ts";

/** Limits of one session; Infinity is none. */
export interface SessionLimits extends QueueLimits {
  /** At most 65,535. */
  readonly maxInflight: number;
  /** Of the messages under way; one may pass it. */
  readonly maxInflightBytes: number;
  /** QoS 2 exchanges from the client; for the caller to look at. */
  readonly receiveMaximum: number;
}
