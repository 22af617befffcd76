/** The memory of verdicts: first in, first out, with an age limit. */
import { assertEquals, assertNotEquals } from "@std/assert";
import { VerdictCache, verdictKey } from "../../../lib/access/chain/verdict_cache.ts";

const ALLOWED = { allowed: true, because: "rule 1" };

Deno.test("a verdict is as good as new until its time has passed, and then gone", () => {
  const cache = new VerdictCache(10, 1000);
  assertEquals(cache.get("a", 0), undefined);
  assertEquals(cache.set("a", ALLOWED, 5), { ...ALLOWED, until: 1005 });
  assertEquals(cache.get("a", 1004)?.because, "rule 1");
  assertEquals(cache.get("a", 1005), undefined);
  assertEquals(cache.size, 0);
});

Deno.test("the oldest goes first, and a hit does not make it younger", () => {
  const cache = new VerdictCache(2, Infinity);
  for (const key of ["a", "b"]) cache.set(key, ALLOWED, 0);
  cache.get("a", 0);
  cache.set("c", ALLOWED, 0);
  assertEquals(["a", "b", "c"].map((key) => cache.get(key, 0) !== undefined), [false, true, true]);
  cache.set("b", ALLOWED, 0);
  cache.set("d", ALLOWED, 0);
  assertEquals(["b", "c", "d"].map((key) => cache.get(key, 0) !== undefined), [true, false, true]);
});

Deno.test("size 0 remembers nothing, and a failure is not remembered", () => {
  const off = new VerdictCache(0, Infinity);
  assertEquals(off.set("a", ALLOWED, 7).until, -Infinity);
  assertEquals([off.get("a", 7), off.size], [undefined, 0]);
  const on = new VerdictCache(5, Infinity);
  const failed = { allowed: false, because: "no database", failed: true };
  assertEquals(on.set("a", failed, 7).until, -Infinity);
  assertEquals(on.get("a", 7), undefined);
});

Deno.test("keys tell action, topic, QoS and RETAIN apart", () => {
  const keys = [
    verdictKey("publish", "a", 0, false),
    verdictKey("subscribe", "a", 0, false),
    verdictKey("publish", "a", 1, false),
    verdictKey("publish", "a", 0, true),
    verdictKey("publish", "-a", 0, false),
    verdictKey("publish", "0a", 0, false),
  ];
  assertEquals(new Set(keys).size, keys.length);
  assertNotEquals(keys[0], keys[1]);
});

Deno.test("a very long topic is not remembered", () => {
  const cache = new VerdictCache(5, Infinity);
  const key = verdictKey("publish", "x".repeat(60_000), 0, false);
  assertEquals(cache.set(key, ALLOWED, 7).until, -Infinity);
  assertEquals([cache.get(key, 7), cache.size], [undefined, 0]);
});
