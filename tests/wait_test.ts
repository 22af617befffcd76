/** Waiting with a signal: what comes too late is given up. */
import { assertEquals, assertRejects } from "@std/assert";
import { orAborted } from "../lib/wait.ts";

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
