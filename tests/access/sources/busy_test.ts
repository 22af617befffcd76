/** A flood of logins at a source: rights go on, and our own queue is no outage of the server. */
import { assertEquals } from "@std/assert";
import { QueueFullError } from "../../../lib/access/passwords/fair_queue.ts";
import { AccessSource, type SourceConfig } from "../../../lib/access/sources/access_source.ts";
import { Breaker } from "../../../lib/access/sources/breaker.ts";
import { PluginHarness } from "../../support/plugin_harness.ts";
import { turn } from "../../support/until.ts";
import { advance, NEVER } from "./support.ts";

const CONFIG: SourceConfig = {
  timeout: 5000,
  on_error: "deny",
  cache_ttl: 0,
  concurrency: 4,
  retry: { times: 3, interval: 1000, backoff: 2 },
};

/** A server that takes its time for each question, behind a breaker. */
class Fixture {
  readonly harness = new PluginHarness();
  readonly source: AccessSource;
  readonly #breaker: Breaker;
  readonly #questions;
  readonly #millis: number;
  #names = 0;

  constructor(millis: number, changes: Partial<SourceConfig> = {}) {
    this.#millis = millis;
    this.source = new AccessSource(this.harness.context, { ...CONFIG, ...changes });
    this.#breaker = new Breaker(this.source.server);
    this.#questions = this.source.questions<string>();
  }

  login(address = "192.0.2.1") {
    const verdict = async (signal: AbortSignal) => (await this.#ask(signal), "allow" as const);
    return this.source.authenticate(NEVER, { client: { address }, verdict });
  }

  right() {
    const decide = async (signal: AbortSignal) => (await this.#ask(signal), "allow" as const);
    return this.source.authorize(NEVER, decide, { address: "192.0.2.2" });
  }

  #ask(signal: AbortSignal): Promise<string> {
    const name = `${this.#names++}`;
    const answer = () =>
      new Promise<string>((resolve) => this.harness.clock.after(this.#millis, () => resolve(name)));
    return this.#breaker.run(
      signal,
      (until) => this.source.ask(this.#questions, name, until, answer),
    );
  }
}

const BUSY = {
  result: "deny",
  because: "its turn did not come within 5 s",
  failed: true,
  returnCode: 3,
};

Deno.test("logins whose turn does not come are refused, and the server counts as up", async () => {
  const it = new Fixture(1000);
  const logins = Array.from({ length: 100 }, () => it.login());
  await advance(it.harness, 4000);
  const right = it.right();
  await advance(it.harness, 2000);
  assertEquals(await right, "allow");
  const verdicts = await Promise.all(logins);
  const refused = verdicts.filter((verdict) => verdict !== "allow");
  assertEquals([verdicts.length - refused.length >= 12, refused[0]], [true, BUSY]);
  assertEquals([it.source.server.isDown, it.source.health.view.failed], [false, 0]);
  assertEquals(it.harness.messages("error"), []);
  assertEquals(it.harness.messages("warning")[0], BUSY.because);
});

Deno.test("a right that comes into a flood of 900 logins waits for one answer", async () => {
  const it = new Fixture(40);
  const logins = Array.from({ length: 900 }, () => it.login());
  await advance(it.harness, 100);
  const right = it.right();
  await advance(it.harness, 100);
  assertEquals(await Promise.race([right, turn().then(() => "still waiting")]), "allow");
  await advance(it.harness, 20_000);
  await Promise.all(logins);
});

Deno.test("on_error: ignore opens no door to a flood: who is not asked about is refused", async () => {
  const it = new Fixture(1000, { on_error: "ignore", concurrency: 1 });
  const logins = Array.from({ length: 1100 }, () => it.login());
  await advance(it.harness, 6000);
  const verdicts = await Promise.all(logins);
  const refused = verdicts.filter((verdict) => verdict !== "allow");
  assertEquals(refused.every((one) => typeof one === "object" && one.result === "deny"), true);
});

Deno.test("a server that does not answer those whose turn it is, is down as before", async () => {
  const it = new Fixture(60_000);
  const logins = Array.from({ length: 10 }, () => it.login());
  await advance(it.harness, 5000);
  await Promise.all(logins);
  assertEquals([it.source.server.isDown, it.harness.messages("error")[0]], [
    true,
    "no answer within 5 s",
  ]);
});

Deno.test("a full queue of the hashes refuses a login, whatever on_error says, and is no failure", async () => {
  const it = new Fixture(1, { on_error: "ignore" });
  const because = "more than 1024 password checks are waiting";
  const verdict = () => Promise.reject(new QueueFullError(because));
  assertEquals(await it.source.authenticate(NEVER, { verdict }), { ...BUSY, because });
  assertEquals([it.source.server.isDown, it.source.health.view.failed], [false, 0]);
});

Deno.test("time that passes in the queue of the hashes is not the server's", async () => {
  const it = new Fixture(1);
  const login = it.source.authenticate(NEVER, {
    verdict: (signal) => it.source.queued(signal, () => new Promise(() => {})),
  });
  await advance(it.harness, 5000);
  assertEquals(await login, BUSY);
  assertEquals(it.source.server.isDown, false);
});
