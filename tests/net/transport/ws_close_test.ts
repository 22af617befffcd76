/** The end of a WebSocket: close frames of either side, what they say, and when they leave. */
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  closeAnswer,
  CloseCode,
  closePayload,
  farewellFor,
  WebSocketFault,
} from "../../../lib/net/transport/ws_close.ts";
import { ReasonCode } from "../../../lib/wire/codes.ts";
import { bytes, hex, u16, utf8 } from "../../support/raw_packets.ts";
import { frame, Opcode } from "../../support/raw_websocket.ts";
import { turn } from "../../support/until.ts";
import { ROLES, WebSocketSide as Side } from "../../support/websocket_side.ts";

const code = (payload: Uint8Array) => payload[0]! << 8 | payload[1]!;
const text = (payload: Uint8Array) =>
  new TextDecoder("utf-8", { fatal: true }).decode(payload.subarray(2));

Deno.test("ws close: every code that may be sent is answered by itself, every other is a fault", () => {
  const good = [
    1000,
    1001,
    1002,
    1003,
    1007,
    1008,
    1009,
    1010,
    1011,
    1012,
    1013,
    1014,
    3000,
    3999,
    4000,
    4999,
  ];
  for (const one of good) assertEquals(code(closeAnswer(bytes(u16(one), "bye"))), one);
  const bad = [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535];
  for (const one of bad) {
    const fault = assertThrows(() => closeAnswer(bytes(u16(one))), WebSocketFault);
    assertEquals([fault.closeCode, fault.message.includes(`${one}`)], [1002, true]);
  }
});

Deno.test("ws close: no code is answered by none, half of one and a broken reason are faults", () => {
  assertEquals(closeAnswer(bytes()), bytes());
  assertEquals(assertThrows(() => closeAnswer(hex("03")), WebSocketFault).closeCode, 1002);
  for (const broken of ["c3", "ff", "ed a0 80", "f4 90 80 80", "c0 80"]) {
    const payload = bytes(u16(1000), hex(broken));
    assertEquals(assertThrows(() => closeAnswer(payload), WebSocketFault).closeCode, 1007, broken);
  }
  assertEquals(code(closeAnswer(bytes(u16(1000), "Füße 温度 🌡"))), 1000);
});

Deno.test("ws close: a reason that is too long is cut between two characters", () => {
  const long = closePayload(CloseCode.POLICY_VIOLATION, "温".repeat(60));
  assertEquals([code(long), text(long), long.length <= 125], [1008, "温".repeat(41), true]);
  assertEquals(text(closePayload(CloseCode.NORMAL, "x".repeat(123))).length, 123);
});

Deno.test("ws close: MQTT's reasons have the close codes of their kind", () => {
  const expected: [ReasonCode, number][] = [
    [ReasonCode.SUCCESS, 1000],
    [ReasonCode.SERVER_SHUTTING_DOWN, 1001],
    [ReasonCode.MALFORMED_PACKET, 1002],
    [ReasonCode.PROTOCOL_ERROR, 1002],
    [ReasonCode.NOT_AUTHORIZED, 1008],
    [ReasonCode.SESSION_TAKEN_OVER, 1008],
    [ReasonCode.KEEP_ALIVE_TIMEOUT, 1008],
    [ReasonCode.PACKET_TOO_LARGE, 1009],
    [ReasonCode.UNSPECIFIED_ERROR, 1011],
    [ReasonCode.SERVER_BUSY, 1013],
  ];
  for (const [reason, closeCode] of expected) {
    const payload = farewellFor({ code: reason, text: "why" })!;
    assertEquals([code(payload), text(payload)], [closeCode, "why"]);
  }
  assertEquals(farewellFor({ code: undefined, text: "reset" }), undefined);
});

for (const role of ROLES) {
  const name = (title: string) => `ws close, ${role}: ${title}`;
  const STOPPING = { code: ReasonCode.SERVER_SHUTTING_DOWN, text: "the broker stops" };
  const GOODBYE = bytes(u16(1001), "the broker stops");

  Deno.test(name("leaving sends a close frame behind what was written, then closes"), async () => {
    const side = new Side(role);
    side.below.isSlow = true;
    const writing = side.stream.write(utf8("last words"));
    const leaving = side.stream.leave(STOPPING);
    await turn();
    assertEquals(side.below.closeCount, 0);
    side.below.writeSome();
    await turn();
    assertEquals(side.below.closeCount, 0);
    side.below.writeSome();
    await leaving;
    await writing;
    assertEquals(side.below.closeCount, 1);
    assertEquals(side.written, [
      { opcode: Opcode.BINARY, payload: utf8("last words") },
      { opcode: Opcode.CLOSE, payload: GOODBYE },
    ]);
    await assertRejects(() => side.stream.write(utf8("x")), Error, "the WebSocket is closed");
  });

  Deno.test(name("who takes no bytes is left without a farewell"), async () => {
    const side = new Side(role);
    side.below.isSlow = true;
    const writing = side.stream.write(utf8("stuck"));
    await side.stream.leave(STOPPING);
    assertEquals([side.below.closeCount, side.written], [1, []]);
    await assertRejects(() => writing, Deno.errors.BadResource);
  });

  Deno.test(name("who has gone is left without a farewell"), async () => {
    const side = new Side(role);
    side.below.failWrites(new Error("gone"));
    await side.stream.leave(STOPPING);
    const lost = new Side(role);
    await lost.stream.leave({ code: undefined, text: "connection reset by the peer" });
    assertEquals([side.below.closeCount, lost.below.closeCount, lost.written], [1, 1, []]);
  });

  Deno.test(name("who has said goodbye is answered, and hears no second one"), async () => {
    const side = new Side(role);
    side.below.give(side.frame(Opcode.CLOSE, bytes(u16(3000), "tired")));
    assertEquals(await side.read(), null);
    await side.stream.leave(STOPPING);
    assertEquals(side.written, [{ opcode: Opcode.CLOSE, payload: bytes(u16(3000)) }]);
    assertEquals(side.below.closeCount, 1);
  });

  const faults: [title: string, data: Uint8Array, closeCode: number][] = [
    ["a text frame", new Side(role).frame(Opcode.TEXT, "x"), 1003],
    ["a continuation of nothing", new Side(role).frame(Opcode.CONTINUATION, "x"), 1002],
    ["reserved bits", withFirst(new Side(role).frame(Opcode.BINARY, "x"), 0xc2), 1002],
    ["a close with code 1005", new Side(role).frame(Opcode.CLOSE, u16(1005)), 1002],
    ["a close whose reason is no UTF-8", new Side(role).frame(Opcode.CLOSE, hex("03 e8 ff")), 1007],
    ["a length of 2^53", longFrame(role === "server", "00 20 00 00 00 00 00 00"), 1009],
    ["a length of 2^63 - 1", longFrame(role === "server", "7f ff ff ff ff ff ff ff"), 1009],
    ["a length of 2^63", longFrame(role === "server", "80 00 00 00 00 00 00 00"), 1002],
  ];
  for (const [title, data, closeCode] of faults) {
    Deno.test(name(`${title} is told as ${closeCode}, whatever else is the reason`), async () => {
      const side = new Side(role);
      side.below.give(data);
      const fault = await assertRejects(() => side.read(), WebSocketFault);
      assertEquals(side.written, []);
      await side.stream.leave({ code: undefined, text: "whatever" });
      assertEquals(side.written, [
        { opcode: Opcode.CLOSE, payload: bytes(u16(closeCode), fault.message) },
      ]);
    });
  }
}

function withFirst(data: Uint8Array, first: number): Uint8Array {
  data[0] = first;
  return data;
}

function longFrame(isMasked: boolean, length: string): Uint8Array {
  return bytes(0x82, isMasked ? 0xff : 0x7f, hex(length), isMasked ? hex("01 02 03 04") : bytes());
}

Deno.test("ws close: pings leave where nothing was written for the interval, and only there", async () => {
  const { WebSocketStream } = await import("../../../lib/net/transport/ws_frames.ts");
  const { BufferPool } = await import("../../../lib/net/buffer_pool.ts");
  const { FakeStream } = await import("../../support/fake_stream.ts");
  const below = new FakeStream();
  const services = { pool: new BufferPool(), pingInterval: 30_000 };
  const stream = new WebSocketStream(below, "server", new Uint8Array(0), services);
  stream.keepOpen(1000);
  stream.keepOpen(30_999);
  assertEquals(below.written, []);
  stream.keepOpen(31_000);
  assertEquals(below.written, [0x89, 0]);
  stream.keepOpen(31_250); // sees that something was written
  stream.keepOpen(61_249);
  assertEquals(below.written.length, 2);
  below.written = [];
  await stream.write(utf8("x"));
  stream.keepOpen(61_250);
  stream.keepOpen(91_249);
  assertEquals(below.written, [0x82, 1, 0x78]);
  below.isSlow = true;
  stream.keepOpen(91_250);
  stream.keepOpen(200_000);
  below.writeSome();
  await turn();
  assertEquals(below.written.slice(3), [0x89, 0], "one at a time");
  stream.close();
  stream.keepOpen(500_000);
  assertEquals(below.written.length, 5);
  below.give(frame(Opcode.PONG, bytes()));
});
