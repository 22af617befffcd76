/**
 * Bytes without an end where a broker expects a few: an HTTP head of 1 GB, and a WebSocket frame that claims 2^63.
 * Invariant: what is sent is bounded, whatever the broker takes.
 */
import { joined, writeAll } from "../../lib/io.ts";
import { delay } from "../../lib/cli/load/run.ts";
import type { TcpAddress } from "../../lib/cli/load/target.ts";
import type { Attack } from "./attack.ts";

const CONNECTIONS = 20;
/** Of all connections together. */
const BYTES = 1e9;
const SETTLE_MS = 3000;
/** Lines of a head, and payload of a frame; neither ends. */
const CHUNK = new TextEncoder().encode("X-Filler: 0123456789\r\n".repeat(3000));
const REQUEST = new TextEncoder().encode("GET /mqtt HTTP/1.1\r\nHost: localhost\r\n");
/** A masked binary frame of 2^63 bytes, and one of 2^63 - 1, which is the most that the standard allows. */
const FRAMES = [[0x80, 0], [0x7f, 0xff]].map(([first, rest]) =>
  Uint8Array.of(0x82, 0xff, first!, ...new Uint8Array(7).fill(rest!), 1, 2, 3, 4)
);

/** Opens a connection, says `first` and then fills it; bytes that the broker took, and whether it closed. */
async function fill(
  address: TcpAddress,
  first: Uint8Array,
  signal: AbortSignal,
): Promise<{ bytes: number; isClosed: boolean }> {
  using connection = await Deno.connect(address);
  let bytes = 0;
  let isClosed = false;
  const reading = readToEnd(connection).then(() => isClosed = true);
  try {
    await writeAll(connection, first);
    while (bytes < BYTES / CONNECTIONS && !isClosed && !signal.aborted) {
      await writeAll(connection, CHUNK);
      bytes += CHUNK.length;
    }
  } catch {
    isClosed = true; // reset by the broker
  }
  await Promise.race([reading, delay(SETTLE_MS)]);
  return { bytes, isClosed };
}

async function readToEnd(connection: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(4096);
  try {
    while (await connection.read(buffer) !== null);
  } catch {
    // reset
  }
}

async function fillAll(
  address: TcpAddress,
  firsts: readonly Uint8Array[],
  signal: AbortSignal,
): Promise<Record<string, number>> {
  const all = await Promise.all(
    Array.from(
      { length: CONNECTIONS },
      (_, i) => fill(address, firsts[i % firsts.length]!, signal),
    ),
  );
  await delay(SETTLE_MS);
  const bytes = all.reduce((sum, one) => sum + one.bytes, 0);
  return {
    opened: CONNECTIONS,
    closed: all.filter(({ isClosed }) => isClosed).length,
    "MB sent": Math.round(bytes / 1e5) / 10,
  };
}

/** 50 MB for each of 20 connections. */
export const hugeHeader: Attack = {
  name: "huge-header",
  what: `${CONNECTIONS} connections that send ${BYTES / 1e9} GB of HTTP header lines together`,
  mosquitto: "",
  doors: ["ws"],
  run: ({ broker, signal }) => fillAll(broker.addressOf("ws"), [REQUEST], signal),
};

/** The handshake is right, the frame is not. */
export const hugeFrame: Attack = {
  name: "huge-frame",
  what: `${CONNECTIONS} WebSockets, each with a frame that claims 2^63 or 2^63 - 1 bytes`,
  mosquitto: "",
  doors: ["ws"],
  run: ({ broker, signal }) => fillAll(broker.addressOf("ws"), FRAMES.map(withHandshake), signal),
};

function withHandshake(frame: Uint8Array): Uint8Array {
  const lines = [
    "GET /mqtt HTTP/1.1",
    "Host: localhost",
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Protocol: mqtt",
  ];
  return joined([new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n`), frame]);
}
