/** A PUBLISH over the limit is read past: its head comes out, its payload is never kept, and what follows is whole. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { Inbound } from "../../lib/net/inbound.ts";
import { ProtocolError } from "../../lib/wire/errors.ts";
import { Random } from "../support/random.ts";
import { bytes, packet, publish } from "../support/raw_packets.ts";

interface Found {
  readonly bytes: Uint8Array;
  /** Where the variable header begins. */
  readonly bodyAt: number;
  readonly skipped: number;
}

/** Reads a stream in pieces that `pieceSize` draws; returns what came out and the largest buffer seen. */
function readAll(inbound: Inbound, stream: Uint8Array, pieceSize: () => number) {
  const found: Found[] = [];
  let largest = 0;
  for (let at = 0; at < stream.length;) {
    const space = inbound.space();
    const count = Math.min(space.length, pieceSize(), stream.length - at);
    space.set(stream.subarray(at, at + count));
    inbound.filled(count);
    at += count;
    while (inbound.next()) {
      const { start, bodyStart, end, header } = inbound.cursor;
      assertEquals(inbound.bytes[start], header);
      const frame = inbound.bytes.slice(start, end);
      found.push({ bytes: frame, bodyAt: bodyStart - start, skipped: inbound.skipped });
    }
    largest = Math.max(largest, inbound.bytes.length);
  }
  return { found, largest };
}

function skipping(maxPacketSize: number, maxSkipped: number): Inbound {
  const inbound = new Inbound(maxPacketSize);
  inbound.maxSkipped = maxSkipped;
  return inbound;
}

/** A PUBLISH without its payload, as it was cut off a larger one. */
function headOf(frame: Uint8Array, payload: number): Uint8Array {
  return frame.slice(0, frame.length - payload);
}

Deno.test("of 50 MB the head comes out, within 64 KiB", () => {
  const inbound = skipping(1000, Infinity);
  const large = publish("a/b", new Uint8Array(50_000_000), { qos: 1, id: 7 });
  const small = publish("c", "x");
  const { found, largest } = readAll(inbound, bytes(small, large, small), () => 1_000_000);
  assertEquals(found.map(({ skipped }) => skipped), [0, large.length, 0]);
  assertEquals(found[1]!.bytes, headOf(large, 50_000_000));
  assertEquals([found[0]!.bytes, found[2]!.bytes], [small, small]);
  assert(largest <= 65_536, `${largest} bytes`);
});

Deno.test("over any split, among whole packets, with topics of every length", () => {
  for (let seed = 0; seed < 200; seed++) {
    const random = new Random(seed);
    const sent = random.list(1, 30, () => {
      const qos = random.below(3);
      const topic = "t".repeat(random.pick([1, 5, 90, 3000, 65_535]));
      const payload = random.pick([0, 1, 50, 200, 5000, 100_000]);
      return { frame: publish(topic, new Uint8Array(payload), { qos, id: 9 }), payload };
    });
    const limit = random.pick([100, 3000, 70_000]);
    const largest = random.pick([1, 3, 50, 511, 4000, 70_000]);
    const inbound = skipping(limit, Infinity);
    const { found } = readAll(
      inbound,
      bytes(...sent.map(({ frame }) => frame)),
      () => 1 + random.below(largest),
    );
    assertEquals(found.length, sent.length, `seed ${seed}`);
    for (const [at, { frame, payload }] of sent.entries()) {
      const isLarge = frame.length > limit;
      const wanted = isLarge ? headOf(frame, payload) : frame;
      const got = found[at]!;
      assertEquals([got.bytes.length, got.skipped], [wanted.length, isLarge ? frame.length : 0]);
      assert(got.bytes.every((byte, i) => byte === wanted[i]), `seed ${seed}, packet ${at}`);
      assertEquals(got.bodyAt, frame.length < 130 ? 2 : frame.length < 16_387 ? 3 : 4);
    }
    assertEquals(inbound.pending, 0);
  }
});

Deno.test("what is no sound PUBLISH, or larger than may be skipped, is refused at its header", () => {
  const header = (first: number) => bytes(first, 0xff, 0x7f);
  for (const first of [0x82, 0xa2, 0x10, 0x36, 0x3e]) {
    const inbound = skipping(100, Infinity);
    assertThrows(() => readAll(inbound, header(first), () => 3), ProtocolError, "max_packet_size");
  }
  const size = packet(0x30, new Uint8Array(16_383)).length;
  assertThrows(() => readAll(skipping(100, size - 1), header(0x30), () => 3), ProtocolError);
  assertEquals(readAll(skipping(100, size), header(0x30), () => 3).found, []);
});

Deno.test("a topic that claims more than the packet has comes out as it is, for its reader to refuse", () => {
  const large = packet(0x32, 0xff, 0xff, new Uint8Array(500));
  const { found } = readAll(skipping(100, Infinity), large, () => 64);
  assertEquals([found[0]!.bytes.length, found[0]!.skipped], [large.length, large.length]);
});
