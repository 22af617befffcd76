/** Every vector through the codec: whole, in pieces, in company, and back again. */
import { assertEquals, assertThrows } from "@std/assert";
import { MalformedPacketError, ProtocolError } from "../../lib/wire/errors.ts";
import { FrameCursor } from "../../lib/wire/frame.ts";
import { bytes, hex, PINGREQ, toHex } from "../support/raw_packets.ts";
import { readOne } from "./support.ts";
import { BAD, type BadVector, GOOD } from "./vectors.ts";
import { decodePacket, encodePacket } from "../../lib/wire/codec.ts";

for (const vector of GOOD) {
  const frame = hex(vector.hex);

  Deno.test(`${vector.name}: decoded whole`, () => {
    assertEquals(readOne(frame), { packet: vector.packet, end: frame.length });
  });

  Deno.test(`${vector.name}: incomplete until its last byte`, () => {
    const buffer = new Uint8Array(frame.length).fill(0xff);
    for (let length = 0; length < frame.length; length++) {
      assertEquals(readOne(buffer, 0, length), undefined, `${length} bytes`);
      buffer[length] = frame[length]!;
    }
    assertEquals(readOne(buffer)?.packet, vector.packet);
  });

  Deno.test(`${vector.name}: decoded between other packets`, () => {
    const stream = bytes(PINGREQ, frame, PINGREQ);
    const read = readOne(stream, PINGREQ.length);
    assertEquals(read, { packet: vector.packet, end: PINGREQ.length + frame.length });
  });

  Deno.test(`${vector.name}: encoded, and mirrored`, () => {
    const encoded = encodePacket(vector.packet);
    if (vector.canonical !== false) assertEquals(toHex(encoded), toHex(frame));
    assertEquals(readOne(encoded)?.packet, vector.packet);
  });
}

for (const vector of BAD) {
  const frame = hex(vector.hex);

  Deno.test(`${vector.name}: refused [${vector.statement}]`, () => {
    assertRefused(() => readOne(frame), vector);
  });

  Deno.test(`${vector.name}: refused behind another packet`, () => {
    assertRefused(() => readOne(bytes(PINGREQ, frame, PINGREQ), PINGREQ.length), vector);
  });

  Deno.test(`${vector.name}: refused when it comes byte by byte, and no byte sooner lets it in`, () => {
    const buffer = new Uint8Array(frame.length);
    assertRefused(() => {
      for (let length = 0; length < frame.length; length++) {
        buffer[length] = frame[length]!;
        assertEquals(readOne(buffer, 0, length + 1), undefined, `${length + 1} bytes`);
      }
    }, vector);
  });
}

function assertRefused(read: () => unknown, vector: BadVector): void {
  const error = assertThrows(read) as Error;
  assertEquals(error.name, vector.error ?? "MalformedPacketError");
  const known = error instanceof MalformedPacketError || error instanceof ProtocolError;
  assertEquals(known && error.statement, vector.statement);
}

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
