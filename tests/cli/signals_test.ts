/**
 * Which signal asks for what.
 */
import { assertEquals } from "@std/assert";
import { StopDecider, type StopSignal } from "../../lib/cli/signals.ts";

function decisions(...signals: [StopSignal, number][]): string[] {
  const decider = new StopDecider();
  return signals.map(([signal, at]) => decider.decide(signal, at));
}

Deno.test("the same signal within a second is the same signal", () => {
  assertEquals(decisions(["SIGINT", 0], ["SIGINT", 1], ["SIGINT", 999]), ["stop", "same", "same"]);
});

Deno.test("a signal a second later, or another one, does not wait", () => {
  assertEquals(decisions(["SIGINT", 5000], ["SIGINT", 6000]), ["stop", "force"]);
  assertEquals(decisions(["SIGTERM", 0], ["SIGINT", 10]), ["stop", "force"]);
});
