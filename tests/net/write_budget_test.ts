/** Whom a publisher waits for, and how long at most; the clock is the test's. */
import { assert, assertEquals } from "@std/assert";
import { Patience, type Pressed, WriteBudget } from "../../lib/net/write_budget.ts";

/** One that is full until `relieve`. */
class Full implements Pressed {
  isImpatient = false;
  readonly patience: number;
  readonly #room = Promise.withResolvers<void>();
  asked = 0;

  constructor(patience = 1) {
    this.patience = patience;
  }

  whenRoom(): Promise<void> {
    this.asked++;
    return this.#room.promise;
  }

  relieve(): void {
    this.#room.resolve();
  }
}

/** How long each of these waits lasts on the test's clock, 0 for one that does not begin. */
async function waits(patience: Patience, clock: { time: number }, all: readonly Full[]) {
  const lasted: number[] = [];
  for (const one of all) {
    let isOver = false;
    const waiting = patience.waitFor(new Set([one])).then(() => isOver = true);
    await Promise.resolve();
    await Promise.resolve();
    const before = clock.time;
    if (!isOver) clock.time += one.patience * 200; // what passes until the deadline
    await waiting;
    lasted.push(clock.time - before);
  }
  return lasted;
}

Deno.test("one wait is for all, and each is waited for once", async () => {
  const patience = new Patience(() => 0);
  const budget = new WriteBudget(Infinity);
  const all = Array.from({ length: 100 }, () => new Full(5));
  for (const one of [...all, ...all]) budget.press(one);
  const waiting = patience.waitFor(budget.pressed!);
  assertEquals(all.map(({ asked }) => asked), all.map(() => 1), "asked before any time passed");
  await waiting;
  assertEquals(all.map(({ asked }) => asked), all.map(() => 1));
  assert(all.every(({ isImpatient }) => isImpatient));
});

Deno.test("the wait ends when all have room", async () => {
  const patience = new Patience(() => 0);
  const all = [new Full(60_000), new Full(60_000)];
  const waiting = patience.waitFor(new Set(all));
  for (const one of all) one.relieve();
  await waiting;
});

Deno.test("subscribers that stay full cost a publisher a second, and then a tenth of the time", async () => {
  const clock = { time: 0 };
  const patience = new Patience(() => clock.time);
  const many = () => Array.from({ length: 100 }, () => new Full(1));
  const sum = (lasted: readonly number[]) => lasted.reduce((all, one) => all + one, 0);
  const first = sum(await waits(patience, clock, many()));
  assert(first >= 1000 && first <= 1400, `${first} ms`);
  const late = many();
  assertEquals(sum(await waits(patience, clock, late)), 0);
  assert(late.every(({ isImpatient }) => isImpatient), "no one waits for them later");
  clock.time += 4000;
  const again = sum(await waits(patience, clock, many()));
  assert(again >= 200 && again <= 600, `${again} ms`);
});
