/** Bytes as text. */
import { assertEquals } from "@std/assert";
import { encodeBase64, encodeHex } from "../lib/encoding.ts";
import { Random } from "./support/random.ts";

/** Section 10 of RFC 4648. */
const VECTORS: [text: string, base64: string, hex: string][] = [
  ["", "", ""],
  ["f", "Zg==", "66"],
  ["fo", "Zm8=", "666f"],
  ["foo", "Zm9v", "666f6f"],
  ["foob", "Zm9vYg==", "666f6f62"],
  ["fooba", "Zm9vYmE=", "666f6f6261"],
  ["foobar", "Zm9vYmFy", "666f6f626172"],
];

Deno.test("encoding: the vectors of RFC 4648, of a part of a larger buffer as well", () => {
  for (const [text, base64, hex] of VECTORS) {
    const bytes = new TextEncoder().encode(text);
    assertEquals([encodeBase64(bytes), encodeHex(bytes)], [base64, hex]);
    const part = new TextEncoder().encode(`<${text}>`).subarray(1, -1);
    assertEquals([encodeBase64(part), encodeHex(part)], [base64, hex]);
  }
});

Deno.test("encoding: any bytes, by the definition", () => {
  for (let seed = 0; seed < 200; seed++) {
    const bytes = new Random(seed).bytes(100);
    const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0"));
    assertEquals(encodeHex(bytes), digits.join(""));
    assertEquals(atob(encodeBase64(bytes)), String.fromCharCode(...bytes));
  }
});
