/** Counting by reason: every reason by itself, but not more of them than are bounded. */
import { assertEquals } from "@std/assert";
import { MAX_REASONS, OTHER_REASONS, Tally } from "../../lib/broker/tally.ts";

Deno.test("a tally counts each reason by itself, in the order in which they came up", () => {
  const tally = new Tally();
  assertEquals(tally.byReason, {});
  for (const reason of ["keep alive", "kicked", "keep alive", "__proto__"]) tally.add(reason);
  assertEquals(Object.entries(tally.byReason), [["keep alive", 2], ["kicked", 1], [
    "__proto__",
    1,
  ]]);
});

Deno.test("what a tally gives is a copy", () => {
  const tally = new Tally<"a" | "b">();
  tally.add("a");
  const before = tally.byReason;
  before.a = 9;
  tally.add("a");
  assertEquals([before, tally.byReason], [{ a: 9 }, { a: 2 }]);
});

Deno.test("reasons without end are counted together, those that are known go on", () => {
  const tally = new Tally();
  for (let i = 0; i < MAX_REASONS + 1000; i++) tally.add(`reason ${i}`);
  tally.add("reason 0");
  const counts = tally.byReason;
  assertEquals(Object.keys(counts).length, MAX_REASONS + 1);
  assertEquals([counts["reason 0"], counts[`reason ${MAX_REASONS}`], counts[OTHER_REASONS]], [
    2,
    undefined,
    1000,
  ]);
});
