/** When a client pings. Pure. Invariant: without keep-alive never. */

/**
 * Milliseconds of silence before PINGREQ; Infinity without keep-alive.
 * @param keepAlive seconds
 * @param pingDelay milliseconds
 */
export function pingAfterOf(keepAlive: number, pingDelay: number): number {
  const milliseconds = keepAlive * 1000;
  // With a delay as long as keep_alive itself a ping would follow the other.
  return keepAlive === 0 ? Infinity : Math.max(milliseconds - pingDelay, milliseconds / 2);
}
