/** Tests of one vector: whole, in pieces, in company, and back again. Invariant: the same for every version. */
import { assertEquals, assertThrows } from "@std/assert";
import { MalformedPacketError, ProtocolError } from "../../lib/wire/errors.ts";
import type { ProtocolLevel } from "../../lib/wire/packets.ts";
import { bytes, hex, PINGREQ, toHex } from "../support/raw_packets.ts";
import { readOne } from "./support.ts";
import type { BadVector, GoodVector } from "./vectors.ts";
import { encodePacket } from "../../lib/wire/codec.ts";

/** Registers the tests of bytes that are a packet. */
export function testGood(vector: GoodVector, level: ProtocolLevel): void {
  const frame = hex(vector.hex);
  const read = (data: Uint8Array, from = 0, to = data.length) => readOne(data, from, to, level);

  Deno.test(`${vector.name}: decoded whole`, () => {
    assertEquals(read(frame), { packet: vector.packet, end: frame.length });
  });

  Deno.test(`${vector.name}: incomplete until its last byte`, () => {
    const buffer = new Uint8Array(frame.length).fill(0xff);
    for (let length = 0; length < frame.length; length++) {
      assertEquals(read(buffer, 0, length), undefined, `${length} bytes`);
      buffer[length] = frame[length]!;
    }
    assertEquals(read(buffer)?.packet, vector.packet);
  });

  Deno.test(`${vector.name}: decoded between other packets`, () => {
    const stream = bytes(PINGREQ, frame, PINGREQ);
    assertEquals(read(stream, PINGREQ.length), {
      packet: vector.packet,
      end: PINGREQ.length + frame.length,
    });
  });

  Deno.test(`${vector.name}: encoded, and mirrored`, () => {
    const encoded = encodePacket(vector.packet, level);
    if (vector.canonical !== false) assertEquals(toHex(encoded), toHex(frame));
    assertEquals(read(encoded)?.packet, vector.packet);
  });
}

/** Registers the tests of bytes that are none. */
export function testBad(vector: BadVector, level: ProtocolLevel): void {
  const frame = hex(vector.hex);
  const read = (data: Uint8Array, from = 0, to = data.length) => readOne(data, from, to, level);

  Deno.test(`${vector.name}: refused [${vector.statement}]`, () => {
    assertRefused(() => read(frame), vector);
  });

  Deno.test(`${vector.name}: refused behind another packet`, () => {
    assertRefused(() => read(bytes(PINGREQ, frame, PINGREQ), PINGREQ.length), vector);
  });

  Deno.test(`${vector.name}: refused when it comes byte by byte, and no byte sooner lets it in`, () => {
    const buffer = new Uint8Array(frame.length);
    assertRefused(() => {
      for (let length = 0; length < frame.length; length++) {
        buffer[length] = frame[length]!;
        assertEquals(read(buffer, 0, length + 1), undefined, `${length + 1} bytes`);
      }
    }, vector);
  });
}

function assertRefused(read: () => unknown, vector: BadVector): void {
  const error = assertThrows(read) as Error;
  assertEquals(error.name, vector.error ?? "MalformedPacketError", error.message);
  const known = error instanceof MalformedPacketError || error instanceof ProtocolError;
  assertEquals(known && error.statement, vector.statement);
  assertEquals(error.message.endsWith(` [${vector.statement}]`), true, error.message);
  if (vector.code !== undefined) assertEquals(known && error.code, vector.code);
}
