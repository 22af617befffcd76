/**
 * Section 5 of RFC 6455 as a table, for the server's side: what a client may send, in every fragmentation, and what it
 * may not. Every row is fed whole, byte by byte, and cut in two at each place.
 */
import { assertEquals } from "@std/assert";
import { WebSocketFault } from "../../../lib/net/transport/ws_close.ts";
import { ReasonCode } from "../../../lib/wire/codes.ts";
import { bytes, hex, u16, utf8 } from "../../support/raw_packets.ts";
import { frame, Opcode, serverFrame } from "../../support/raw_websocket.ts";
import { turn } from "../../support/until.ts";
import { pattern, WebSocketSide } from "../../support/websocket_side.ts";

const { BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT } = Opcode;
const LONG_PING = "p".repeat(125);

/** A client's frame. */
function f(opcode: number, payload: Uint8Array | string = "", isFinal = true): Uint8Array {
  return frame(opcode, utf8(payload), isFinal);
}

/** The same under another first byte. */
function under(first: number, payload = ""): Uint8Array {
  const data = f(BINARY, payload);
  data[0] = first;
  return data;
}

/** One row. */
interface Row {
  readonly title: string;
  readonly sends: readonly Uint8Array[];
  /** Payload that is read. */
  readonly data?: Uint8Array | string;
  /** Payloads of the pongs, when each ping is answered before the next comes. */
  readonly pongs?: readonly string[];
  /** The close frame that is sent; undefined: none, for the stream goes on. */
  readonly close?: number | "empty";
}

const LENGTHS = [0, 1, 125, 126, 127, 128, 65_535, 65_536];

const ROWS: readonly Row[] = [
  // 5.2, the length in its three forms, and a message of each in fragments of each.
  ...LENGTHS.map((length): Row => ({
    title: `a message of ${length} bytes`,
    sends: [f(BINARY, pattern(length))],
    data: pattern(length),
  })),
  {
    title: "a length in a longer form than it needs",
    sends: [
      bytes(hex("82 fe 00 03 01 02 03 04"), hex("60 60 60")),
      bytes(hex("82 ff 00 00 00 00 00 00 00 01 00 00 00 00"), "x"),
    ],
    data: "abcx",
  },
  { title: "a mask of zeros", sends: [bytes(hex("82 83 00 00 00 00"), "abc")], data: "abc" },
  // 5.4, fragmentation.
  {
    title: "two fragments",
    sends: [f(BINARY, "ab", false), f(CONTINUATION, "cd")],
    data: "abcd",
  },
  {
    title: "fragments of one byte",
    sends: [
      f(BINARY, "a", false),
      ...[..."bcdef"].map((one) => f(CONTINUATION, one, false)),
      f(CONTINUATION, "g"),
    ],
    data: "abcdefg",
  },
  {
    title: "empty fragments at the beginning, in between, at the end",
    sends: [
      f(BINARY, "", false),
      f(CONTINUATION, "a", false),
      f(CONTINUATION, "", false),
      f(CONTINUATION),
    ],
    data: "a",
  },
  {
    title: "only empty fragments, then a message",
    sends: [f(BINARY, "", false), f(CONTINUATION, "", false), f(CONTINUATION), f(BINARY, "x")],
    data: "x",
  },
  {
    title: "fragments of all three forms of length",
    sends: [
      f(BINARY, pattern(125), false),
      f(CONTINUATION, pattern(126), false),
      f(CONTINUATION, pattern(65_536)),
    ],
    data: bytes(pattern(125), pattern(126), pattern(65_536)),
  },
  { title: "a continuation of nothing", sends: [f(CONTINUATION, "x")], close: 1002 },
  {
    title: "a last continuation of nothing, behind a message",
    sends: [f(BINARY, "a"), f(CONTINUATION, "x")],
    data: "a",
    close: 1002,
  },
  {
    title: "an unfinished continuation of nothing",
    sends: [f(CONTINUATION, "x", false)],
    close: 1002,
  },
  {
    title: "a message within a message",
    sends: [f(BINARY, "a", false), f(BINARY, "b")],
    data: "a",
    close: 1002,
  },
  {
    title: "text within a message",
    sends: [f(BINARY, "a", false), f(TEXT, "b")],
    data: "a",
    close: 1002,
  },
  // 5.5, control frames.
  { title: "a ping without payload", sends: [f(PING)], pongs: [""] },
  { title: "a ping with payload", sends: [f(PING, "hello")], pongs: ["hello"] },
  {
    title: "a ping with bytes that are no text",
    sends: [f(PING, "\u0000\u007f")],
    pongs: ["\u0000\u007f"],
  },
  { title: "a ping of 125 bytes", sends: [f(PING, LONG_PING)], pongs: [LONG_PING] },
  { title: "a ping of 126 bytes", sends: [f(PING, "p".repeat(126))], close: 1002 },
  { title: "a ping in fragments", sends: [f(PING, "p", false)], close: 1002 },
  {
    title: "ten pings",
    sends: [..."0123456789"].map((one) => f(PING, one)),
    pongs: [..."0123456789"],
  },
  { title: "a pong that no one asked for", sends: [f(PONG), f(PONG, "x")], data: "" },
  { title: "a pong and a ping", sends: [f(PONG, "x"), f(PING, "y")], pongs: ["y"] },
  { title: "a pong of 126 bytes", sends: [f(PONG, "p".repeat(126))], close: 1002 },
  { title: "a pong in fragments", sends: [f(PONG, "p", false)], close: 1002 },
  {
    title: "pings between fragments",
    sends: [
      f(BINARY, "a", false),
      f(PING, "1"),
      f(CONTINUATION, "b", false),
      f(PING, "2"),
      f(CONTINUATION, "c"),
    ],
    data: "abc",
    pongs: ["1", "2"],
  },
  {
    title: "a close between fragments",
    sends: [f(BINARY, "a", false), f(CLOSE, u16(1000)), f(CONTINUATION, "b")],
    data: "a",
    close: 1000,
  },
  { title: "a close without payload", sends: [f(CLOSE)], close: "empty" },
  { title: "a close with half a code", sends: [f(CLOSE, "x")], close: 1002 },
  { title: "a close with a code", sends: [f(CLOSE, u16(1001))], close: 1001 },
  {
    title: "a close with the longest reason",
    sends: [f(CLOSE, bytes(u16(1000), "r".repeat(123)))],
    close: 1000,
  },
  {
    title: "a close that is too long",
    sends: [f(CLOSE, bytes(u16(1000), "r".repeat(124)))],
    close: 1002,
  },
  { title: "a close in fragments", sends: [f(CLOSE, u16(1000), false)], close: 1002 },
  {
    title: "a close whose reason is no UTF-8",
    sends: [f(CLOSE, bytes(u16(1000), hex("c3 28")))],
    close: 1007,
  },
  ...[0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_535].map((code): Row => ({
    title: `a close with code ${code}`,
    sends: [f(CLOSE, u16(code))],
    close: 1002,
  })),
  ...[1000, 1001, 1002, 1003, 1007, 1011, 1014, 3000, 4999].map((code): Row => ({
    title: `a close with code ${code}`,
    sends: [f(CLOSE, u16(code))],
    close: code,
  })),
  {
    title: "frames behind a close",
    sends: [f(CLOSE, u16(1000)), f(PING, "x"), f(BINARY, "x"), f(TEXT)],
    close: 1000,
  },
  {
    title: "a ping behind data, a close behind both",
    sends: [f(BINARY, "a"), f(PING, "p"), f(CLOSE)],
    data: "a",
    pongs: ["p"],
    close: "empty",
  },
  // 5.1 and 5.3, masks.
  { title: "a message without a mask", sends: [serverFrame(BINARY, utf8("x"))], close: 1002 },
  { title: "an empty message without a mask", sends: [serverFrame(BINARY, utf8(""))], close: 1002 },
  { title: "a ping without a mask", sends: [serverFrame(PING, utf8("x"))], close: 1002 },
  { title: "a close without a mask", sends: [serverFrame(CLOSE, u16(1000))], close: 1002 },
  // 5.2, reserved bits and opcodes; 5.8: no extension was agreed to.
  ...[0xc2, 0xa2, 0x92, 0xf2, 0xc9, 0xa8, 0x9a, 0xc0].map((first): Row => ({
    title: `reserved bits: 0x${first.toString(16)}`,
    sends: [under(first, "x")],
    close: 1002,
  })),
  ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].flatMap((opcode): Row[] => [
    { title: `opcode ${opcode}`, sends: [under(0x80 | opcode)], close: 1002 },
    { title: `opcode ${opcode}, not final`, sends: [under(opcode, "x")], close: 1002 },
    {
      title: `opcode ${opcode} behind a message`,
      sends: [f(BINARY, "a"), under(0x80 | opcode)],
      data: "a",
      close: 1002,
    },
  ]),
  // 5.6, and MQTT-6.0.0-1: only binary frames.
  { title: "text", sends: [f(TEXT, "x")], close: 1003 },
  { title: "empty text", sends: [f(TEXT)], close: 1003 },
  { title: "text in fragments", sends: [f(TEXT, "x", false)], close: 1003 },
  {
    title: "text behind a message and a ping",
    sends: [f(BINARY, "a"), f(PING, "p"), f(TEXT, "x")],
    data: "a",
    pongs: ["p"],
    close: 1003,
  },
  // 5.2, lengths that no one means.
  { title: "2^53 bytes", sends: [hex("82 ff 00 20 00 00 00 00 00 00 01 02 03 04")], close: 1009 },
  {
    title: "2^63 - 1 bytes",
    sends: [hex("82 ff 7f ff ff ff ff ff ff ff 01 02 03 04")],
    close: 1009,
  },
  { title: "2^63 bytes", sends: [hex("82 ff 80 00 00 00 00 00 00 00 01 02 03 04")], close: 1002 },
  {
    title: "2^64 - 1 bytes",
    sends: [hex("82 ff ff ff ff ff ff ff ff ff 01 02 03 04")],
    close: 1002,
  },
  {
    title: "a ping of 2^63 bytes",
    sends: [hex("89 ff 80 00 00 00 00 00 00 00 01 02 03 04")],
    close: 1002,
  },
];

/** Gives `pieces` one after the other, each when the one before was used; answers what the server read and wrote. */
async function play(pieces: readonly Uint8Array[], isEnded: boolean) {
  const side = new WebSocketSide("server");
  const parts: Uint8Array[] = [];
  let fault: unknown;
  const reading = (async () => {
    for (let part = await side.read(); part !== null; part = await side.read()) parts.push(part);
  })().catch((error) => fault = error);
  for (const piece of pieces) {
    side.below.give(piece);
    for (let ticks = 0; ticks < 12; ticks++) await Promise.resolve();
  }
  if (isEnded) side.below.end();
  await reading;
  if (fault instanceof WebSocketFault || fault === undefined) {
    await side.stream.leave({ code: undefined, text: "" });
  } else throw fault;
  await turn();
  return { data: bytes(...parts), written: side.written };
}

function piecesOf(row: Row): [how: string, pieces: Uint8Array[]][] {
  const all = bytes(...row.sends);
  const ways: [string, Uint8Array[]][] = [
    ["whole", [all]],
    ["frame by frame", [...row.sends]],
  ];
  if (all.length > 2000) {
    const cut: Uint8Array[] = [];
    for (let at = 0; at < all.length; at += 997) cut.push(all.slice(at, at + 997));
    return [...ways, ["in pieces", cut]];
  }
  ways.push(["byte by byte", [...all].map((byte) => Uint8Array.of(byte))]);
  for (let at = 1; at < all.length; at++) {
    ways.push([`cut at ${at}`, [all.slice(0, at), all.slice(at)]]);
  }
  return ways;
}

for (const row of ROWS) {
  Deno.test(`ws section 5: ${row.title}`, async () => {
    for (const [how, pieces] of piecesOf(row)) {
      const { data, written } = await play(pieces, row.close === undefined);
      assertEquals(data, utf8(row.data ?? ""), how);
      const closes = written.filter(({ opcode }) => opcode === CLOSE);
      const code = closes.map(({ payload }) =>
        payload.length === 0 ? "empty" : payload[0]! << 8 | payload[1]!
      );
      assertEquals(code, row.close === undefined ? [] : [row.close], how);
      const pongs = written.filter(({ opcode }) => opcode === PONG)
        .map(({ payload }) => new TextDecoder().decode(payload));
      const wanted = row.pongs ?? [];
      // Of pings that come together the last one is answered (5.5.3).
      if (how === "whole" || how.startsWith("cut")) assertEquals(pongs.at(-1), wanted.at(-1), how);
      else assertEquals(pongs, wanted, how);
      assertEquals(written.length, closes.length + pongs.length, how);
    }
  });
}

Deno.test("ws section 5: a close of ours says MQTT's reason", async () => {
  const side = new WebSocketSide("server");
  await side.stream.leave({ code: ReasonCode.PACKET_TOO_LARGE, text: "PUBLISH too large" });
  assertEquals(side.written, [{ opcode: CLOSE, payload: bytes(u16(1009), "PUBLISH too large") }]);
});
