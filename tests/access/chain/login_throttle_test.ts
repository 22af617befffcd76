/** Delays after failed logins, on a clock of the test's. */
import { assertEquals } from "@std/assert";
import { LoginThrottle, pairOf } from "../../../lib/access/chain/login_throttle.ts";

/** Fails so often at this moment. */
function fail(throttle: LoginThrottle, times: number, now: number, user = "bob"): void {
  for (let i = 0; i < times; i++) throttle.failed(pairOf("192.0.2.1", user), now);
}

Deno.test("four failures are free; from the fifth on one second, doubling to thirty", () => {
  const throttle = new LoginThrottle();
  const delays: number[] = [];
  for (let i = 0; i < 13; i++) {
    delays.push(throttle.delay(pairOf("192.0.2.1", "bob"), i));
    fail(throttle, 1, i);
  }
  const seconds = [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 30, 30, 30];
  assertEquals(delays, seconds.map((one) => one * 1000));
});

Deno.test("only that user of that address waits", () => {
  const throttle = new LoginThrottle();
  fail(throttle, 9, 0);
  assertEquals(throttle.delay(pairOf("192.0.2.1", "alice"), 0), 0);
  assertEquals(throttle.delay(pairOf("192.0.2.2", "bob"), 0), 0);
  assertEquals(throttle.delay(pairOf("192.0.2.1", ""), 0), 0);
});

Deno.test("failures spread over more than a minute do not add up", () => {
  const throttle = new LoginThrottle();
  fail(throttle, 4, 0);
  fail(throttle, 4, 60_001);
  assertEquals(throttle.delay(pairOf("192.0.2.1", "bob"), 60_001), 0);
  fail(throttle, 1, 60_002);
  assertEquals(throttle.delay(pairOf("192.0.2.1", "bob"), 60_002), 1000);
});

Deno.test("from the fifth failure on the minute runs from the last one", () => {
  const throttle = new LoginThrottle();
  fail(throttle, 4, 0);
  fail(throttle, 1, 50_000);
  assertEquals(throttle.delay(pairOf("192.0.2.1", "bob"), 110_000), 1000);
  assertEquals(throttle.delay(pairOf("192.0.2.1", "bob"), 110_001), 0);
});

Deno.test("a minute of peace, or one good login, and all is forgotten", () => {
  const throttle = new LoginThrottle();
  fail(throttle, 8, 0);
  assertEquals(throttle.delay(pairOf("192.0.2.1", "bob"), 60_000), 8000);
  assertEquals(throttle.delay(pairOf("192.0.2.1", "bob"), 60_001), 0);
  fail(throttle, 8, 0);
  throttle.succeeded(pairOf("192.0.2.1", "bob"));
  assertEquals(throttle.delay(pairOf("192.0.2.1", "bob"), 0), 0);
});

Deno.test("the memory is bounded, and who guesses on does not fall out of it", () => {
  const throttle = new LoginThrottle();
  fail(throttle, 9, 0);
  for (let i = 0; i < 30_000; i++) {
    fail(throttle, 1, 1, `user ${i}`);
    if (i % 5000 === 0) fail(throttle, 1, 1);
  }
  assertEquals(throttle.delay(pairOf("192.0.2.1", "bob"), 1) > 0, true);
});
