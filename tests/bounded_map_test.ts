/** A map that forgets what was set longest ago, and nothing else. */
import { assertEquals } from "@std/assert";
import { BoundedMap } from "../lib/bounded_map.ts";

/** Keys that are there, of `keys`. */
function kept(map: BoundedMap<string, number>, keys: string): string {
  return [...keys].filter((key) => map.get(key) !== undefined).join("");
}

Deno.test("what was set longest ago goes; reading keeps nothing, setting again does", () => {
  const map = new BoundedMap<string, number>(3);
  for (const key of "abc") map.set(key, 1);
  map.get("a");
  map.set("b", 2);
  map.set("d", 1);
  assertEquals([kept(map, "abcd"), map.get("b"), map.size], ["bcd", 2, 3]);
  map.set("e", 1);
  assertEquals(kept(map, "abcde"), "bde");
});

Deno.test("a full map that a key is set in again loses none of the others", () => {
  const map = new BoundedMap<string, number>(2);
  map.set("a", 1);
  map.set("b", 1);
  map.set("b", 2);
  assertEquals([kept(map, "ab"), map.size], ["ab", 2]);
});

Deno.test("delete and clear make room; a map of 0 keeps nothing", () => {
  const map = new BoundedMap<string, number>(2);
  map.set("a", 1);
  map.set("b", 1);
  assertEquals([map.delete("a"), map.delete("a")], [true, false]);
  map.set("c", 1);
  assertEquals(kept(map, "abc"), "bc");
  map.clear();
  assertEquals([kept(map, "abc"), map.size], ["", 0]);
  const none = new BoundedMap<string, number>(0);
  none.set("a", 1);
  assertEquals([none.get("a"), none.size], [undefined, 0]);
});
