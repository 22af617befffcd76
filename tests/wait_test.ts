/** Waiting with an end: by time, and with a signal, where what comes too late is given up. */
import { assertEquals, assertRejects } from "@std/assert";
import { orAborted, withDeadline } from "../lib/wait.ts";

/** Resolves after this time, by a timer. */
function after(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Nothing in this process has a turn for so long. */
function halt(milliseconds: number): void {
  for (const end = performance.now() + milliseconds; performance.now() < end;);
}

Deno.test("withDeadline: a machine that halts beyond the time does not end a wait", async () => {
  const waiting = withDeadline(after(60), 50); // late by a little, and due when the machine goes on
  halt(80);
  assertEquals(await waiting, true);
});

Deno.test("withDeadline: it ends where nothing comes, halts or not", async () => {
  const never = withDeadline(new Promise(() => {}), 20);
  halt(30);
  assertEquals(await never, false);
});

Deno.test("withDeadline: what fails in either half of the time is told", async () => {
  for (const ms of [1, 60]) {
    const failing = after(ms).then(() => Promise.reject(new Error("no")));
    await assertRejects(() => withDeadline(failing, 100), Error, "no");
  }
});

Deno.test("orAborted: what comes in time is given, and no one discards it", async () => {
  const discarded: string[] = [];
  const { signal } = new AbortController();
  const given = orAborted(Promise.resolve("it"), signal, (late) => void discarded.push(late));
  assertEquals([await given, discarded], ["it", []]);
});

Deno.test("orAborted: what comes too late is discarded once", async () => {
  const discarded: string[] = [];
  const controller = new AbortController();
  const { promise, resolve } = Promise.withResolvers<string>();
  const waiting = orAborted(promise, controller.signal, (late) => void discarded.push(late));
  controller.abort(new Error("enough"));
  await assertRejects(() => waiting, Error, "enough");
  resolve("late");
  await promise;
  assertEquals(discarded, ["late"]);
});

Deno.test("orAborted: a failure that comes too late, and a discard that throws, trouble no one", async () => {
  const signal = AbortSignal.abort(new Error("enough"));
  const failing = Promise.withResolvers<string>();
  await assertRejects(() => orAborted(failing.promise, signal, () => {}), Error, "enough");
  failing.reject(new Error("too late as well"));
  const closedTwice = () => {
    throw new Deno.errors.BadResource("closed twice");
  };
  const late = new Promise<string>((resolve) => queueMicrotask(() => resolve("late")));
  await assertRejects(() => orAborted(late, signal, closedTwice), Error, "enough");
  await late;
});
