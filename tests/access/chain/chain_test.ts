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
import { fakeClient, PluginHarness } from "../../support/plugin_harness.ts";
import { returnCodeOf } from "../../../lib/wire/codes.ts";

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
  wildcards: "strict",
  cache: { maxSize: 32, ttl: 60_000 },
};

const { logger } = new PluginHarness().context;
const source = (name: string, hooks: Hooks, packaged = true): Source => ({
  name,
  logger,
  hooks,
  traits: packaged ? PACKAGED[name] ?? {} : {},
});

const chainOf = (sources: Source[], config: Partial<AccessConfig> = {}) =>
  new AccessChain(sources, { ...CONFIG, ...config }, {
    counters: new AccessCounters(),
    now: () => 0,
  });

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

Deno.test("nobody to ask: everything is allowed unless acl_nomatch denies", () => {
  assert(chainOf([]).allowsEverything);
  assert(!chainOf([], { nomatch: "deny" }).allowsEverything);
  assert(!chainOf(asked({ a: undefined }).sources).allowsEverything);
});

Deno.test("receive: only those with receive rules, unanswered is yes, acl_nomatch has no say", () => {
  const receive = (...verdicts: Verdict[]) => {
    const sources = verdicts.map((verdict, i) =>
      source(`s${i}`, { authorizeReceive: () => verdict }, false)
    );
    const { client, topic, qos, retain } = QUESTION;
    return chainOf(sources, { nomatch: "deny" }).mayReceive({ client, topic, qos, retain });
  };
  assertEquals([receive(), receive(undefined), receive("allow"), receive("deny")], [
    true,
    true,
    true,
    false,
  ]);
  assertEquals(receive("allow", "deny"), false);
});
