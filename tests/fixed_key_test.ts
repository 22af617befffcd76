/** Keys of a fixed size. */
import { assertEquals, assertNotEquals } from "@std/assert";
import { fixedKey } from "../lib/fixed_key.ts";

Deno.test("short texts are their own keys, long ones have 64 characters, none equals another's", () => {
  assertEquals([fixedKey(""), fixedKey("a".repeat(63))], ["", "a".repeat(63)]);
  const long = fixedKey("a".repeat(64));
  assertEquals([long.length, fixedKey("a".repeat(65_536)).length], [64, 64]);
  assertNotEquals(long, fixedKey("a".repeat(65)));
  assertNotEquals(long, fixedKey(long));
});
