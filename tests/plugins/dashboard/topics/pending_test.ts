/** What waits to be shown: only the newest of each topic, bounded in bytes, counted whatever happens. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Pending } from "../../../../plugins/dashboard/page/views/topics/pending.js";
import { Watch } from "../../../../plugins/dashboard/page/views/topics/watch.js";
import { message } from "./support.ts";

/** Topic, payload and count of all that waits. */
function drained(pending: Pending): [string, string, number][] {
  const all: [string, string, number][] = [];
  pending.drain(({ message: { topicName, payload }, count }) => {
    all.push([topicName, new TextDecoder().decode(payload ?? undefined), count]);
  }, () => true);
  return all;
}

Deno.test("of each topic the newest waits, with how many there were", () => {
  const pending = new Pending();
  for (const [name, payload] of [["a", "1"], ["b", "1"], ["a", "2"], ["a", "3"]] as const) {
    pending.add(message(name, payload), false);
  }
  assertEquals([pending.size, pending.replaced], [2, 2]);
  assertEquals(drained(pending), [["a", "3", 3], ["b", "1", 1]]);
  assertEquals([pending.size, pending.bytes], [0, 0]);
});

Deno.test("it stops when there is no more time, and goes on where it was", () => {
  const pending = new Pending();
  for (const name of ["a", "b", "c"]) pending.add(message(name), false);
  const seen: string[] = [];
  const isDone = pending.drain(
    ({ message: { topicName } }) => seen.push(topicName),
    () => seen.length < 2,
  );
  assertEquals([isDone, seen, pending.size], [false, ["a", "b"], 1]);
  assertEquals(drained(pending).map(([name]) => name), ["c"]);
});

Deno.test("its bytes are bounded whatever comes, and every message is counted once", () => {
  const arrival = fc.record({ name: fc.constantFrom("a", "b", "c", "d"), size: fc.nat(3_000) });
  fc.assert(fc.property(fc.array(arrival, { maxLength: 80 }), fc.boolean(), (all, isWatched) => {
    const pending = new Pending(5_000);
    for (const { name, size } of all) {
      pending.add(message(name, "x".repeat(size)), isWatched);
      assert(pending.bytes <= 10_000, String(pending.bytes));
    }
    const counted = drained(pending).reduce((sum, [, , count]) => sum + count, 0);
    assert(counted <= all.length && counted + pending.lost >= all.length);
    pending.takeWatched();
    assertEquals(pending.bytes, 0);
  }));
});

Deno.test("of a watched topic each message is there, in order", () => {
  const pending = new Pending();
  for (const payload of ["1", "2", "3"]) pending.add(message("a", payload), true);
  const watch = new Watch("a");
  watch.add(pending.takeWatched());
  assertEquals(watch.history.map(({ payload }) => payload?.[0]), [51, 50, 49]);
  assertEquals(watch.numbers.values("(payload)"), [1, 2, 3]);
  assertEquals(pending.takeWatched(), []);
});

Deno.test("a hundred messages are kept of a topic, and four megabytes", () => {
  const watch = new Watch("a");
  watch.add(Array.from({ length: 250 }, (_, at) => message("a", String(at))));
  assertEquals([watch.history.length, watch.newest?.bytes, watch.numbers.times.length], [
    100,
    3,
    250,
  ]);
  watch.add(Array.from({ length: 10 }, () => message("a", "x".repeat(1_000_000))));
  assertEquals(watch.history.length, 4);
  watch.add([message("a", "x".repeat(6_000_000))]);
  assertEquals(watch.history.length, 1);
});
