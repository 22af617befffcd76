/** The clock that a plugin gets: its timers end with the plugin, and what they throw stays with the plugin. */
import { assertEquals } from "@std/assert";
import { loggerFor } from "../../lib/log/logger.ts";
import { PluginClock } from "../../lib/plugin/timers.ts";
import { FakeClock } from "../support/fake_clock.ts";

function setUp(): { clock: FakeClock; timers: PluginClock; fired: string[] } {
  const clock = new FakeClock();
  return { clock, timers: new PluginClock(clock, loggerFor("plugins.test")), fired: [] };
}

Deno.test("after fires once, every fires again; both agree with the broker's clock", () => {
  const { clock, timers, fired } = setUp();
  timers.after(100, () => fired.push("after"));
  timers.every(100, () => fired.push("every"));
  clock.advance(250);
  assertEquals(fired, ["after", "every", "every"]);
  assertEquals([timers.now(), timers.epoch()], [clock.now(), clock.epoch()]);
  assertEquals(clock.timerCount, 1);
});

Deno.test("a timer that is taken back does not fire", () => {
  const { clock, timers, fired } = setUp();
  const cancels = [
    timers.after(10, () => fired.push("after")),
    timers.every(10, () => fired.push("every")),
  ];
  for (const cancel of cancels) cancel();
  clock.advance(100);
  assertEquals([fired, clock.timerCount], [[], 0]);
});

Deno.test("stop ends all timers, and none starts afterwards", () => {
  const { clock, timers, fired } = setUp();
  timers.after(10, () => fired.push("after"));
  timers.every(10, () => fired.push("every"));
  timers.stop();
  timers.after(10, () => fired.push("late"));
  timers.every(10, () => fired.push("late"))();
  clock.advance(100);
  assertEquals([fired, clock.timerCount], [[], 0]);
});

Deno.test("what a callback throws reaches nothing else", () => {
  const { clock, timers, fired } = setUp();
  timers.every(10, () => {
    throw new Error("broken");
  });
  timers.after(10, () => {
    throw new Error("broken");
  });
  timers.every(10, () => fired.push("fine"));
  clock.advance(20);
  assertEquals(fired, ["fine", "fine"]);
});
