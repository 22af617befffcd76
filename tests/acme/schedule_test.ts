/** When a certificate is due, and how long a failure waits. */
import { assertEquals } from "@std/assert";
import { isDue, showWait, untilNextLook, untilRetry } from "../../lib/acme/schedule.ts";

const STATE = { domains: ["a.test", "b.test"], from: 0, until: 900, isPlaceholder: false };
const NAMES = ["a.test", "b.test"];

Deno.test("acme: due at two thirds of the lifetime", () => {
  assertEquals(isDue(STATE, NAMES, 599), false);
  assertEquals(isDue(STATE, NAMES, 600), true);
  assertEquals(isDue(STATE, NAMES, 1000), true);
});

Deno.test("acme: due where there is none, a placeholder, or other names", () => {
  assertEquals(isDue(undefined, NAMES, 0), true);
  assertEquals(isDue({ ...STATE, isPlaceholder: true }, NAMES, 0), true);
  assertEquals(isDue(STATE, ["a.test"], 0), true);
  assertEquals(isDue(STATE, [...NAMES, "c.test"], 0), true);
  assertEquals(isDue(STATE, ["b.test", "a.test"], 0), false);
});

Deno.test("acme: failures wait a minute, twice as long each time, twelve hours at most", () => {
  const minutes = [1, 2, 3, 10, 11, 100].map((failures) => untilRetry(failures) / 60_000);
  assertEquals(minutes, [1, 2, 4, 512, 720, 720]);
  assertEquals(untilRetry(1, 7_200_000), 7_200_000);
  assertEquals(untilRetry(5, 1000), 16 * 60_000);
  assertEquals(untilRetry(100, 86_400_000), 86_400_000);
});

Deno.test("acme: a look an hour, a tenth earlier or later", () => {
  assertEquals([0, 0.5, 1].map(untilNextLook).map(Math.round), [3_240_000, 3_600_000, 3_960_000]);
});

Deno.test("acme: waits for people", () => {
  const waits = [60_000, 120_000, 512 * 60_000, 43_200_000].map(showWait);
  assertEquals(waits, ["1 minute", "2 minutes", "9 hours", "12 hours"]);
});
