/**
 * What the fuzzer says over WebSocket: an HTTP head and frames, right ones and damaged ones. Invariants: everything
 * follows from the random source, the masks too; a damaged head still comes before frames, so that both are met.
 */
import type { Random } from "../support/random.ts";
import { bytes, u16 } from "../support/raw_packets.ts";
import { Opcode } from "../support/raw_websocket.ts";
import { cutAnywhere, damaged } from "./damage.ts";

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
const CLOSE_CODES = [
  0,
  999,
  1000,
  1001,
  1002,
  1003,
  1005,
  1006,
  1007,
  1009,
  1015,
  3000,
  4999,
  65535,
];
/** Eight bytes of a length: 2^63, the most, 2^53, 2^32, and 1 in a form that is too long. */
const HUGE = [
  [0x80, 0, 0, 0, 0, 0, 0, 0],
  [0x7f, 255, 255, 255, 255, 255, 255, 255],
  [0, 0x20, 0, 0, 0, 0, 0, 0],
  [0, 0, 0, 1, 0, 0, 0, 0],
  [0, 0, 0, 0, 0, 0, 0, 1],
].map((length) => Uint8Array.from(length));

/** A frame, with what may lie about it. */
interface FrameParts {
  opcode: number;
  payload: Uint8Array;
  isFinal: boolean;
  reserved: number;
  isMasked: boolean;
  /** In place of the true length: what stands in the first byte's seven bits, and the bytes behind. */
  length: Uint8Array | undefined;
}

function lengthOf({ payload: { length } }: FrameParts): Uint8Array {
  if (length < 126) return Uint8Array.of(length);
  if (length < 65_536) return bytes(126, u16(length));
  return bytes(127, 0, 0, 0, 0, u16(length >>> 16), u16(length & 0xffff));
}

/** The frame's bytes, under a mask of this random source. */
function encoded(random: Random, frame: FrameParts): Uint8Array {
  const length = (frame.length ?? lengthOf(frame)).slice();
  if (frame.isMasked) length[0]! |= 0x80;
  const first = (frame.isFinal ? 0x80 : 0) | frame.reserved << 4 | frame.opcode;
  if (!frame.isMasked) return bytes(first, length, frame.payload);
  const mask = Uint8Array.from({ length: 4 }, () => random.below(256));
  return bytes(first, length, mask, frame.payload.map((byte, i) => byte ^ mask[i & 3]!));
}

function frame(opcode: number, payload: Uint8Array, isFinal = true): FrameParts {
  return { opcode, payload, isFinal, reserved: 0, isMasked: true, length: undefined };
}

function controlFrame(random: Random): FrameParts {
  const payload = random.bytes(random.oneIn(6) ? 200 : 20);
  if (!random.oneIn(6)) return frame(random.pick([Opcode.PING, Opcode.PONG]), payload);
  const code = u16(random.pick(CLOSE_CODES));
  return frame(Opcode.CLOSE, random.oneIn(3) ? payload.subarray(0, 1) : bytes(code, payload));
}

/** A message in one frame or several, control frames in between. */
function fragments(random: Random, message: Uint8Array): FrameParts[] {
  if (random.oneIn(2)) return [frame(Opcode.BINARY, message)];
  const parts = cutAnywhere(random, message);
  const frames = parts.map((part, i) =>
    frame(i === 0 ? Opcode.BINARY : Opcode.CONTINUATION, part, i === parts.length - 1)
  );
  return frames.flatMap((one) => random.oneIn(6) ? [controlFrame(random), one] : [one]);
}

/** One lie about a frame. */
function lyingFrame(random: Random, one: FrameParts): FrameParts {
  switch (random.below(8)) {
    case 0:
      return { ...one, opcode: random.below(16) };
    case 1:
      return { ...one, isMasked: false };
    case 2:
      return { ...one, reserved: 1 + random.below(7) };
    case 3:
      return { ...one, length: bytes(127, random.pick(HUGE)) };
    case 4:
      return { ...one, length: bytes(126, u16(random.below(65_536))) };
    case 5:
      return { ...one, length: Uint8Array.of(random.below(128)) };
    case 6:
      return { ...one, opcode: Opcode.TEXT };
    default:
      return { ...one, isFinal: !one.isFinal };
  }
}

/** The MQTT stream in frames; in half of all cases some of them lie. */
export function framesOf(random: Random, stream: readonly Uint8Array[]): Uint8Array[] {
  const messages = random.oneIn(3) ? cutAnywhere(random, bytes(...stream)) : stream;
  const frames = messages.flatMap((message) => fragments(random, message));
  if (random.oneIn(40)) {
    frames.push(...Array.from({ length: 500 }, () => frame(Opcode.BINARY, new Uint8Array())));
  }
  if (random.oneIn(2)) return frames.map((one) => encoded(random, one));
  for (let left = 1 + random.below(3); left > 0 && frames.length > 0; left--) {
    const at = random.below(frames.length);
    if (random.oneIn(3)) frames.splice(at, 0, controlFrame(random));
    else frames[at] = lyingFrame(random, frames[at]!);
  }
  const written = frames.map((one) => encoded(random, one));
  const at = random.below(written.length);
  if (written.length > 0 && random.oneIn(3)) written[at] = damaged(random, written[at]!);
  return written;
}

/** The lines of a request that is let in. */
function goodLines(random: Random): string[] {
  const lines = [
    `GET ${random.pick(["/", "/mqtt", "/mqtt?a=b", "/%2e%2e/x"])} HTTP/1.1`,
    "Host: 127.0.0.1",
    "Upgrade: websocket",
    random.pick(["Connection: Upgrade", "Connection: keep-alive, Upgrade"]),
    `Sec-WebSocket-Key: ${KEY}`,
    "Sec-WebSocket-Version: 13",
  ];
  const offered = random.pick([undefined, "mqtt", "mqttv3.1", "mqttv3.1, mqtt", "chat, mqtt"]);
  if (offered !== undefined) lines.push(`Sec-WebSocket-Protocol: ${offered}`);
  return lines;
}

const STRANGE_LINES = [
  "Origin: https://example.org",
  "X-Forwarded-For: 192.0.2.1, 198.51.100.7",
  "X-Forwarded-For: " + "1,".repeat(500),
  "Sec-WebSocket-Extensions: permessage-deflate",
  "Transfer-Encoding: chunked",
  "Content-Length: 5",
  "Content-Length: -1",
  "Expect: 100-continue",
  " folded: yes",
  "no colon",
  ": no name",
  "Na me: x",
  "Sec-WebSocket-Key: x",
  "Sec-WebSocket-Version: 8",
  "Sec-WebSocket-Protocol: chat",
  "Upgrade: h2c",
  "Connection: close",
  "Zero: a\0b",
  `Long: ${"x".repeat(20_000)}`,
];
const FIRST_LINES = [
  "POST /mqtt HTTP/1.1",
  "GET /mqtt HTTP/1.0",
  "GET /mqtt HTTP/2",
  "GET  HTTP/1.1",
  "GET /mqtt",
  `GET /${"a".repeat(9000)} HTTP/1.1`,
  "CONNECT example.org:443 HTTP/1.1",
  "\0\0\0",
  "",
];

/** The head of the request: right in two of three cases. */
export function headOf(random: Random): Uint8Array {
  const lines = goodLines(random);
  const isDamaged = random.oneIn(3);
  for (let left = isDamaged ? 1 + random.below(3) : 0; left > 0; left--) {
    const at = random.below(lines.length);
    const kind = random.below(5);
    if (kind === 0) lines.splice(at, 1);
    else if (kind === 1) lines.splice(at, 0, lines[at] ?? "");
    else if (kind === 2) lines[0] = random.pick(FIRST_LINES);
    else lines.splice(at + 1, 0, random.pick(STRANGE_LINES));
  }
  if (!isDamaged) return bytes(`${lines.join("\r\n")}\r\n\r\n`);
  const head = bytes(lines.join(random.pick(["\r\n", "\r\n", "\n", "\r"])) + "\r\n\r\n");
  return random.oneIn(3) ? damaged(random, head) : head;
}

/** The head and the frames in writes; now and then the first frames come with the head. */
export function webSocketWrites(random: Random, stream: readonly Uint8Array[]): Uint8Array[] {
  const all = [headOf(random), ...framesOf(random, stream)];
  if (random.oneIn(4)) return cutAnywhere(random, bytes(...all));
  return random.oneIn(6) ? [bytes(...all)] : all;
}
