/** Every vector of 3.1 and 3.1.1 through the codec: whole, in pieces, in company, and back again. */
import { assertEquals, assertThrows } from "@std/assert";
import { ProtocolError } from "../../lib/wire/errors.ts";
import { FrameCursor } from "../../lib/wire/frame.ts";
import { hex, toHex } from "../support/raw_packets.ts";
import { readOne } from "./support.ts";
import { testBad, testGood } from "./vector_cases.ts";
import { BAD, GOOD } from "./vectors.ts";
import { decodePacket, encodePacket } from "../../lib/wire/codec.ts";

for (const vector of GOOD) testGood(vector, 4);
for (const vector of BAD) testBad(vector, 4);

Deno.test("a packet as long as the limit is read, one byte longer is refused at its header", () => {
  const frame = hex("30 07 0003 612f62 01 02");
  const cursor = new FrameCursor();
  assertEquals(cursor.find(frame, 0, frame.length, frame.length), true);
  assertThrows(() => cursor.find(frame, 0, 2, frame.length - 1), ProtocolError);
  const twice = hex("30 07 0003 612f62 01 02 30 07 0003 612f62 01 02");
  assertEquals(cursor.find(twice, frame.length, twice.length, frame.length), true);
});

Deno.test("the four bytes of the largest remaining length are read", () => {
  const cursor = new FrameCursor();
  assertEquals(cursor.find(hex("30 ffffff7f"), 0, 5, Infinity), false);
});

Deno.test("overwriting the read buffer changes borrowed bytes only", () => {
  const buffer = hex(
    "10 1f 0004 4d515454 04 f6 000a 0001 61 0003 612f62 0002 ff00 0002 c3bc 0003 007f80",
  );
  const packet = readOne(buffer)!.packet;
  if (packet.type !== "connect") throw new Error(packet.type);
  buffer.fill(0xee);
  assertEquals([packet.clientId, packet.username, packet.will?.topicName], ["a", "ü", "a/b"]);
  assertEquals([toHex(packet.will!.payload), toHex(packet.password!)], ["ee ee", "ee ee ee"]);
});

Deno.test("a PUBLISH's payload is a view into the read buffer, an encoded frame is not", () => {
  const buffer = hex("30 07 0003 612f62 01 02");
  const cursor = new FrameCursor();
  cursor.find(buffer, 0, buffer.length, Infinity);
  const packet = decodePacket(buffer, cursor);
  if (packet.type !== "publish") throw new Error(packet.type);
  assertEquals(packet.payload.buffer, buffer.buffer);
  const encoded = encodePacket(packet);
  buffer.fill(0);
  assertEquals(toHex(encoded), "30 07 00 03 61 2f 62 01 02");
  assertEquals(packet.topicName, "a/b");
});
