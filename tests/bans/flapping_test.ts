/** Who comes and goes too often, and whose client id no one else can have banned. */
import { assertEquals } from "@std/assert";
import { FlappingDetector, type FlappingSubject } from "../../lib/bans/flapping.ts";

const LIMITS = { enable: true, maxCount: 3, windowTime: 60_000, banTime: 300_000 };

function client(given: Partial<FlappingSubject> = {}): FlappingSubject {
  return { clientId: "c", username: undefined, address: "192.0.2.7", isProven: false, ...given };
}

Deno.test("one time more than max_count within the window; then it is counted anew", () => {
  const detector = new FlappingDetector();
  const ends = [0, 10_000, 20_000, 60_000].map((now) => detector.ended(client(), LIMITS, now));
  assertEquals(ends, [undefined, undefined, undefined, {
    target: { clientId: "c", network: "192.0.2.7" },
    count: 4,
    within: 60_000,
  }]);
  assertEquals([detector.size, detector.ended(client(), LIMITS, 60_000)], [0, undefined]);
});

Deno.test("a window that is over begins anew", () => {
  const detector = new FlappingDetector();
  const ends = [0, 1, 2, 60_001, 60_002, 60_003].map((now) =>
    detector.ended(client(), LIMITS, now)
  );
  assertEquals(ends, Array(6).fill(undefined));
  assertEquals(detector.ended(client(), LIMITS, 60_004)?.count, 4);
});

Deno.test("switched off nothing is counted", () => {
  const detector = new FlappingDetector();
  for (let i = 0; i < 9; i++) detector.ended(client(), { ...LIMITS, enable: false }, 0);
  assertEquals(detector.size, 0);
});

Deno.test("counted is the client id with a proven user, else with its network, and nothing without both", () => {
  const detector = new FlappingDetector();
  const target = (given: Partial<FlappingSubject>) => {
    let found;
    for (let i = 0; i < 4; i++) found = detector.ended(client(given), LIMITS, 0);
    return found?.target;
  };
  assertEquals(target({ username: "u", isProven: true }), { clientId: "c", username: "u" });
  assertEquals(target({ username: "u" }), { clientId: "c", network: "192.0.2.7" });
  assertEquals(target({ isProven: true }), { clientId: "c", network: "192.0.2.7" });
  assertEquals(target({ address: "2001:db8::1:2:3" }), { clientId: "c", network: "2001:db8::/64" });
  assertEquals(target({ address: "" }), undefined);
  assertEquals(target({ address: "/run/m.sock" }), undefined);
});

Deno.test("another user, and another address, with the same client id count for themselves", () => {
  const detector = new FlappingDetector();
  const others = [{ username: "v", isProven: true }, { username: "w", isProven: true }, {}, {
    address: "192.0.2.8",
  }];
  for (let i = 0; i < 3; i++) {
    for (const one of others) assertEquals(detector.ended(client(one), LIMITS, 0), undefined);
  }
  assertEquals(detector.ended(client(), LIMITS, 0)?.target.network, "192.0.2.7");
});

Deno.test("the memory is bounded", () => {
  const detector = new FlappingDetector();
  for (let i = 0; i < 10_010; i++) detector.ended(client({ clientId: `c${i}` }), LIMITS, 0);
  assertEquals(detector.size, 10_000);
});
