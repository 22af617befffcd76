/** Fairness, with a clock that the test moves. */
import { setImmediate } from "node:timers";
import { assert, assertEquals } from "@std/assert";
import { withDeadline } from "../../lib/wait.ts";
import { FlushQueue } from "../../lib/net/flush_queue.ts";
import { QUANTUM } from "../../lib/net/rest_queue.ts";
import { inSlices, Slice, Turn } from "../../lib/net/turn.ts";
import type { Yields } from "../../lib/net/yields.ts";

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

/** Every microtask that is due has run. */
const settled = () => new Promise<void>((resolve) => void setImmediate(resolve));

/** A way to yield in the hands of a test. */
class HeldYields implements Yields {
  workMs = 1;
  isCheap = true;
  readonly asked: string[] = [];
  #done: (() => void) | undefined;

  pause(done: () => void): void {
    this.#ask("pause", done);
  }

  rest(done: () => void): void {
    this.#ask("rest", done);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** Sockets and timers were looked at; lets what goes on then run. */
  async look(): Promise<void> {
    await settled();
    const done = this.#done;
    this.#done = undefined;
    done!();
    await settled();
  }

  get isWaiting(): boolean {
    return this.#done !== undefined;
  }

  #ask(way: string, done: () => void): void {
    if (this.#done !== undefined) throw new Error("two yields at once");
    this.asked.push(way);
    this.#done = done;
  }
}

/** Connections that always have data: `costs` is what a read of each costs, milliseconds; `sizes` its bytes. */
function flood(costs: readonly number[], sizes: readonly number[]) {
  const clock = { now: 0 };
  const yields = new HeldYields();
  const turn = new Turn(() => clock.now, 0, yields);
  const it = {
    clock,
    yields,
    turn,
    read: sizes.map(() => 0),
    reads: [] as number[],
    isOver: false,
  };
  const serve = async (at: number) => {
    const reader = { credit: 0 };
    while (!it.isOver) {
      clock.now += costs[at]!;
      const bytes = Math.min(sizes[at]!, turn.room ?? Infinity);
      it.read[at]! += bytes;
      it.reads.push(at);
      await turn.rest(reader, bytes);
    }
  };
  const running = sizes.map((_, at) => serve(at));
  const end = async () => {
    it.isOver = true;
    for (await settled(); yields.isWaiting;) await yields.look();
    await Promise.all(running);
  };
  return { ...it, it, end };
}

Deno.test("of those that always have data one goes on at a time, until the slice is over", async () => {
  const { it, yields, end } = flood([0.4, 0.4, 0.4], [QUANTUM, QUANTUM, QUANTUM]);
  await yields.look();
  for (let i = 0; i < 20; i++) {
    const before = it.reads.length;
    await yields.look();
    const served = it.reads.slice(before);
    assertEquals(served.length, 3, "0.4 ms each, 1 ms in a slice");
    assertEquals(new Set(served).size, 3, "each its share");
  }
  await end();
});

Deno.test("large reads get no more than their share, nor do many small ones", async () => {
  const { it, yields, end } = flood([0.04, 0.01, 0.0004], [65_536, 16_384, 512]);
  for (let i = 0; i < 500; i++) await yields.look();
  const [most, least] = [Math.max(...it.read), Math.min(...it.read)];
  assert(least > most * 0.8, `${it.read}`); // the end of a slice may cut a share
  await end();
});

Deno.test("one that always has data, alone, reads on until its slice is over, as much as it likes", async () => {
  const { it, yields, end } = flood([0.4], [65_536]);
  await yields.look();
  assertEquals(it.reads.length, 6, "0.4 ms each, 1 ms in a slice");
  assertEquals(it.read, [6 * 65_536]);
  assertEquals(yields.asked, ["rest", "rest"]);
  await end();
});

Deno.test("reads are smaller while others wait for their turn", async () => {
  const { turn, yields, end } = flood([2, 2], [65_536, 65_536]);
  assertEquals(turn.room, QUANTUM);
  await yields.look();
  await end();
});

Deno.test("who pauses goes on with the next look, whoever rests", async () => {
  const { turn, yields, end } = flood([2, 2, 2], [QUANTUM, QUANTUM, QUANTUM]);
  let paused = 0;
  for (let i = 0; i < 5; i++) turn.pause().then(() => paused++);
  await yields.look();
  assertEquals(paused, 5);
  await end();
});

Deno.test("one that rests and has no data then keeps no one waiting", async () => {
  const yields = new HeldYields();
  const clock = { now: 0 };
  const turn = new Turn(() => clock.now, 0, yields);
  clock.now = 5;
  const order: string[] = [];
  for (const name of ["gone", "second", "third"]) {
    turn.rest({ credit: 0 }, QUANTUM)!.then(() => order.push(name)); // and never comes back
  }
  for (let i = 0; i < 3; i++) await yields.look();
  assertEquals(order, ["gone", "second", "third"]);
  assertEquals(yields.isWaiting, false, "no one rests: nothing is asked for");
});

Deno.test("where a yield is dear all go on together", async () => {
  const yields = new HeldYields();
  yields.isCheap = false;
  const clock = { now: 0 };
  const turn = new Turn(() => clock.now, 0, yields);
  clock.now = 5;
  let on = 0;
  for (let i = 0; i < 3; i++) turn.rest({ credit: 0 }, QUANTUM)!.then(() => on++);
  await yields.look();
  assertEquals(on, 3);
});

Deno.test("who was quiet goes on with a share of what it sends, also behind the slice; then it waits", () => {
  const clock = { now: 0 };
  const yields = new HeldYields();
  const turn = new Turn(() => clock.now, 0, yields);
  clock.now = 5;
  assert(turn.rest({ credit: 0 }, QUANTUM) instanceof Promise);
  const reader = { credit: -1000 };
  turn.quiet(reader, 513, 0);
  assertEquals(turn.rest(reader, 512), undefined);
  assertEquals(turn.rest(reader, QUANTUM - 513), undefined);
  assert(turn.rest(reader, 1) instanceof Promise);
});

Deno.test("one whose small reads cost much has its turn by time, not by bytes", async () => {
  const { it, yields, end } = flood([2, 2], [512, 512]);
  await settled();
  for (let i = 0; i < 10; i++) {
    const before = it.reads.length;
    await yields.look();
    assertEquals(it.reads.length - before, 1);
  }
  await end();
});

Deno.test("what one reads while it is alone is no debt; who comes anew sends no one ahead of their time", async () => {
  const clock = { now: 0 };
  const yields = new HeldYields();
  const turn = new Turn(() => clock.now, 0, yields);
  const alone = { credit: 0 };
  for (let i = 0; i < 10; i++) assertEquals(turn.rest(alone, 65_536), undefined);
  assertEquals(alone.credit, 0);
  clock.now = 5;
  const order: string[] = [];
  const rest = (name: string) => turn.rest({ credit: 0 }, QUANTUM)!.then(() => order.push(name));
  rest("first");
  rest("second");
  await yields.look();
  assertEquals(order, ["first"]);
  rest("new");
  await settled();
  assertEquals(order, ["first"], "it is still the first one's turn");
  await yields.look();
  await yields.look();
  assertEquals(order, ["first", "second", "new"]);
});

Deno.test("beside clients that say little who always has data has smaller reads and less work at a time", async () => {
  const { it, clock, turn, yields, end } = flood([0.15, 0.15, 0.15], [65_536, 65_536, 65_536]);
  const perLook = async (): Promise<number> => {
    const before = it.reads.length;
    await yields.look();
    return it.reads.length - before;
  };
  await yields.look();
  assertEquals([turn.room, await perLook()], [QUANTUM, 7]);
  turn.quiet({ credit: 0 }, 513, clock.now);
  await yields.look();
  assertEquals([turn.room, await perLook()], [QUANTUM, 7], "what fills more is one that has data");
  turn.quiet({ credit: 0 }, 512, clock.now);
  await yields.look();
  assertEquals([turn.room, await perLook()], [16_384, 3], "0.15 ms each, 0.4 ms in a slice");
  clock.now += 99;
  await yields.look();
  assertEquals(turn.room, 16_384);
  clock.now += 1;
  await yields.look();
  assertEquals([turn.room, await perLook()], [QUANTUM, 7]);
  await end();
});

Deno.test("where a yield is dear clients that say little change nothing", async () => {
  const yields = new HeldYields();
  yields.isCheap = false;
  const clock = { now: 0 };
  const turn = new Turn(() => clock.now, 0, yields);
  turn.quiet({ credit: 0 }, 1, 0);
  clock.now = 0.9;
  assert(!turn.isOver);
  clock.now = 5;
  const rested = turn.rest({ credit: 0 }, QUANTUM);
  assertEquals(turn.room, QUANTUM);
  await yields.look();
  await rested;
});
