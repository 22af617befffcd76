/** The chains: who is asked in which order, how answers combine, and that nobody waits without need. */
import { assert, assertEquals } from "@std/assert";
import { AccessChain } from "../../../lib/access/chain/chain.ts";
import { AccessCounters } from "../../../lib/access/chain/counters.ts";
import type { Source } from "../../../lib/access/chain/source.ts";
import type { AccessConfig } from "../../../lib/config/types.ts";
import type { Verdict } from "../../../lib/plugin/decisions.ts";
import type { Hooks } from "../../../lib/plugin/hook_types.ts";
import type { PluginTraits } from "../../../lib/plugin/plugin.ts";
import aclFile from "../../../plugins/acl_file.ts";
import authAnonymous from "../../../plugins/auth_anonymous.ts";
import http from "../../../plugins/http.ts";
import mysql from "../../../plugins/mysql.ts";
import topicAcl from "../../../plugins/topic_acl.ts";
import topicTaboo from "../../../plugins/topic_taboo.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { until } from "../../support/until.ts";
import type { Clock } from "../../../lib/clock.ts";
import { fakeClient, PluginHarness } from "../../support/plugin_harness.ts";
import { ReasonCode, returnCodeOf } from "../../../lib/wire/codes.ts";

const PACKAGED: Readonly<Record<string, PluginTraits>> = {
  acl_file: aclFile,
  auth_anonymous: authAnonymous,
  http,
  mysql,
  topic_acl: topicAcl,
  topic_taboo: topicTaboo,
};

const CONFIG: AccessConfig = {
  nomatch: "allow",
  denyAction: "ignore",
  combine: undefined,
  tests: undefined,
  wildcards: "strict",
  takeover: "any",
  allowDollarTopics: [],
  cache: { maxSize: 32, ttl: 60_000 },
};

const { logger } = new PluginHarness().context;
const source = (name: string, hooks: Hooks, packaged = true): Source => ({
  name,
  logger,
  hooks,
  traits: packaged ? PACKAGED[name] ?? {} : {},
});

const chainOf = (
  sources: Source[],
  config: Partial<AccessConfig> = {},
  clock: Pick<Clock, "now" | "after"> = new FakeClock(),
) => new AccessChain(sources, { ...CONFIG, ...config }, { counters: new AccessCounters(), clock });

const QUESTION = {
  client: fakeClient(),
  action: "publish",
  topic: "t",
  qos: 0,
  retain: false,
} as const;

/** A waiter that tells whether anybody has looked at its signal. */
function waiter() {
  const seen = { looks: 0 };
  return {
    seen,
    get signal() {
      seen.looks++;
      return new AbortController().signal;
    },
  };
}

/** An answer that is there already. */
function atOnce<T>(answer: T | Promise<T>): T {
  if (answer instanceof Promise) throw new Error("expected an answer at once, got a promise");
  return answer;
}

/** Sources that note their name, and answer this. */
function asked(verdicts: Record<string, Verdict | Promise<Verdict>>, packaged = true) {
  const names: string[] = [];
  const hook = (name: string) => () => (names.push(name), verdicts[name]);
  const sources = Object.keys(verdicts).map((name) =>
    source(name, { authorize: hook(name), authenticate: hook(name) }, packaged)
  );
  return { names, sources };
}

Deno.test("authorization: the configuration's order, but acl_file last wherever it stands", () => {
  const { names, sources } = asked({ acl_file: undefined, mysql: undefined, http: undefined });
  assertEquals(chainOf(sources).authorize(QUESTION, waiter()), {
    allowed: true,
    because: "acl_nomatch",
  });
  assertEquals(names, ["mysql", "http", "acl_file"]);
});

Deno.test("authentication: the configuration's order, but auth_anonymous last wherever it stands", async () => {
  const { names, sources } = asked({
    auth_anonymous: "allow",
    auth_file: undefined,
    http: undefined,
  });
  const admission = await chainOf(sources).authenticate(fakeClient(), undefined, waiter());
  assert(admission.allowed);
  assertEquals(names, ["auth_file", "http", "auth_anonymous"]);
});

Deno.test("a stranger's plugin of such a name keeps its place", () => {
  const { names, sources } = asked({ acl_file: undefined, other: undefined }, false);
  chainOf(sources).authorize(QUESTION, waiter());
  assertEquals(names, ["acl_file", "other"]);
});

Deno.test("the first answer is final: who comes behind is not asked", async () => {
  const { names, sources } = asked({ a: undefined, b: "deny", c: "allow" });
  const ruling = await chainOf(sources, { combine: "first" }).authorize(QUESTION, waiter());
  assertEquals([ruling.allowed, ruling.because], [false, "b"]);
  const admission = await chainOf(sources).authenticate(fakeClient(), undefined, waiter());
  assertEquals([admission.allowed, returnCodeOf(admission.reason.code)], [false, 5]);
  assertEquals(names, ["a", "b", "a", "b"]);
});

Deno.test("with all, everybody is asked until one denies", async () => {
  for (const later of [false, true]) {
    const answer = (verdict: Verdict) => later ? Promise.resolve(verdict) : verdict;
    const { names, sources } = asked({
      a: answer("allow"),
      b: answer(undefined),
      c: answer("allow"),
    });
    const ruling = await chainOf(sources, { combine: "all" }).authorize(QUESTION, waiter());
    assertEquals([ruling.allowed, ruling.because, names.join("")], [true, "a", "abc"]);
    const denying = asked({ a: answer("allow"), b: answer("deny"), c: answer("allow") });
    const denied = await chainOf(denying.sources, { combine: "all" }).authorize(QUESTION, waiter());
    assertEquals([denied.allowed, denied.because, denying.names.join("")], [false, "b", "ab"]);
  }
});

Deno.test("acl_combine unset: all for aMQTT's and strangers' plugins, first with any of EMQ X's", () => {
  const combine = (...sources: Source[]) => chainOf(sources).combine;
  const hooks: Hooks = { authorize: () => undefined };
  assertEquals(combine(source("topic_acl", hooks), source("topic_taboo", hooks)), "all");
  assertEquals(combine(source("mine", hooks, false)), "all");
  assertEquals(combine(source("topic_acl", hooks), source("acl_file", hooks)), "first");
  assertEquals(combine(source("http", hooks), source("mine", hooks, false)), "first");
  assertEquals(combine(source("acl_file", { authenticate: () => "allow" })), "all");
});

Deno.test("answers at hand come at once, and nobody makes a signal that nobody looks at", async () => {
  const { sources } = asked({ a: undefined, b: "allow" });
  const one = waiter();
  assert(!(chainOf(sources).authorize(QUESTION, one) instanceof Promise));
  await chainOf(sources).authenticate(fakeClient(), undefined, one);
  assertEquals(one.seen.looks, 0);
  const looking = source("c", { authorize: ({ signal }) => signal.aborted ? "deny" : "allow" });
  chainOf([looking]).authorize(QUESTION, one);
  assertEquals(one.seen.looks, 1);
});

Deno.test("refusals: 4 with a username, 5 without, also when nobody authenticates", async () => {
  for (const sources of [[], asked({ a: undefined }).sources]) {
    for (const [username, code] of [["bob", 4], [undefined, 5]] as const) {
      const client = fakeClient({ username });
      const { allowed, reason } = await chainOf(sources).authenticate(
        client,
        undefined,
        waiter(),
      );
      assertEquals([allowed, returnCodeOf(reason.code)], [false, code]);
    }
  }
  assert(chainOf([]).refusesEverybody);
});

Deno.test("an answer to a login: its username and right go with the client, a refusal carries neither", async () => {
  const client = fakeClient({ username: "bob" });
  const admission = (verdict: Verdict) =>
    chainOf(asked({ a: verdict }).sources).authenticate(client, undefined, waiter());
  const success = { code: ReasonCode.SUCCESS, text: "a" };
  const allowed = {
    allowed: true,
    superuser: false,
    username: "bob",
    proven: true,
    reason: success,
  };
  assertEquals(await admission("allow"), allowed);
  const decision = { result: "allow", superuser: true, username: "robert" } as const;
  assertEquals(await admission(decision), { ...allowed, superuser: true, username: "robert" });
  const reason = { code: ReasonCode.BAD_USERNAME_OR_PASSWORD, text: "a" };
  const refused = { allowed: false, superuser: false, username: undefined, proven: false, reason };
  assertEquals(await admission({ ...decision, result: "deny" }), refused);
});

Deno.test("every return code of a refusal may be answered, and no other number", async () => {
  for (const returnCode of [1, 2, 3, 4, 5] as const) {
    const { sources } = asked({ a: { result: "deny", returnCode } });
    const { reason } = await chainOf(sources).authenticate(fakeClient(), undefined, waiter());
    assertEquals([returnCodeOf(reason.code), reason.text], [returnCode, "a"]);
  }
  for (const returnCode of [0, 6]) {
    const { sources } = asked({ a: { result: "deny", returnCode } as Verdict });
    const { reason } = await chainOf(sources).authenticate(fakeClient(), undefined, waiter());
    assert(reason.text.startsWith("a failed: answered "), reason.text);
  }
});

Deno.test("an answer that is none says what it was and what was expected", () => {
  for (const answer of [true, false, 0, 1, "yes", {}, { result: "perhaps" }]) {
    const { sources } = asked({ a: answer as Verdict });
    const ruling = atOnce(chainOf(sources).authorize(QUESTION, waiter()));
    const reason = `failed: answered ${JSON.stringify(answer)}; expected allow, deny or undefined`;
    assertEquals([ruling.allowed, ruling.failed, ruling.because], [false, true, `a: ${reason}`]);
  }
});

Deno.test("an answer in its long form comes at once too", () => {
  const { sources } = asked({ a: { result: "allow", because: "row 3" } });
  const ruling = atOnce(chainOf(sources, { nomatch: "deny" }).authorize(QUESTION, waiter()));
  assertEquals([ruling.allowed, ruling.because], [true, "a: row 3"]);
  const { client, topic, qos, retain } = QUESTION;
  const receives = (result: "allow" | "deny") =>
    chainOf([source("a", { authorizeReceive: () => ({ result }) })])
      .receive({ client, topic, qos, retain }).allowed;
  assertEquals([receives("allow"), receives("deny")], [true, false]);
});

Deno.test("an explanation says how long each source took", async () => {
  const clock = new FakeClock();
  const { sources } = asked({ a: undefined, b: "allow" });
  const slow = sources.map(({ hooks, ...rest }, i) => ({
    ...rest,
    hooks: {
      authorize: (...given: Parameters<NonNullable<Hooks["authorize"]>>) => {
        clock.advance((i + 1) * 2);
        return hooks.authorize!(...given);
      },
    },
  }));
  const { steps } = await chainOf(slow, {}, clock).explainAuthorize(QUESTION, waiter());
  assertEquals(steps.map(({ source, microseconds }) => [source, microseconds]), [["a", 2000], [
    "b",
    4000,
  ]]);
});

Deno.test("the reason of a refusal: no source at all, or none that knows the user", async () => {
  const reason = async (sources: Source[]) =>
    (await chainOf(sources).authenticate(fakeClient(), undefined, waiter())).reason.text;
  assertEquals(await reason([]), "no source authenticates");
  assertEquals(await reason(asked({ a: undefined }).sources), "no source knows this user");
});

Deno.test("a source that authenticates says superuser in its answer, and is not asked apart", async () => {
  const admission = (authenticates: boolean) => {
    const superuser = source("a", {
      superuser: () => true,
      ...(authenticates && { authenticate: () => undefined }),
    });
    const sources = [superuser, source("b", { authenticate: () => "allow" })];
    const root = fakeClient({ username: "root" });
    return chainOf(sources).authenticate(root, undefined, waiter());
  };
  assertEquals((await admission(true)).superuser, false);
  assertEquals((await admission(false)).superuser, true);
});

Deno.test("superuser: only a name that was proven, and that name, is asked about", async () => {
  const asked: (string | undefined)[] = [];
  const roots = source("roots", {
    superuser: ({ client }) => (asked.push(client.username), client.attributes.size === 0),
  });
  const superuser = async (
    authenticate: Hooks["authenticate"] & object,
    username: string | undefined,
    traits: PluginTraits = {},
  ) => {
    const admits = { ...source("admits", { authenticate }), traits };
    const chain = chainOf([roots, admits]);
    return (await chain.authenticate(fakeClient({ username }), undefined, waiter())).superuser;
  };
  assertEquals(await superuser(() => "allow", "root"), true);
  assertEquals(await superuser(() => "allow", "root", { admitsWithoutProof: true }), false);
  assertEquals(await superuser(() => "allow", undefined), false);
  assertEquals(await superuser(() => "allow", ""), false);
  assertEquals(await superuser(() => ({ result: "allow", username: "alice" }), "root"), true);
  assertEquals(asked, ["root", "alice"]);
});

Deno.test("nobody to ask: everything is allowed unless acl_nomatch denies", () => {
  assert(chainOf([]).allowsEverything);
  assert(!chainOf([], { nomatch: "deny" }).allowsEverything);
  assert(!chainOf(asked({ a: undefined }).sources).allowsEverything);
});

Deno.test("deliveries need no question where no source has receive rules", () => {
  assert(!chainOf(asked({ a: undefined }).sources).hasReceiveRules);
  assert(chainOf([source("a", { authorizeReceive: () => undefined })]).hasReceiveRules);
});

Deno.test("receive: a promise denies, and what becomes of it later is caught", async () => {
  const late = Promise.reject(new Error("too late"));
  const hooks = { authorizeReceive: () => late as unknown as Verdict };
  const { client, topic, qos, retain } = QUESTION;
  assert(!chainOf([source("a", hooks)]).receive({ client, topic, qos, retain }).allowed);
  await new Promise((resolve) => setTimeout(resolve, 0)); // an unhandled rejection ends the test
});

Deno.test("a failure on the way stays in the ruling, unless a denial would have come anyway", () => {
  const failing: Verdict = { result: undefined, failed: true, because: "down" };
  const rules = (combine: "first" | "all", nomatch: "allow" | "deny", ...verdicts: Verdict[]) => {
    const sources = verdicts.map((verdict, i) => source(`s${i}`, { authorize: () => verdict }));
    const later = verdicts.map((verdict, i) =>
      source(`s${i}`, { authorize: () => Promise.resolve(verdict) })
    );
    const rulings = [sources, later].map((some) =>
      Promise.resolve(chainOf(some, { combine, nomatch }).authorize(QUESTION, waiter()))
    );
    return Promise.all(rulings.map(async (ruling) => {
      const { allowed, failed = false } = await ruling;
      return `${allowed ? "allow" : "deny"}${failed ? " in doubt" : ""}`;
    }));
  };
  return Promise.all(
    ([
      ["allow in doubt", rules("first", "allow", failing)],
      ["deny in doubt", rules("first", "deny", failing)],
      ["allow in doubt", rules("first", "deny", failing, "allow")],
      ["deny in doubt", rules("first", "allow", failing, "deny")],
      ["allow", rules("first", "deny", "allow", failing)],
      ["deny", rules("first", "allow", undefined, "deny", failing)],
      ["allow in doubt", rules("all", "deny", "allow", failing)],
      ["allow in doubt", rules("all", "deny", failing, "allow")],
      ["deny", rules("all", "allow", failing, "deny")],
      ["deny", rules("all", "allow", "allow", "deny", failing)],
      ["deny in doubt", rules("all", "allow", { result: "deny", failed: true }, "allow")],
    ] as const).map(async ([expected, rulings]) =>
      assertEquals(await rulings, [expected, expected])
    ),
  );
});

Deno.test("what never answers has an end: a login, a superuser question, a right", async () => {
  const clock = new FakeClock();
  const never = () => new Promise<never>(() => {});
  const hooks = { authenticate: never, authorize: never };
  const admission = chainOf([source("a", hooks)], {}, clock)
    .authenticate(fakeClient(), undefined, waiter());
  const named = source("b", { superuser: never });
  const allowing = source("c", { authenticate: () => "allow" });
  const admitted = chainOf([named, allowing], {}, clock)
    .authenticate(fakeClient({ username: "bob" }), undefined, waiter());
  const ruling = chainOf([source("a", hooks)], {}, clock).authorize(QUESTION, waiter());
  await until(() => clock.timerCount === 3, "three deadlines");
  clock.advance(30_000);
  const { allowed, reason } = await admission;
  assertEquals([allowed, reason.text], [
    false,
    "a failed: authenticate has not finished in 30 s",
  ]);
  const { superuser } = await admitted;
  assertEquals([superuser, (await admitted).allowed], [false, true]);
  assertEquals(await ruling, {
    ...await ruling,
    allowed: false,
    failed: true,
    because: "a: failed: authorize has not finished in 30 s",
  });
  assertEquals(clock.timerCount, 0);
});

Deno.test("receive: only those with receive rules, unanswered is yes, acl_nomatch has no say", () => {
  const receive = (...verdicts: Verdict[]) => {
    const sources = verdicts.map((verdict, i) =>
      source(`s${i}`, { authorizeReceive: () => verdict }, false)
    );
    const { client, topic, qos, retain } = QUESTION;
    return chainOf(sources, { nomatch: "deny" }).receive({ client, topic, qos, retain }).allowed;
  };
  assertEquals([receive(), receive(undefined), receive("allow"), receive("deny")], [
    true,
    true,
    true,
    false,
  ]);
  assertEquals(receive("allow", "deny"), false);
});
