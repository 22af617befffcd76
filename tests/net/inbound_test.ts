/** The read buffer: frames come out as they went in, however the bytes were cut, and memory follows need. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { Inbound } from "../../lib/net/inbound.ts";
import { MalformedPacketError, ProtocolError } from "../../lib/wire/errors.ts";
import { Random } from "../support/random.ts";
import { bytes, packet } from "../support/raw_packets.ts";

/** Hands over as many of these bytes as there is room for; returns how many. */
function feed(inbound: Inbound, data: Uint8Array): number {
  const space = inbound.space();
  const count = Math.min(space.length, data.length);
  space.set(data.subarray(0, count));
  inbound.filled(count);
  return count;
}

/** Every whole frame in the buffer, copied. */
function frames(inbound: Inbound): Uint8Array[] {
  const found: Uint8Array[] = [];
  while (inbound.next()) {
    const { start, end } = inbound.cursor;
    found.push(inbound.bytes.slice(start, end));
  }
  return found;
}

/** Reads a stream in pieces that `pieceSize` draws; returns all frames and the largest room seen. */
function readAll(inbound: Inbound, stream: Uint8Array, pieceSize: () => number) {
  const found: Uint8Array[] = [];
  let room = 0;
  for (let at = 0; at < stream.length;) {
    room = Math.max(room, inbound.space().length);
    at += feed(inbound, stream.subarray(at, at + pieceSize()));
    found.push(...frames(inbound));
  }
  return { found, room };
}

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

function randomFrame(random: Random): Uint8Array {
  const size = random.pick([0, 1, 2, 20, 100, 126, 127, 128, 500, 600, 3000, 20_000]);
  const body = Uint8Array.from({ length: size }, () => random.below(256));
  return packet(random.below(256), body);
}

Deno.test("frames come out whole and in order, over any split", () => {
  for (let seed = 0; seed < 100; seed++) {
    const random = new Random(seed);
    const sent = random.list(1, 60, () => randomFrame(random));
    const largest = random.pick([1, 3, 50, 511, 512, 4000, 70_000]);
    const inbound = new Inbound(Infinity);
    const { found } = readAll(inbound, bytes(...sent), () => 1 + random.below(largest));
    assertEquals(found.map(({ length }) => length), sent.map(({ length }) => length));
    assert(found.every((frame, at) => equalBytes(frame, sent[at]!)), `seed ${seed}`);
    assertEquals(inbound.pending, 0);
  }
});

Deno.test("a read that fills the buffer makes the next one larger, up to 64 KiB", () => {
  const inbound = new Inbound(Infinity);
  const stream = bytes(...Array.from({ length: 40_000 }, () => packet(0x30, "12345678")));
  const sizes = new Set<number>();
  for (let at = 0; at < stream.length;) {
    sizes.add(inbound.bytes.length);
    at += feed(inbound, stream.subarray(at));
    frames(inbound);
  }
  assertEquals([...sizes], [512, 2048, 8192, 32_768, 65_536]);
});

Deno.test("the buffer grows with what came, not with what a header promises", () => {
  const inbound = new Inbound(Infinity);
  feed(inbound, bytes(0x30, 0xff, 0xff, 0xff, 0x7f, "x"));
  assertEquals(frames(inbound), []);
  assertEquals(inbound.bytes.length, 512);
});

Deno.test("quiet reads after a busy time give the memory back", () => {
  const inbound = new Inbound(Infinity);
  const busy = bytes(...Array.from({ length: 20_000 }, () => packet(0x30, "12345678")));
  readAll(inbound, busy, () => 1_000_000);
  assertEquals(inbound.bytes.length, 65_536);
  const ping = packet(0xc0);
  for (let i = 0; i < 9; i++) {
    feed(inbound, ping);
    assertEquals(frames(inbound), [ping]);
  }
  inbound.space();
  assertEquals(inbound.bytes.length, 512);
});

Deno.test("the buffer that a large packet needed is given back before the next read", () => {
  const inbound = new Inbound(Infinity);
  const large = packet(0x30, new Uint8Array(1_000_000));
  const { found } = readAll(inbound, large, () => 1_000_000);
  assertEquals(found.length, 1);
  inbound.space();
  assert(inbound.bytes.length <= 65_536, `${inbound.bytes.length} bytes are kept`);
});

Deno.test("a large packet behind small ones is moved, not lost, when the buffer is full", () => {
  const inbound = new Inbound(Infinity);
  const sent = [packet(0x30, new Uint8Array(300)), packet(0x32, new Uint8Array(400).fill(7))];
  const stream = bytes(...sent);
  let at = feed(inbound, stream.subarray(0, 511));
  assertEquals(frames(inbound).length, 1);
  while (at < stream.length) at += feed(inbound, stream.subarray(at));
  assertEquals(frames(inbound), [sent[1]]);
});

Deno.test("a packet over the limit is refused as soon as its length is known", () => {
  const inbound = new Inbound(100);
  feed(inbound, packet(0x30, new Uint8Array(98)));
  assertEquals(frames(inbound).length, 1);
  feed(inbound, bytes(0x30, 99));
  assertThrows(() => inbound.next(), ProtocolError, "max_packet_size is 100");
});

Deno.test("a fifth byte of remaining length is refused", () => {
  const inbound = new Inbound(Infinity);
  feed(inbound, bytes(0x30, 0xff, 0xff, 0xff, 0xff));
  assertThrows(() => inbound.next(), MalformedPacketError);
});

Deno.test("bytes that came before the first read are the first read, whatever their number", () => {
  for (const size of [0, 1, 2, 511, 512, 513, 3000]) {
    const stream = bytes(packet(0x30, bytes(new Uint8Array(2000))), packet(0xc0));
    const inbound = new Inbound(10_000, stream.subarray(0, size));
    const early = inbound.early();
    assertEquals(early, size === 0 ? undefined : Math.min(size, stream.length));
    assertEquals(inbound.early(), undefined, "once");
    const found: Uint8Array[] = [];
    if (early !== undefined) {
      inbound.filled(early);
      found.push(...frames(inbound));
    }
    found.push(...readAll(inbound, stream.subarray(early ?? 0), () => 700).found);
    assertEquals(bytes(...found), stream);
  }
});

Deno.test("a read that took all that it was allowed has more behind it; the buffer does not grow by it", () => {
  const inbound = new Inbound(Infinity);
  assertEquals(inbound.space(100).length, 100);
  inbound.filled(100);
  assertEquals(inbound.wasFilled, true);
  assertEquals(inbound.bytes.length, 512);
  inbound.space(100);
  inbound.filled(99);
  assertEquals(inbound.wasFilled, false);
  assertEquals(inbound.space(400).length, 313, "there is less room than it may");
  inbound.filled(313);
  assertEquals([inbound.wasFilled, inbound.bytes.length], [true, 2048]);
});

Deno.test("of a stream that says itself whether there is more, an allowed read grows no buffer", () => {
  const inbound = new Inbound(Infinity);
  inbound.space(100);
  inbound.filled(90, true);
  assertEquals([inbound.wasFilled, inbound.bytes.length], [true, 512]);
  inbound.space();
  inbound.filled(400, true);
  assertEquals([inbound.wasFilled, inbound.bytes.length], [true, 2048]);
});
