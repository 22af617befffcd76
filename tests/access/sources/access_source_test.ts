/** AccessSource: what becomes of a decision whatever the server behind it does; time is moved by hand. */
import { assertEquals } from "@std/assert";
import type { Verdict } from "../../../lib/plugin/decisions.ts";
import {
  AccessSource,
  hasReservedName,
  type SourceConfig,
} from "../../../lib/access/sources/access_source.ts";
import { SourceError } from "../../../lib/access/sources/error.ts";
import { fakeClient, PluginHarness } from "../../support/plugin_harness.ts";
import { turn } from "../../support/until.ts";
import { advance, NEVER } from "./support.ts";

const CONFIG: SourceConfig = {
  timeout: 5000,
  on_error: "deny",
  cache_ttl: 10_000,
  concurrency: 2,
  retry: { times: 3, interval: 1000, backoff: 2 },
};

function sourceWith(changes: Partial<SourceConfig> = {}) {
  const harness = new PluginHarness();
  return { harness, source: new AccessSource(harness.context, { ...CONFIG, ...changes }) };
}

const hanging = () => new Promise<never>(() => {});
const down = () => Promise.reject(new SourceError("connection refused", { isTransport: true }));

Deno.test("a source that hangs denies when the time is up, with return code 3", async () => {
  const { harness, source } = sourceWith();
  const login = source.authenticate(NEVER, { verdict: hanging });
  const right = source.authorize(NEVER, hanging);
  harness.advance(5000);
  const because = "no answer within 5 s";
  assertEquals(await login, { result: "deny", because, failed: true, returnCode: 3 });
  assertEquals(await right, { result: "deny", because, failed: true });
  assertEquals(harness.messages("error"), [because]);
  assertEquals(harness.timerCount, 0);
});

Deno.test("on_error: ignore has no opinion, and says why; both kinds of failure", async () => {
  const { harness, source } = sourceWith({ on_error: "ignore" });
  const silent = (because: string) => ({ result: undefined, because, failed: true });
  assertEquals(
    await source.authenticate(NEVER, { verdict: down }),
    silent("connection refused"),
  );
  assertEquals(
    await source.authorize(NEVER, () => Promise.reject(new TypeError("a bug"))),
    silent("a bug"),
  );
  assertEquals(source.health.view.failed, 2);
  assertEquals(harness.messages("error"), ["connection refused"]);
});

Deno.test("the superuser is asked about who was let in only; a failure there means no", async () => {
  const { harness, source } = sourceWith();
  const login = (verdict: Verdict, superuser: () => Promise<boolean>) =>
    source.authenticate(NEVER, { verdict: () => Promise.resolve(verdict), superuser });
  const yes = () => Promise.resolve(true);
  assertEquals(await login("allow", yes), { result: "allow", superuser: true });
  assertEquals(await login({ result: "allow", because: "x" }, () => Promise.resolve(false)), {
    result: "allow",
    because: "x",
    superuser: false,
  });
  const neverAsked = () => Promise.reject(new Error("asked"));
  assertEquals(await login("deny", neverAsked), "deny");
  assertEquals(await login(undefined, neverAsked), undefined);
  assertEquals(harness.lines, []);
  assertEquals(await login("allow", down), { result: "allow", superuser: false });
  const late = login("allow", hanging);
  await turn();
  harness.advance(5000);
  assertEquals(await late, { result: "allow", superuser: false });
  assertEquals(source.health.view.lastError, "no answer within 5 s");
  assertEquals(await source.superuser(NEVER, yes), true);
  assertEquals(await source.superuser(NEVER, down), false);
});

Deno.test("failed attempts are repeated within the deadline; while the source is down once only", async () => {
  const { harness, source } = sourceWith();
  const questions = source.questions<string>();
  const start = harness.now;
  const times: number[] = [];
  const ask = (key: string) =>
    source.authorize(NEVER, async (signal) => {
      await source.ask(questions, key, signal, () => (times.push(harness.now - start), down()));
      return "allow";
    });
  const first = ask("a");
  await advance(harness, 5000);
  assertEquals(await first, { result: "deny", because: "no answer within 5 s", failed: true });
  assertEquals(times, [0, 1000, 3000]);
  assertEquals(source.server.isDown, true);
  assertEquals(await ask("b"), { result: "deny", because: "connection refused", failed: true });
  assertEquals(times.length, 4);
  assertEquals(harness.timerCount, 0);
});

Deno.test("more questions than places wait, and no longer than their deadline", async () => {
  const { harness, source } = sourceWith();
  const questions = source.questions<string>();
  let asked = 0;
  const decide = (key: string) =>
    source.authorize(NEVER, async (signal) => {
      await source.ask(questions, key, signal, () => (asked++, hanging()));
      return "allow";
    });
  const all = ["a", "b", "c", "d"].map(decide);
  await turn();
  assertEquals(asked, 2);
  harness.advance(5000);
  const verdicts = await Promise.all(all) as { failed: boolean }[];
  assertEquals(verdicts.map(({ failed }) => failed), [true, true, true, true]);
  assertEquals(asked, 2, "nobody is asked for whom the time is up");
});

Deno.test("a question whose asking never settles gives its place back at the deadline", async () => {
  const { harness, source } = sourceWith({ concurrency: 1 });
  const questions = source.questions<string>();
  const first = source.authorize(
    NEVER,
    (signal) => source.ask(questions, "a", signal, hanging).then(() => "allow"),
  );
  await turn();
  harness.advance(5000);
  await first;
  const second = source.authorize(
    NEVER,
    (signal) => source.ask(questions, "b", signal, () => Promise.resolve("x")).then(() => "allow"),
  );
  await advance(harness, 5000);
  assertEquals(await second, "allow");
});

Deno.test("who leaves, and a plugin that is stopped, is no failure of the source", async () => {
  const { harness, source } = sourceWith();
  const client = new AbortController();
  const left = source.authenticate(client.signal, { verdict: hanging });
  client.abort(new Error("gone"));
  assertEquals((await left as { result: string }).result, "deny");
  const stopped = source.authenticate(NEVER, { verdict: hanging });
  source.close();
  assertEquals((await stopped as { result: string }).result, "deny");
  assertEquals((await source.authorize(NEVER, hanging) as { result: string }).result, "deny");
  assertEquals([source.health.view.failed, harness.lines.length, harness.timerCount], [0, 0, 0]);
});

Deno.test("names that begin with $ are reserved", () => {
  const names = ["$all", "$", "a$", "", undefined];
  const reserved = names.map((username) => hasReservedName(fakeClient({ username })));
  assertEquals(reserved, [true, true, false, false, false]);
});
