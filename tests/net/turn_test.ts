/** Fairness, with a clock that the test moves. */
import { assert, assertEquals } from "@std/assert";
import { withDeadline } from "../../lib/wait.ts";
import { Turn } from "../../lib/net/turn.ts";

Deno.test("a turn is over after two milliseconds of work, and begins anew after the pause", async () => {
  let now = 100;
  const turn = new Turn(() => now);
  assert(!turn.isOver);
  now += 2;
  assert(!turn.isOver);
  now += 0.1;
  assert(turn.isOver);
  await turn.pause();
  assert(!turn.isOver);
});

Deno.test("all who wait go on together, after what else is ready", async () => {
  const turn = new Turn(() => 0);
  const order: string[] = [];
  setTimeout(() => order.push("a timer that was ready"), 0);
  const waiting = [1, 2, 3].map((one) => turn.pause().then(() => order.push(`loop ${one}`)));
  assert(turn.isOver, "who comes during a pause joins it");
  queueMicrotask(() => order.push("a microtask"));
  await Promise.all(waiting);
  assertEquals(order, ["a microtask", "a timer that was ready", "loop 1", "loop 2", "loop 3"]);
});

Deno.test("a deadline tells which came first and leaves no timer", async () => {
  assertEquals(await withDeadline(Promise.resolve(), 10_000), true);
  assertEquals(await withDeadline(new Promise(() => {}), 1), false);
  const failure = withDeadline(Promise.reject(new Error("no")), 10_000);
  assertEquals(await failure.catch((error: Error) => error.message), "no");
});
