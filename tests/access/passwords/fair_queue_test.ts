/** Turns, limits and cancellation of the queue in front of the slow hashes. */
import { assertEquals, assertRejects } from "@std/assert";
import { FairQueue, QueueFullError } from "../../../lib/access/passwords/fair_queue.ts";

/** A queue whose tasks note their name when they begin and end when told. */
function harness(maxWaiting: number) {
  const queue = new FairQueue(maxWaiting);
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const add = (key: string, name: string, signal?: AbortSignal) =>
    queue.run(key, () => {
      begun.push(name);
      return new Promise<string>((resolve) => ends.push(() => resolve(name)));
    }, signal);
  const endAll = async () => {
    for (let i = 0; i < ends.length; i++) {
      ends[i]!();
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  };
  return { queue, begun, add, endAll };
}

Deno.test("keys take turns, one task at a time", async () => {
  const { begun, add, endAll } = harness(10);
  const all = [add("a", "a1"), add("a", "a2"), add("a", "a3"), add("b", "b1"), add("c", "c1")];
  assertEquals(begun, ["a1"]);
  await endAll();
  assertEquals(await Promise.all(all), ["a1", "a2", "a3", "b1", "c1"]);
  assertEquals(begun, ["a1", "a2", "b1", "c1", "a3"]);
});

Deno.test("a full queue turns out the newest task of whoever has most", async () => {
  const { begun, add, endAll } = harness(3);
  const kept = [add("a", "a0"), add("a", "a1"), add("a", "a2")];
  const victim = add("a", "a3");
  const newcomer = add("b", "b1");
  await assertRejects(() => victim, QueueFullError);
  await assertRejects(() => add("a", "a4"), QueueFullError);
  await endAll();
  await Promise.all([...kept, newcomer]);
  assertEquals(begun, ["a0", "a1", "b1", "a2"]);
});

Deno.test("a cancelled task never begins; one under way ends unheard and frees its place", async () => {
  const { begun, add, endAll } = harness(10);
  const controller = new AbortController();
  const running = add("a", "a1", controller.signal);
  const waiting = add("a", "a2", controller.signal);
  const other = add("b", "b1");
  controller.abort(new Error("gone"));
  await assertRejects(() => running, Error, "gone");
  await assertRejects(() => waiting, Error, "gone");
  await assertRejects(() => add("a", "a3", controller.signal), Error, "gone");
  await endAll();
  assertEquals(await other, "b1");
  assertEquals(begun, ["a1", "b1"]);
});

Deno.test("a failing task rejects its own promise and the next one runs", async () => {
  const queue = new FairQueue(10);
  const failing = queue.run("a", () => Promise.reject(new Error("boom")));
  const next = queue.run("a", () => Promise.resolve(1));
  await assertRejects(() => failing, Error, "boom");
  assertEquals(await next, 1);
});
