/**
 * The rates that a client's listener sets it. Invariant: a client of a listener without rates has no limiter, and costs
 * nothing.
 */
import { type ReadLimit, ReadLimiter } from "../net/read_limiter.ts";
import type { Client } from "./client.ts";
import type { Rate } from "../token_bucket.ts";

/** From now on the client is read as fast as its listener allows; what it has sent behind its CONNECT counts. */
export function limitReading(client: Client): void {
  const { core, door: { limits }, info, connection } = client;
  if (limits === undefined) return;
  const { messagesRate: messages, bytesRate: bytes } = limits;
  if (messages === undefined && bytes === undefined) return;
  const limiter = new ReadLimiter({
    messages,
    bytes,
    clock: core.clock,
    longestPause: info.keepAlive === 0 ? Infinity : info.keepAlive * 500,
    slowed: (limit, rate) => noteSlowed(client, limit, rate),
  });
  limiter.received(connection.inbound.pending, core.clock.now());
  connection.limiter = limiter;
}

function noteSlowed({ core, info }: Client, limit: ReadLimit, { perSecond }: Rate): void {
  core.slowdowns.add(limit);
  core.logs.slowdowns.info(
    `${info} is read more slowly: it sends more than ${limit} (${perSecond} a second)`,
  );
}
