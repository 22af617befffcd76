/** Histograms of durations: buckets by their bounds, exact sums, quantiles, and what came since. */
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { DURATION_BOUNDS, Histogram, NO_HISTOGRAM, quantileOf } from "../lib/histogram.ts";
import { Random } from "./support/random.ts";

Deno.test("histogram: bounds of 1, 2, 5 from 10 microseconds to 10 seconds", () => {
  assertEquals(DURATION_BOUNDS.slice(0, 5), [10, 20, 50, 100, 200]);
  assertEquals([DURATION_BOUNDS.length, DURATION_BOUNDS.at(-1)], [19, 10_000_000]);
});

Deno.test("histogram: a value belongs to the first bucket whose bound it does not pass", () => {
  const one = new Histogram();
  for (const value of [-5, 0, 10, 10.5, 20, 10_000_000, 10_000_001, Infinity]) one.observe(value);
  const { counts, count } = one.view;
  assertEquals([counts[0], counts[1], counts[18], counts[19], count], [3, 2, 1, 2, 8]);
});

Deno.test("histogram: one observation for several values counts each; the sum is theirs", () => {
  const one = new Histogram();
  one.observe(30, 4);
  one.observe(100);
  const { count, sum, counts } = one.view;
  assertEquals([count, sum, counts[2], counts[3]], [5, 220, 4, 1]);
});

Deno.test("histogram: what is read is a copy, and plain", () => {
  const one = new Histogram();
  const { view } = one;
  one.observe(30);
  assertEquals([view.count, one.view.count], [0, 1]);
  assertEquals(JSON.parse(JSON.stringify(one.view)), one.view);
  assertEquals(NO_HISTOGRAM, new Histogram().view);
});

Deno.test("quantiles: nothing is NaN, what is behind the last bound is that bound", () => {
  const one = new Histogram();
  assertEquals(quantileOf(one.counts, 0.5), NaN);
  one.observe(1e9);
  assertEquals(quantileOf(one.counts, 0.5), 10_000_000);
});

Deno.test("quantiles: of what came since", () => {
  const one = new Histogram();
  for (let i = 0; i < 1000; i++) one.observe(5_000_000);
  const before = Float64Array.from(one.counts);
  for (let i = 0; i < 10; i++) one.observe(15);
  assertEquals(quantileOf(one.counts, 0.5, before), 15);
  assertEquals(quantileOf(one.counts, 0.5, one.counts), NaN);
});

Deno.test("quantiles: never further from the true one than its bucket is wide", () => {
  const random = new Random(7);
  for (let round = 0; round < 50; round++) {
    const one = new Histogram();
    const values = Array.from({ length: 1 + random.below(300) }, () => random.below(2_000_000));
    for (const value of values) one.observe(value);
    values.sort((a, b) => a - b);
    for (const share of [0.1, 0.5, 0.99]) {
      const exact = values[Math.max(0, Math.ceil(share * values.length) - 1)]!;
      const bucket = DURATION_BOUNDS.findIndex((bound) => exact <= bound);
      const found = quantileOf(one.counts, share);
      assert(found <= DURATION_BOUNDS[bucket]!, `${found} for ${exact}`);
      assert(found >= (DURATION_BOUNDS[bucket - 1] ?? 0), `${found} for ${exact}`);
    }
    assertAlmostEquals(one.sum, values.reduce((sum, value) => sum + value, 0), 1);
  }
});
