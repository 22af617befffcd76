/** Fairness, with a clock that the test moves. */
import { assert, assertEquals } from "@std/assert";
import { withDeadline } from "../../lib/wait.ts";
import { FlushQueue } from "../../lib/net/flush_queue.ts";
import { inSlices, Slice, Turn } from "../../lib/net/turn.ts";

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
  for (const due = performance.now() + 5; performance.now() < due;); // now it is
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

Deno.test("a slice is over after eight milliseconds; the clock is read once in 64 steps", () => {
  let time = 0;
  let looks = 0;
  const now = () => (looks++, time);
  const services = { turn: new Turn(now), now };
  const slice = new Slice(services);
  looks = 0;
  const steps = (count: number) => Array.from({ length: count }, () => slice.isOver).includes(true);
  assert(!steps(640));
  assertEquals(looks, 10);
  time = 8;
  assert(!steps(64));
  time = 8.1;
  assert(!steps(63), "no look at the clock is due");
  assert(steps(1));
  slice.renew();
  assert(!steps(64));
});

Deno.test("frames are counted with what they cause", () => {
  let time = 0;
  const turn = new Turn(() => time);
  time = 9;
  assert(!turn.isLong(0), "one frame is no reason to look");
  turn.count(63);
  assert(turn.isLong(0));
  assert(!turn.isLong(0), "counting begins anew");
});

Deno.test("long work on a list is done in order and once, with pauses", async () => {
  let time = 0;
  const services = { turn: new Turn(() => time), now: () => time };
  const items = Array.from({ length: 1000 }, (_, i) => i);
  const done: number[] = [];
  let pauses = 0;
  const { turn } = services;
  const pause = turn.pause.bind(turn);
  turn.pause = () => (pauses++, pause());
  const working = inSlices(services, items, (item) => {
    done.push(item);
    time += 0.1;
  });
  assert(working instanceof Promise && done.length < 1000);
  await working;
  assertEquals(done, items);
  assertEquals(pauses, 7, "0.1 ms each, 128 in a slice");
  assertEquals(inSlices(services, [1, 2, 3], () => {}), undefined, "short work is done at once");
});

Deno.test("many connections are flushed in slices, and few do not wait behind them", async () => {
  let time = 0;
  const services = { turn: new Turn(() => time), now: () => time };
  const queue = new FlushQueue(services);
  const flushed: number[] = [];
  const one = (name: number) => ({
    isDirty: false,
    flush: () => {
      flushed.push(name);
      time += 1;
    },
  });
  queue.inTurn = true;
  for (let i = 0; i < 800; i++) queue.add(one(i));
  queue.flushAll();
  assert(flushed.length < 800, "all at once");
  queue.add(one(1000));
  queue.flushAll();
  assertEquals(flushed.at(-1), 1000);
  const own = one(2000);
  for (let i = 3000; i < 3400; i++) queue.add(one(i));
  queue.add(own);
  queue.flushAll(own);
  assertEquals(flushed.at(-1), 2000, "the one whose turn it is goes first");
  while (flushed.length < 1202) await services.turn.pause();
  assertEquals(flushed.filter((name) => name < 1000), Array.from({ length: 800 }, (_, i) => i));
});
