/** Looking at a string and decoding it agree on every sequence: Unicode's table 3-7 from both sides. */
import { assertEquals } from "@std/assert";
import { MalformedPacketError } from "../../lib/wire/errors.ts";
import { checkUtf8, decodeUtf8 } from "../../lib/wire/utf8.ts";
import { Random } from "../support/random.ts";

const STRICT = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** What the platform's decoder makes of the bytes; undefined: nothing. */
function expected(bytes: Uint8Array): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    return STRICT.decode(bytes);
  } catch {
    return undefined;
  }
}

/** What ours makes of them, by decoding; checking must agree. */
function actual(bytes: Uint8Array): string | undefined {
  const within = Uint8Array.of(0xff, ...bytes, 0x80); // what stands beside it is none of it
  const [start, end] = [1, 1 + bytes.length];
  const isChecked = passes(() => checkUtf8(within, start, end, "text"));
  let text: string | undefined;
  const isDecoded = passes(() => text = decodeUtf8(within, start, end, "text"));
  assertEquals(isChecked, isDecoded, `${bytes}`);
  return text;
}

function passes(look: () => void): boolean {
  try {
    look();
    return true;
  } catch (error) {
    if (error instanceof MalformedPacketError) return false;
    throw error;
  }
}

Deno.test("every sequence of one and of two bytes", () => {
  for (let first = 0; first < 256; first++) {
    assertEquals(actual(Uint8Array.of(first)), expected(Uint8Array.of(first)));
    for (let second = 0; second < 256; second++) {
      const bytes = Uint8Array.of(first, second);
      assertEquals(actual(bytes), expected(bytes), `${bytes}`);
    }
  }
});

Deno.test("every edge of three and of four bytes, whole, cut and with a byte more", () => {
  const edges = [0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff];
  for (let lead = 0xc0; lead < 256; lead++) {
    for (const second of edges) {
      for (const third of edges) {
        for (const fourth of [0x41, 0x7f, 0x80, 0xbf, 0xc0]) {
          for (const end of [3, 4, 5]) {
            const bytes = Uint8Array.of(lead, second, third, fourth, 0x41).subarray(0, end);
            assertEquals(actual(bytes), expected(bytes), `${bytes}`);
          }
        }
      }
    }
  }
});

Deno.test("short texts and long ones, plain and not", () => {
  const random = new Random(1);
  const parts = ["", "a", "/", "ü", "\ufeff", "\uffff", "\u{1F98B}", "\u{10ffff}", "x".repeat(40)];
  for (let i = 0; i < 3_000; i++) {
    const text = random.list(0, 9, () => random.pick(parts)).join("");
    assertEquals(actual(new TextEncoder().encode(text)), text);
  }
  for (let length = 0; length < 40; length++) {
    assertEquals(actual(new TextEncoder().encode("y".repeat(length))), "y".repeat(length));
  }
});
