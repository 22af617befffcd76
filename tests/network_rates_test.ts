/** A rate for each network, in bounded memory. */
import { assert, assertEquals } from "@std/assert";
import { NetworkRates } from "../lib/network_rates.ts";

Deno.test("one network's asking takes nothing from another's; a /64 of IPv6 is one", () => {
  const rates = new NetworkRates({ perSecond: 1, burst: 2 });
  const ask = (address: string) => rates.take(address, 0);
  assertEquals([1, 2, 3, 4].map(() => ask("192.0.2.7")), [
    "granted",
    "granted",
    "denied",
    "still denied",
  ]);
  assertEquals(ask("192.0.2.8"), "granted");
  assertEquals(["2001:db8::1", "2001:db8::2", "2001:db8:0:0:ffff::3"].map(ask), [
    "granted",
    "granted",
    "denied",
  ]);
  assertEquals(ask("2001:db8:0:1::1"), "granted");
});

Deno.test("what was denied is said once, until the network was at rest", () => {
  const rates = new NetworkRates({ perSecond: 1, burst: 2 });
  const answers = [0, 0, 0, 999, 1000, 1000, 1999, 4000, 4000, 4000].map((now) =>
    rates.take("192.0.2.7", now)
  );
  assertEquals(answers, [
    "granted",
    "granted",
    "denied",
    "still denied",
    "granted",
    "still denied",
    "still denied",
    "granted",
    "granted",
    "denied",
  ]);
});

Deno.test("a question forgets two networks at rest, the ones that asked longest ago", () => {
  const rates = new NetworkRates({ perSecond: 1, burst: 1 });
  for (let index = 0; index < 10; index++) rates.take(`10.0.0.${index}`, 0);
  rates.take("10.0.0.0", 500); // in vain, but it is behind the others now
  assertEquals(rates.size, 10);
  const sizes = [1000, 1000, 1000].map((now, index) => {
    rates.take(`10.0.1.${index}`, now);
    return rates.size;
  });
  assertEquals(sizes, [9, 8, 7]);
  assertEquals(rates.take("10.0.0.7", 1000), "granted");
});

Deno.test("networks at rest are forgotten, and never more are kept than there is room for", () => {
  const rates = new NetworkRates({ perSecond: 1, burst: 1 });
  const address = (index: number) => `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`;
  for (let index = 0; index < 20_000; index++) {
    rates.take(address(index), 0);
    if (index % 1000 === 0) assertEquals(rates.take("192.0.2.7", 0) === "granted", index === 0);
  }
  assertEquals(rates.size, 16_384);
  assert(rates.take("192.0.2.7", 0) !== "granted", "who asks again and again is not forgotten");
  for (let index = 0; index < 9000; index++) rates.take(address(index), 2000);
  assertEquals(rates.size < 9002, true, `${rates.size} are kept`);
});
