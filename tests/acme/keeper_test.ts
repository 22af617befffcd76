/** The life of a certificate by a clock that stands still: looks, failures, renewals, a reload, a stop. */
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { type Certified, makePlaceholder } from "../../lib/acme/certificates.ts";
import { Keeper } from "../../lib/acme/keeper.ts";
import { AcmeProblem } from "../../lib/acme/problem.ts";
import { CertificateStore } from "../../lib/acme/store.ts";
import { UserError } from "../../lib/user_error.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { until } from "../support/until.ts";
import { acmeWith, DataDir, Lines } from "./stage.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** A keeper whose authority is the test. */
class Stage implements AsyncDisposable {
  readonly clock = new FakeClock(Date.now());
  readonly lines = new Lines();
  readonly keeper: Keeper;
  readonly store: CertificateStore;
  /** How the next attempts end; the last one is that of all that follow. */
  ends: (Error | "good" | Promise<Certified>)[] = ["good"];
  attempts = 0;
  readonly #dataDir = new DataDir();

  constructor() {
    const acme = acmeWith(this.#dataDir.path, { domains: ["a.test"], directory: "staging" });
    this.store = new CertificateStore(acme.folder);
    this.keeper = new Keeper(acme, {
      clock: this.clock,
      logger: this.lines.logger,
      random: () => 0.5,
      obtain: () => this.#obtain(),
    });
  }

  /** Lets an attempt end. */
  async settled(attempts: number): Promise<void> {
    await until(() => this.attempts === attempts && this.clock.timerCount === 1, "the next timer");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.keeper.close();
    await this.#dataDir[Symbol.asyncDispose]();
  }

  async #obtain(): Promise<Certified> {
    const end = this.ends[Math.min(this.attempts++, this.ends.length - 1)];
    if (end instanceof Error) throw end;
    if (end instanceof Promise) return await end;
    const made = await makePlaceholder(["a.test"], this.clock.epoch());
    return { ...made, from: this.clock.epoch(), until: this.clock.epoch() + 90 * DAY_MS };
  }
}

Deno.test("acme: a look an hour; renewed at two thirds", async () => {
  await using stage = new Stage();
  await stage.keeper.prepare();
  stage.keeper.check();
  await stage.settled(1);
  for (let hour = 1; hour < 60 * 24; hour++) {
    assertEquals(stage.clock.hasTimerIn(HOUR_MS), true);
    stage.clock.advance(HOUR_MS);
    await stage.settled(1);
  }
  stage.clock.advance(HOUR_MS);
  await stage.settled(2);
  assertEquals(stage.lines.with("has come from acme-staging-v02.api.letsencrypt.org").length, 2);
});

Deno.test("acme: failures back off, each is one line, and a success forgets them", async () => {
  await using stage = new Stage();
  const refusal = new AcmeProblem("not today", "serverInternal");
  stage.ends = [refusal, refusal, refusal, "good"];
  await stage.keeper.prepare();
  stage.keeper.check();
  for (const [failures, minutes] of [[1, 1], [2, 2], [3, 4]] as const) {
    await stage.settled(failures);
    assertEquals(stage.clock.hasTimerIn(minutes * 60_000), true);
    stage.clock.advance(minutes * 60_000 - 1);
    assertEquals(stage.attempts, failures);
    stage.clock.advance(1);
  }
  await stage.settled(4);
  const failed = stage.lines.with("warning");
  assertEquals(failed.length, 3);
  assertEquals(
    failed[2],
    "warning: the certificate for a.test does not come from acme-staging-v02.api.letsencrypt.org: not today " +
      "(serverInternal); a self-signed one serves; next attempt in 4 minutes",
  );
  assertEquals((await stage.store.read())?.isPlaceholder, false);
  assertEquals(stage.clock.hasTimerIn(HOUR_MS), true);
});

Deno.test("acme: what the authority asks for is waited for, by a reload too", async () => {
  await using stage = new Stage();
  stage.ends = [new AcmeProblem("slower", "rateLimited", 5 * HOUR_MS), "good"];
  await stage.keeper.prepare();
  stage.keeper.check();
  await stage.settled(1);
  assertMatch(
    stage.lines.with("warning")[0]!,
    /slower \(rateLimited\); .*; next attempt in 5 hours$/,
  );
  stage.clock.advance(HOUR_MS);
  stage.keeper.check();
  await stage.settled(1);
  assertEquals(stage.clock.hasTimerIn(4 * HOUR_MS), true);
  stage.clock.advance(4 * HOUR_MS);
  await stage.settled(2);
});

Deno.test("acme: a reload tries at once what has failed", async () => {
  await using stage = new Stage();
  stage.ends = [new Error("no answer"), "good"];
  await stage.keeper.prepare();
  stage.keeper.check();
  await stage.settled(1);
  stage.keeper.check();
  await stage.settled(2);
  assertEquals(stage.lines.with("has come").length, 1);
});

Deno.test("acme: a reload during an attempt begins no second one", async () => {
  await using stage = new Stage();
  const { promise, reject } = Promise.withResolvers<Certified>();
  stage.ends = [promise];
  await stage.keeper.prepare();
  stage.keeper.check();
  await until(() => stage.attempts === 1, "the attempt");
  stage.keeper.check();
  reject(new Error("no"));
  await stage.settled(1);
});

Deno.test("acme: a stop ends an attempt without a line, and nothing follows", async () => {
  await using stage = new Stage();
  const { promise, reject } = Promise.withResolvers<Certified>();
  stage.ends = [promise];
  await stage.keeper.prepare();
  stage.keeper.check();
  await until(() => stage.attempts === 1, "the attempt");
  const closed = stage.keeper.close();
  reject(new Error("the broker stops"));
  await closed;
  stage.keeper.check();
  assertEquals([stage.lines.with("warning"), stage.clock.timerCount], [[], 0]);
});

Deno.test("acme: what could not be stored is not asked for", async () => {
  await using stage = new Stage();
  await stage.keeper.prepare();
  const { folder } = stage.store;
  await Deno.remove(folder, { recursive: true });
  await Deno.writeTextFile(folder, "");
  stage.keeper.check();
  await stage.settled(0);
  assertMatch(
    stage.lines.with("warning")[0]!,
    /\/a\.test: cannot be written: .*; next attempt in 1 minute$/,
  );
  await Deno.remove(folder);
  stage.clock.advance(60_000);
  await stage.settled(1);
  assertEquals((await stage.store.read())?.isPlaceholder, false);
});

Deno.test("acme: a folder that cannot be made is an error at start", async () => {
  await using dataDir = new DataDir();
  await Deno.writeTextFile(`${dataDir.path}/acme`, "");
  const acme = acmeWith(dataDir.path, { domains: ["a.test"] });
  const store = new CertificateStore(acme.folder);
  const error = await assertRejects(() => store.prepare(), UserError);
  assertMatch(error.message, /\/a\.test: cannot be written: a part of its path is no folder$/);
});
