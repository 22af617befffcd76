/** WebSocketStream at either side: what its peer must not send (RFC 6455, section 5). */
import { assertEquals, assertRejects } from "@std/assert";
import { bytes, hex, utf8 } from "../../support/raw_packets.ts";
import { frame, Opcode, serverFrame } from "../../support/raw_websocket.ts";
import { peerFrame, ROLES, WebSocketSide as Side } from "../../support/websocket_side.ts";

for (const role of ROLES) {
  const name = (text: string) => `ws frames, ${role}: ${text}`;

  const make = (opcode: number, payload: Uint8Array | string, isFinal = true) =>
    peerFrame(role, opcode, payload, isFinal);
  const withFirst = (first: number, length = 0) => {
    const data = make(Opcode.BINARY, new Uint8Array(length));
    data[0] = first;
    return data;
  };
  const long = (length: string) => {
    const head = hex(`82 ${role === "server" ? "ff" : "7f"} ${length}`);
    return role === "server" ? bytes(head, hex("00 00 00 00")) : head;
  };
  const violations: readonly [title: string, data: Uint8Array, says: string][] = [
    ["a text frame", make(Opcode.TEXT, "x"), "text frame [MQTT-6.0.0-1]"],
    [
      "a mask where none may be, or none where one must be",
      role === "server" ? serverFrame(Opcode.BINARY, utf8("x")) : frame(Opcode.BINARY, utf8("x")),
      role === "server" ? "or without a mask" : "or a mask",
    ],
    [
      "a wrong mask bit of a control frame",
      role === "server" ? serverFrame(Opcode.PING, utf8("")) : frame(Opcode.PING, utf8("")),
      role === "server" ? "or without a mask" : "or a mask",
    ],
    ["the first reserved bit", withFirst(0xc2), "reserved bits"],
    ["the second reserved bit", withFirst(0xa2), "reserved bits"],
    ["the third reserved bit", withFirst(0x92), "reserved bits"],
    ["an unknown data frame", withFirst(0x87), "frame 7 amiss"],
    ["an unknown control frame", withFirst(0x8b), "frame 11 amiss"],
    ["a continuation of nothing", make(Opcode.CONTINUATION, "x"), "frame 0 amiss"],
    ["a ping in fragments", withFirst(0x09), "frame 9 amiss"],
    ["a long ping", withFirst(0x89, 126), "frame 9 amiss"],
    ["a close in fragments", withFirst(0x08), "frame 8 amiss"],
    ["a length that no number holds", long("00 20 00 00 00 00 00 00"), "impossible length"],
    ["a length with the highest bit", long("ff ff ff ff ff ff ff ff"), "impossible length"],
    [
      "a message within a message",
      bytes(make(Opcode.BINARY, "a", false), make(Opcode.BINARY, "b")),
      "frame 2 amiss",
    ],
    [
      "a continuation of a message that was whole",
      bytes(make(Opcode.BINARY, "a"), make(Opcode.CONTINUATION, "b")),
      "frame 0 amiss",
    ],
  ];
  for (const [title, data, says] of violations) {
    Deno.test(name(`${title} is refused`), async () => {
      const side = new Side(role);
      side.below.give(data);
      await assertRejects(() => side.readAll(), Error, says);
    });
  }

  Deno.test(name("what came in front of a violation is read, and then the error"), async () => {
    const side = new Side(role);
    side.below.give(bytes(side.frame(Opcode.BINARY, "good"), side.frame(Opcode.TEXT, "bad")));
    assertEquals(await side.read(), utf8("good"));
    for (let times = 0; times < 2; times++) {
      await assertRejects(() => side.read(), Error, "text frame");
    }
  });
}
