/** The parts of the frame around a source, each on its own: deadline, limiter, retry, questions, health. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { Deadline } from "../../../lib/access/sources/deadline.ts";
import { SourceError } from "../../../lib/access/sources/error.ts";
import { HealthMonitor } from "../../../lib/access/sources/health.ts";
import { Limiter } from "../../../lib/access/sources/limiter.ts";
import { Questions } from "../../../lib/access/sources/questions.ts";
import { retry } from "../../../lib/access/sources/retry.ts";
import { ServerState } from "../../../lib/access/sources/server_state.ts";
import { pause } from "../../../lib/wait.ts";
import { PluginHarness } from "../../support/plugin_harness.ts";
import { turn } from "../../support/until.ts";
import { advance, NEVER } from "./support.ts";

const transport = (message: string) => new SourceError(message, { isTransport: true });

Deno.test("a deadline fires when the time is up, and with its parents' reason before", async () => {
  const harness = new PluginHarness();
  using late = new Deadline(harness.clock, 5000, "no answer");
  harness.advance(4999);
  assertEquals(late.signal.aborted, false);
  const waiting = assertRejects(
    () => late.run(() => new Promise(() => {})),
    SourceError,
    "no answer within 5 s",
  );
  harness.advance(1);
  await waiting;
  await assertRejects(() => late.run(() => Promise.resolve(1)), SourceError);

  const parent = new AbortController();
  using child = new Deadline(harness.clock, 5000, "no answer", [NEVER, parent.signal]);
  const gone = assertRejects(() => child.run(() => new Promise(() => {})), Error, "gone");
  parent.abort(new Error("gone"));
  await gone;
  using stillborn = new Deadline(harness.clock, 5000, "no answer", [parent.signal]);
  assertEquals(stillborn.signal.aborted, true);
});

Deno.test("a deadline that is disposed of leaves no timer and never fires", async () => {
  const harness = new PluginHarness();
  const parent = new AbortController();
  let signal;
  {
    using deadline = new Deadline(harness.clock, 5000, "no answer", [parent.signal]);
    signal = deadline.signal;
    assertEquals(await deadline.run(() => Promise.resolve("yes")), "yes");
  }
  assertEquals(harness.timerCount, 0);
  parent.abort();
  harness.advance(10_000);
  assertEquals(signal.aborted, false);
});

Deno.test("a pause ends with its signal and leaves no timer", async () => {
  const harness = new PluginHarness();
  const controller = new AbortController();
  const paused = assertRejects(
    () => pause(harness.clock, 1000, controller.signal),
    Error,
    "enough",
  );
  controller.abort(new Error("enough"));
  await paused;
  assertEquals(harness.timerCount, 0);
});

Deno.test("a limiter runs so many at a time, the others in turn", async () => {
  const limiter = new Limiter(2);
  const ends = Array.from({ length: 5 }, () => Promise.withResolvers<void>());
  const started: number[] = [];
  const all = ends.map(({ promise }, index) =>
    limiter.run(NEVER, () => (started.push(index), promise))
  );
  await turn();
  assertEquals([started, limiter.running, limiter.waiting], [[0, 1], 2, 3]);
  ends[1]!.resolve();
  await turn();
  assertEquals([started, limiter.running, limiter.waiting], [[0, 1, 2], 2, 2]);
  for (const { resolve } of ends) resolve();
  await Promise.all(all);
  assertEquals([started, limiter.running, limiter.waiting], [[0, 1, 2, 3, 4], 0, 0]);
});

Deno.test("who stops waiting for a place takes none; work that fails gives its place back", async () => {
  const limiter = new Limiter(1);
  const first = Promise.withResolvers<void>();
  const running = limiter.run(NEVER, () => first.promise);
  const controller = new AbortController();
  const waiting = assertRejects(
    () => limiter.run(controller.signal, () => Promise.reject(new Error("never run"))),
    Error,
    "gone",
  );
  const next = limiter.run(NEVER, () => Promise.resolve("next"));
  controller.abort(new Error("gone"));
  await waiting;
  assertEquals(limiter.waiting, 1);
  first.reject(new Error("failed"));
  await assertRejects(() => running, Error, "failed");
  assertEquals(await next, "next");
  assertEquals(limiter.running, 0);
});

Deno.test("a place that comes in the moment somebody stops waiting goes on to the next", async () => {
  const limiter = new Limiter(1);
  const first = Promise.withResolvers<void>();
  const running = limiter.run(NEVER, () => first.promise);
  const controller = new AbortController();
  const waiting = limiter.run(controller.signal, () => Promise.resolve()).catch(() => {});
  const next = limiter.run(NEVER, () => Promise.resolve("next"));
  first.resolve();
  controller.abort(new Error("gone"));
  await Promise.all([running, waiting]);
  assertEquals(await next, "next");
  assertEquals([limiter.running, limiter.waiting], [0, 0]);
});

Deno.test("retries: pauses grow by the factor, the last failure is the one that is told", async () => {
  const harness = new PluginHarness();
  const start = harness.now;
  const times: number[] = [];
  const failing = assertRejects(
    () =>
      retry({ times: 3, interval: 1000, backoff: 2 }, harness.clock, NEVER, () => {
        times.push(harness.now - start);
        return Promise.reject(transport(`failure ${times.length}`));
      }),
    SourceError,
    "failure 4",
  );
  await advance(harness, 8000);
  await failing;
  assertEquals(times, [0, 1000, 3000, 7000]);
  assertEquals(harness.timerCount, 0);
});

Deno.test("retries: an answer that is none is final, and so is a signal", async () => {
  const harness = new PluginHarness();
  const policy = { times: 3, interval: 1000, backoff: 2 };
  let attempts = 0;
  const malformed = () => (attempts++, Promise.reject(new SourceError("malformed")));
  await assertRejects(
    () => retry(policy, harness.clock, NEVER, malformed),
    SourceError,
    "malformed",
  );
  assertEquals(attempts, 1);
  const controller = new AbortController();
  const failing = assertRejects(
    () => retry(policy, harness.clock, controller.signal, () => Promise.reject(transport("down"))),
    Error,
    "gone",
  );
  await turn();
  controller.abort(new Error("gone"));
  await failing;
  assertEquals(harness.timerCount, 0);
});

Deno.test("identical questions under way are asked once; different ones each", async () => {
  const questions = new Questions<string>({ clock: { now: () => 0 } }, 0);
  const answer = Promise.withResolvers<string>();
  let asked = 0;
  const asking = () => (asked++, answer.promise);
  const all = ["a", "a", "b", "a"].map((key) => questions.ask(key, NEVER, asking));
  assertEquals([asked, questions.underWay], [2, 2]);
  answer.resolve("yes");
  assertEquals(await Promise.all(all), ["yes", "yes", "yes", "yes"]);
  assertEquals(questions.underWay, 0);
  await questions.ask("a", NEVER, asking);
  assertEquals(asked, 3, "an answer is not kept without a ttl");
});

Deno.test("a question goes on while somebody waits for it, and no longer", async () => {
  const questions = new Questions<string>({ clock: { now: () => 0 } }, 0);
  let signal = NEVER;
  const asking = (shared: AbortSignal) => (signal = shared, new Promise<string>(() => {}));
  const [first, second] = [new AbortController(), new AbortController()];
  const gone = (controller: AbortController) =>
    assertRejects(() => questions.ask("a", controller.signal, asking), Error, "gone");
  const both = [gone(first), gone(second)];
  first.abort(new Error("gone"));
  await both[0];
  assertEquals([signal.aborted, questions.underWay], [false, 1]);
  second.abort(new Error("gone"));
  await both[1];
  assertEquals([signal.aborted, questions.underWay], [true, 0]);
});

Deno.test("answers are remembered for their time, undefined too, until the rules change", async () => {
  const context = { time: 0, answersGeneration: 1, clock: { now: () => context.time } };
  const questions = new Questions<string | undefined>(context, 10_000);
  const ask = (answer: string | undefined) =>
    questions.ask("a", NEVER, () => Promise.resolve(answer));
  assertEquals(questions.recall("a"), undefined);
  await ask(undefined);
  context.time = 9999;
  assertEquals(questions.recall("a")?.answer, undefined);
  assert(questions.recall("a") !== undefined);
  context.time = 10_000;
  assertEquals(questions.recall("a"), undefined);
  await ask("yes");
  context.answersGeneration = 2;
  assertEquals(questions.recall("a"), undefined);
  await ask("no");
  assertEquals(questions.recall("a")?.answer, "no");
  context.time = 5000;
  assertEquals(questions.recall("a"), undefined, "the clock was set back");
});

Deno.test("an answer to a question from before a change of the rules is not remembered for after it", async () => {
  const context = { answersGeneration: 1, clock: { now: () => 0 } };
  const questions = new Questions<string>(context, 10_000);
  const old = Promise.withResolvers<string>();
  const before = questions.ask("a", NEVER, () => old.promise);
  context.answersGeneration = 2;
  const after = questions.ask("a", NEVER, () => Promise.resolve("new"));
  old.resolve("old");
  assertEquals([await before, await after], ["old", "new"]);
  assertEquals(questions.recall("a")?.answer, "new");
});

Deno.test("a thousand answers are remembered, the oldest goes first; a failure is not remembered", async () => {
  const questions = new Questions<number>({ clock: { now: () => 0 } }, 1000);
  for (let i = 0; i <= 1000; i++) await questions.ask(`${i}`, NEVER, () => Promise.resolve(i));
  assertEquals(questions.recall("0"), undefined);
  assertEquals(questions.recall("1")?.answer, 1);
  await assertRejects(() => questions.ask("x", NEVER, () => Promise.reject(transport("down"))));
  assertEquals(questions.recall("x"), undefined);
});

Deno.test("health: a line at once, one in ten seconds, and one when it is over", () => {
  const harness = new PluginHarness();
  const start = harness.now;
  const server = new ServerState(harness.clock);
  const health = new HealthMonitor(harness.context, server);
  assertEquals(health.view.state, "unknown");
  health.succeeded();
  assertEquals(harness.lines, []);
  for (let i = 0; i < 50; i++) {
    harness.advance(250);
    health.failed("no answer");
  }
  assertEquals(harness.messages("error"), [
    "no answer",
    "no answer (40 failures since the last such line)",
  ]);
  assertEquals(server.isDown, true);
  assertEquals(health.view, {
    state: "down",
    since: start + 250,
    lastError: "no answer",
    answered: 1,
    failed: 50,
  });
  harness.advance(1000);
  health.succeeded();
  health.succeeded();
  assertEquals(harness.messages("info"), ["answers again, after 13 s; 50 failures so far"]);
  assertEquals(health.view.state, "up");
  for (let i = 0; i < 9; i++) {
    health.failed("again");
    health.succeeded();
  }
  assertEquals(harness.lines.length, 3, "a source that comes and goes fills no log");
});
