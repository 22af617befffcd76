/** Comparison of digests and secrets. */
import { assertEquals } from "@std/assert";
import { equalBytes, equalText } from "../lib/equal.ts";

Deno.test("equal bytes: the same, a difference anywhere, another length", () => {
  const secret = Uint8Array.from({ length: 33 }, (_, at) => at * 7);
  assertEquals(equalBytes(secret, secret.slice()), true);
  assertEquals(equalBytes(new Uint8Array(0), new Uint8Array(0)), true);
  for (let at = 0; at < secret.length; at++) {
    const other = secret.slice();
    other[at] = other[at]! ^ 1;
    assertEquals(equalBytes(secret, other), false, `byte ${at}`);
  }
  assertEquals(equalBytes(secret, secret.subarray(1)), false);
  assertEquals(equalBytes(secret, new Uint8Array(0)), false);
});

Deno.test("equal bytes: parts of larger buffers", () => {
  const buffer = Uint8Array.of(9, 1, 2, 3, 8, 1, 2, 3);
  assertEquals(equalBytes(buffer.subarray(1, 4), buffer.subarray(5)), true);
  assertEquals(equalBytes(buffer.subarray(0, 3), buffer.subarray(5)), false);
});

Deno.test("equal text: by its UTF-8, which may differ where the length does not", () => {
  assertEquals(equalText("s\u00e4same", "s\u00e4same"), true);
  assertEquals(equalText("", ""), true);
  assertEquals(equalText("sesame", "sesamf"), false);
  assertEquals(equalText("\u00e4b", "\u00e42"), false);
  assertEquals(equalText("a\u00e4", "\u00e4a"), false);
  assertEquals(equalText("abc", "\u00e4b"), false);
});
