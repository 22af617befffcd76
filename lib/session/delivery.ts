/** What became of a message that was handed to a session. */

/** The outcomes. */
export const Delivery = {
  SENT: 0,
  QUEUED: 1,
  /** Above QoS 0 and the queue is full. */
  QUEUE_FULL: 2,
  /** At QoS 0 and the client takes its bytes too slowly. */
  SLOW: 3,
  /** At QoS 0 and the client is not there. */
  ABSENT: 4,
  /** The client does not take packets of this size. */
  TOO_LARGE: 5,
} as const;
/** One of the outcomes. */
export type Delivery = (typeof Delivery)[keyof typeof Delivery];
