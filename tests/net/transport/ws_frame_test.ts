/** One WebSocket frame as bytes: heads, frames of our own, masks. */
import { assertEquals } from "@std/assert";
import {
  applyMask,
  frameOf,
  maskBehind,
  Opcode,
  readHead,
  unmaskTo,
} from "../../../lib/net/transport/ws_frame.ts";
import { bytes, hex } from "../../support/raw_packets.ts";
import { Random } from "../../support/random.ts";

const MASK = hex("a1 0b 7f e4");

/** As the standard has it: byte by byte (section 5.3). */
function maskedByBytes(payload: Uint8Array, mask: Uint8Array, phase: number): Uint8Array {
  return payload.map((byte, i) => byte ^ mask[(i + phase) % 4]!);
}

Deno.test("ws frame: a mask is put on in place, at every alignment and phase, and nowhere else", () => {
  const random = new Random(7);
  const around = Uint8Array.from({ length: 100 }, () => random.below(256));
  for (let offset = 0; offset < 8; offset++) {
    for (let length = 0; length <= 80; length++) {
      for (let phase = 0; phase < 4; phase++) {
        const buffer = around.slice();
        applyMask(buffer.subarray(offset, offset + length), 0xa10b7fe4, phase);
        const expected = around.slice();
        const payload = around.subarray(offset, offset + length);
        expected.set(maskedByBytes(payload, MASK, phase), offset);
        assertEquals(buffer, expected, `offset ${offset}, length ${length}, phase ${phase}`);
      }
    }
  }
});

Deno.test("ws frame: a mask is taken off while the bytes move to the front, and nothing else changes", () => {
  const random = new Random(8);
  const around = Uint8Array.from({ length: 700 }, () => random.below(256));
  for (const length of [0, 1, 2, 3, 4, 5, 15, 16, 17, 125, 126, 511, 512, 513, 600]) {
    for (const from of [0, 1, 2, 3, 5, 8, 14, 50]) {
      for (const to of [0, 1, 2, 7].filter((one) => one <= from)) {
        const buffer = around.slice();
        const view = new DataView(buffer.buffer);
        unmaskTo(buffer, view, from, to, length, 0xa10b7fe4);
        const payload = maskedByBytes(around.slice(from, from + length), MASK, 0);
        assertEquals(buffer.slice(to, to + length), payload, `${length} from ${from} to ${to}`);
        assertEquals(buffer.slice(0, to), around.slice(0, to));
        const behind = Math.max(from, to) + length;
        assertEquals(buffer.slice(behind), around.slice(behind));
      }
    }
  }
});

Deno.test("ws frame: the mask goes on where a part has ended", () => {
  const payload = Uint8Array.from({ length: 40 }, (_, i) => i * 5);
  const expected = maskedByBytes(payload, MASK, 0);
  for (let cut = 0; cut <= 40; cut++) {
    const buffer = payload.slice();
    applyMask(buffer.subarray(0, cut), 0xa10b7fe4, 0);
    applyMask(buffer.subarray(cut), maskBehind(0xa10b7fe4, cut), 0);
    assertEquals(buffer, expected, `cut at ${cut}`);
  }
});

Deno.test("ws frame: the standard's own examples of heads and masks (section 5.7)", () => {
  const hello = new TextEncoder().encode("Hello");
  const masked = hex("81 85 37 fa 21 3d 7f 9f 4d 51 58");
  const head = readHead(masked, 0, masked.length);
  assertEquals(head, {
    opcode: Opcode.TEXT,
    isFinal: true,
    hasReservedBits: false,
    mask: 0x37fa213d,
    length: 5,
    size: 6,
  });
  const payload = masked.slice(6);
  applyMask(payload, 0x37fa213d, 0);
  assertEquals(payload, hello);
  const fragment = readHead(hex("01 03"), 0, 2);
  assertEquals([fragment?.isFinal, fragment?.mask, fragment?.length], [false, undefined, 3]);
  assertEquals(readHead(hex("82 7e 01 00"), 0, 4)?.length, 256);
  assertEquals(readHead(hex("82 7f 00 00 00 00 00 01 00 00"), 0, 10)?.length, 65_536);
  assertEquals(frameOf(Opcode.PONG, hello, false), bytes(hex("8a 05"), hello));
});

Deno.test("ws frame: a head is read where it begins, and not before all of it is there", () => {
  const heads = ["82 05", "82 7e 01 00", "82 7f 00 00 00 00 00 01 00 00"].map(hex);
  const masked = heads.map((head) => bytes(head[0]!, head[1]! | 0x80, head.slice(2), MASK));
  for (const head of [...heads, ...masked]) {
    const buffer = bytes(hex("ff ff ff"), head);
    for (let end = 3; end < buffer.length; end++) {
      assertEquals(readHead(buffer, 3, end), undefined);
    }
    assertEquals(readHead(buffer, 3, buffer.length)?.size, head.length);
  }
});

Deno.test("ws frame: reserved bits are seen, each of them", () => {
  for (const first of [0xc2, 0xa2, 0x92]) {
    assertEquals(readHead(bytes(first, 0), 0, 2)?.hasReservedBits, true);
  }
  assertEquals(readHead(hex("8f 00"), 0, 2)?.hasReservedBits, false);
});

Deno.test("ws frame: a length that no number holds is no other length", () => {
  for (const length of ["00 20 00 00 00 00 00 00", "ff ff ff ff ff ff ff ff"]) {
    const head = readHead(bytes(hex("82 7f"), hex(length)), 0, 10);
    assertEquals(Number.isSafeInteger(head?.length), false);
  }
});

Deno.test("ws frame: lengths in their shortest form, with a mask and without", () => {
  const lengths = [[0, "00"], [125, "7d"], [126, "7e 00 7e"], [65_535, "7e ff ff"]] as const;
  for (const [length, text] of lengths) {
    const payload = Uint8Array.from({ length }, (_, i) => i * 7);
    const before = payload.slice();
    const size = hex(text);
    assertEquals(frameOf(Opcode.BINARY, payload, false), bytes(0x82, size, payload));
    const masked = frameOf(Opcode.BINARY, payload, true);
    const maskAt = 1 + size.length;
    const mask = masked.subarray(maskAt, maskAt + 4);
    assertEquals(masked.slice(0, maskAt), bytes(0x82, size[0]! | 0x80, size.slice(1)));
    assertEquals(maskedByBytes(masked.subarray(maskAt + 4), mask, 0), payload);
    assertEquals(payload, before, "the caller's bytes are left alone");
  }
});

Deno.test("ws frame: every frame has a mask of its own", () => {
  const masks = Array.from({ length: 8 }, () => frameOf(Opcode.PING, new Uint8Array(0), true));
  assertEquals(new Set(masks.map((frame) => frame.slice(2).join())).size, 8);
});
