/** Which retained message is the newer one, wherever it comes from. */
import { assertEquals } from "@std/assert";
import { MOST_MEMBERS, Stamps } from "../../lib/bus/stamps.ts";

Deno.test("a stamp is higher than all that its member has seen, and no other member's", () => {
  const [a, b] = [new Stamps(0), new Stamps(1)];
  const first = a.give("t", false);
  assertEquals(b.isNewest("t", first, false), true);
  const second = b.give("t", false);
  assertEquals(second > first, true);
  assertEquals(a.isNewest("t", second, false), true);
  assertEquals(new Set([a, b].map((one) => one.give("u", false))).size, 2);
});

Deno.test("of two of the same moment both members take the same, whichever comes last", () => {
  const [a, b] = [new Stamps(0), new Stamps(1)];
  const [one, other] = [a.give("t", false), b.give("t", false)];
  assertEquals([a.isNewest("t", other, false), b.isNewest("t", one, false)], [true, false]);
});

Deno.test("what was removed does not come back with an older message", () => {
  const [a, b] = [new Stamps(1), new Stamps(0)];
  const older = b.give("t", false);
  const removal = a.give("t", true);
  assertEquals(a.isNewest("t", older, false), false);
  assertEquals(b.isNewest("t", removal, true), true);
  assertEquals([a.removedCount, b.removedCount], [1, 1]);
});

Deno.test("what has expired is remembered as removed", () => {
  const stamps = new Stamps(0);
  const stamp = stamps.give("t", false);
  stamps.expired("t");
  stamps.expired("unknown");
  assertEquals(stamps.removedCount, 1);
  assertEquals(stamps.isNewest("t", stamp, false), false);
  assertEquals(stamps.isNewest("t", stamp + MOST_MEMBERS, false), true);
  assertEquals(stamps.removedCount, 0);
});

Deno.test("what was removed is forgotten when the others are past it, and no sooner", () => {
  const stamps = new Stamps(0);
  for (let i = 0; i < 1023; i++) stamps.give(`${i}`, true);
  stamps.seen(Infinity);
  assertEquals(stamps.removedCount, 1023);
  const last = stamps.give("last", true);
  stamps.seen(last);
  assertEquals(stamps.removedCount, 1);
  assertEquals(stamps.isNewest("last", last - 1, false), false);
});

Deno.test("a message that was there before the bus has one stamp", () => {
  const stamps = new Stamps(3);
  assertEquals(stamps.of("t"), stamps.of("t"));
  assertEquals(stamps.now >= stamps.of("t") - 3, true);
});
