/** What stands beside a chart: ranges of values, labels of times. */
import { assertEquals } from "@std/assert";
import { clockTimes, valueRange } from "../../../plugins/dashboard/page/components/axes.js";

Deno.test("a range has zero in it and is never empty", () => {
  assertEquals(valueRange(null, null, null), [0, 1]);
  assertEquals(valueRange(null, 0, 0), [0, 1]);
  assertEquals(valueRange(null, 3, 100), [0, 108]);
  assertEquals(valueRange(null, -100, -50), [-108, 0]);
  assertEquals(valueRange(null, -100, 100), [-108, 108]);
});

Deno.test("times less than a minute apart have their seconds", () => {
  const at = Date.UTC(2026, 10, 28, 12, 0, 0) / 1_000;
  const seconds = clockTimes(null, [at, at + 15, at + 30]);
  assertEquals(seconds.map((text) => text.slice(-3)), [":00", ":15", ":30"]);
  const minutes = clockTimes(null, [at, at + 60]);
  assertEquals(minutes.map((text) => text.length), [5, 5]);
  assertEquals(clockTimes(null, []), []);
});
