/** Token buckets: never more than the rate and one burst, and exact waits. */
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { TokenBucket } from "../lib/token_bucket.ts";
import { Random } from "./support/random.ts";

Deno.test("a burst is there at once, then one comes with each part of a second", () => {
  const bucket = new TokenBucket({ perSecond: 10, burst: 3 });
  assertEquals([bucket.tokens(1000), bucket.isFull(1000)], [3, true]);
  assertEquals([1, 2, 3, 4].map(() => bucket.tryTake(1000)), [true, true, true, false]);
  assertEquals([bucket.isFull(1000), bucket.tokens(1000)], [false, 0]);
  assertEquals([bucket.wait(1, 1000), bucket.wait(2, 1000), bucket.wait(3, 1000)], [100, 200, 300]);
  assertEquals([bucket.tryTake(1099), bucket.tryTake(1100), bucket.tryTake(1100)], [
    false,
    true,
    false,
  ]);
  assertEquals([bucket.isFull(1399), bucket.isFull(1400), bucket.tokens(9000)], [false, true, 3]);
});

Deno.test("what is taken without asking is owed", () => {
  const bucket = new TokenBucket({ perSecond: 1000, burst: 500 });
  bucket.take(2500, 0);
  assertEquals([bucket.tokens(0), bucket.tokens(1500)], [-2000, -500]);
  assertEquals([bucket.wait(1, 0), bucket.wait(500, 0), bucket.wait(1, 2001)], [2001, 2500, 0]);
  bucket.take(1, 10_000);
  assertEquals(bucket.tokens(10_000), 499, "rest does not add up beyond the burst");
});

Deno.test("over any time never more is taken than rate and burst allow, and all that they allow can be", () => {
  const random = new Random(7);
  for (let round = 0; round < 200; round++) {
    const rate = { perSecond: random.pick([0.25, 1, 7, 100, 5000]), burst: 1 + random.below(50) };
    const bucket = new TokenBucket(rate);
    const taken: number[] = [];
    let now = random.below(1e9);
    for (let step = 0; step < 300; step++) {
      now += random.oneIn(3) ? random.below(3000 / rate.perSecond + 2) : 0;
      const couldTake = bucket.tokens(now) >= 1 - 1e-6;
      const wait = bucket.wait(1, now);
      const isTaken = bucket.tryTake(now);
      if (isTaken) taken.push(now);
      assert(isTaken ? couldTake : wait > 0, `round ${round}: ${isTaken} with ${wait} to wait`);
      if (!isTaken) assertAlmostEquals(bucket.tokens(now + wait), 1, 1e-3);
    }
    for (let from = 0; from < taken.length; from++) {
      for (let to = from; to < taken.length; to += 7) {
        const most = rate.perSecond * (taken[to]! - taken[from]!) / 1000 + rate.burst;
        assert(to - from + 1 <= most + 1e-3, `${to - from + 1} in a time for ${most}`);
      }
    }
  }
});
