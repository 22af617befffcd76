/** A straight line through samples: bench/soak/slope.ts. */
import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { meanBetween, slopeOf } from "../../bench/soak/slope.ts";

const line = (value: (at: number) => number) =>
  Array.from({ length: 61 }, (_, i) => ({ at: i / 60, value: value(i / 60) }));

Deno.test("a slope is found, and is certain where the samples lie on a line", () => {
  const { perHour, within } = slopeOf(line((at) => 80 + 3 * at));
  assertAlmostEquals(perHour, 3);
  assertAlmostEquals(within, 0, 1e-5);
});

Deno.test("samples that go up and down have no slope but for what they scatter", () => {
  const { perHour, within } = slopeOf(line((at) => 80 + (Math.round(at * 60) % 2 ? 1 : -1)));
  assertEquals(Math.abs(perHour) < within, true);
  assertAlmostEquals(within, 0.86, 0.02); // 1.96 * sqrt(61 / 59 / 5.25)
});

Deno.test("fewer than three samples, and samples of one moment, have none", () => {
  assertThrows(() => slopeOf(line(() => 1).slice(0, 2)), RangeError, "2 samples");
  const same = [1, 2, 3].map((value) => ({ at: 1, value }));
  assertThrows(() => slopeOf(same), RangeError, "one time");
});

Deno.test("a mean takes what lies in its time", () => {
  assertAlmostEquals(meanBetween(line((at) => at), 0, 0.5), 29 / 120);
  assertEquals(meanBetween([], 0, 1), NaN);
});
