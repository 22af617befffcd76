/**
 * Slow beginnings: what has to come before CONNECT is accepted comes byte by byte, or not at all. Invariant:
 * connect_timeout is 5 s in each, so that the end is seen within an attack.
 */
import { connectFrame } from "../../lib/cli/load/frames.ts";
import { delay } from "../../lib/cli/load/run.ts";
import type { Door } from "../doors.ts";
import type { Attack } from "./attack.ts";
import { type Habit, strangers } from "./strangers.ts";

const CONNECTIONS = 1000;
const EVERY_MS = 200;
/** Time for the broker to come to rest before its memory is read. */
const SETTLE_MS = 3000;
const MIDGE = "connect_timeout: 5s\n";

const TEXT = new TextEncoder();
const CONNECT = connectFrame("slow".repeat(20));
const REQUEST = TEXT.encode("GET /mqtt HTTP/1.1\r\nHost: localhost\r\nX-Slow: " + "x".repeat(2000));
/** A record that claims 512 bytes of ClientHello, and how it begins: TLS 1.2, a random of zeros. */
const CLIENT_HELLO = Uint8Array.of(0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3, ...new Uint8Array(501));
const PROXY = TEXT.encode("PROXY TCP4 ");
/** Version 2, which claims 65,535 bytes of addresses. */
const PROXY2 = Uint8Array.of(
  ...[0x0d, 0x0a, 0x0d, 0x0a, 0, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a],
  ...[0x21, 0x11, 0xff, 0xff],
);

/** Byte by byte; undefined behind the last. */
function trickle(whole: Uint8Array): Habit {
  return {
    every: EVERY_MS,
    next: (round) => round < whole.length ? whole.subarray(round, round + 1) : undefined,
  };
}

function slowStart(name: string, what: string, door: Door, habit: Habit): Attack {
  return {
    name,
    what: `${CONNECTIONS} connections, ${what}`,
    midge: MIDGE,
    doors: door === "tcp" ? [] : [door],
    async run({ broker, signal }) {
      const { opened, closed, seconds } = await strangers(
        broker.addressOf(door),
        CONNECTIONS,
        habit,
        signal,
      );
      await delay(SETTLE_MS);
      return { opened, closed, "seconds until the last": seconds };
    },
  };
}

/** They say CONNECT, or a part of it. */
export const slowConnect: Attack = slowStart(
  "slow-connect",
  "CONNECT byte by byte, five a second",
  "tcp",
  trickle(CONNECT),
);

/** They end their writing side within CONNECT. */
export const halfOpen: Attack = slowStart(
  "half-open",
  "half a CONNECT, then the writing side ends",
  "tcp",
  { first: CONNECT.subarray(0, 20), every: EVERY_MS, next: () => undefined, halfClosed: true },
);

/** They say an HTTP head over WebSocket's port. */
export const slowHeader: Attack = slowStart(
  "slow-header",
  "an HTTP head byte by byte, five a second, on the WebSocket listener",
  "ws",
  trickle(REQUEST),
);

/** They say a ClientHello. */
export const slowTls: Attack = slowStart(
  "slow-tls",
  "a ClientHello byte by byte, five a second, on the TLS listener",
  "tls",
  trickle(CLIENT_HELLO),
);

/** They say nothing at all to TLS. */
export const silentTls: Attack = slowStart(
  "silent-tls",
  "not a byte, on the TLS listener",
  "tls",
  { every: EVERY_MS, next: () => undefined },
);

/** A line that has no end. */
export const endlessProxy: Attack = slowStart(
  "endless-proxy",
  "a PROXY header of version 1 byte by byte, without an end",
  "proxy",
  { first: PROXY, every: EVERY_MS, next: () => Uint8Array.of(0x31) },
);

/** A header of 65,535 bytes. */
export const longProxy: Attack = slowStart(
  "long-proxy",
  "a PROXY header of version 2 that claims 65,535 bytes and brings five a second",
  "proxy",
  { first: PROXY2, every: EVERY_MS, next: () => Uint8Array.of(0) },
);
