/** The order of rules, and that the index never changes an answer. */
import { assertEquals } from "@std/assert";
import { parseAclConf } from "../../../lib/access/rules/acl_conf.ts";
import { MatchedRequest, ruleApplies } from "../../../lib/access/rules/match.ts";
import type { Rule, RuleRequest } from "../../../lib/access/rules/rule.ts";
import { RuleSet } from "../../../lib/access/rules/rule_set.ts";
import { parseYamlRules } from "../../../lib/access/rules/yaml_rules.ts";
import { Random } from "../../support/random.ts";
import { answer, requestOf, rulesOf } from "./support.ts";

Deno.test("the first rule from the top decides", () => {
  const rules = rulesOf(`
    {allow, {user, "u1"}, publish, ["t"]}.
    {deny, all, publish, ["t"]}.
    {allow, {client, "c2"}, publish, ["t"]}.
    {allow, all}.
  `);
  assertEquals(answer(rules, requestOf("publish", "t")), "allow");
  assertEquals(
    answer(rules, requestOf("publish", "t", { username: "u2", clientId: "c2" })),
    "deny",
  );
  assertEquals(answer(rules, requestOf("publish", "x", { username: "u2" })), "allow");
});

Deno.test("the answer names its rule", () => {
  const rules = rulesOf('% first\n{deny, all, publish, ["a"]}.\n{allow,\n  all}.');
  const { where, text } = rules.decide(requestOf("publish", "b"), "strict")!.rule;
  assertEquals([where, text], ["acl.conf:3", "{allow, all}"]);
});

Deno.test("no rule, no answer", () => {
  assertEquals(rulesOf("% nothing").decide(requestOf("publish", "a"), "strict"), undefined);
});

const WHO = [
  "all",
  '{user, "u1"}',
  '{user, "u2"}',
  "{user, all}",
  '{client, "c1"}',
  '{client, "c2"}',
  '{ipaddr, "192.0.2.7"}',
  '{ipaddr, "192.0.2.0/24"}',
  '{ipaddr, "2001:db8::/32"}',
  '{ipaddr, "0.0.0.0/0"}',
  '{ipaddrs, ["192.0.2.7", "192.0.2.7/31", "::1"]}',
  '{username, {re, "u."}}',
];

function randomWho(random: Random, depth: number): string {
  if (depth === 0 || random.oneIn(2)) return random.pick(WHO);
  const parts = random.list(0, 3, () => randomWho(random, depth - 1));
  return `{'${random.pick(["and", "or"])}', [${parts.join(", ")}]}`;
}

function randomRule(random: Random): string {
  const action = random.pick(["publish", "subscribe", "pubsub", "receive"]);
  const topic = random.pick(["#", "a", "a/%c", "a/+", "b/#", "$SYS/#"]);
  return `{${random.pick(["allow", "deny"])}, ${randomWho(random, 2)}, ${action}, ["${topic}"]}.`;
}

function randomRequest(random: Random): RuleRequest {
  const action = random.pick(["publish", "subscribe", "receive"] as const);
  return requestOf(action, random.pick(["a", "a/b", "a/c1", "b", "b/c", "$SYS/x"]), {
    username: random.pick([undefined, "", "u1", "u2", "u3"]),
    clientId: random.pick(["c1", "c2", "c3", ""]),
    address: random.pick(["192.0.2.7", "192.0.2.6", "::ffff:192.0.2.7", "::1", "2001:db8::1", "x"]),
  });
}

function walk(rules: readonly Rule[], request: RuleRequest): Rule | undefined {
  const question = new MatchedRequest(request, "strict");
  return rules.find((rule) => ruleApplies(rule, question));
}

Deno.test("property: the index gives the answer of walking the whole list", () => {
  const random = new Random(31);
  let decided = 0;
  for (let i = 0; i < 300; i++) {
    const rules = parseAclConf(random.list(0, 12, () => randomRule(random)).join("\n"), "r");
    const set = new RuleSet(rules);
    for (let n = 0; n < 30; n++) {
      const request = randomRequest(random);
      const expected = walk(rules, request);
      if (expected !== undefined) decided++;
      assertEquals(set.decide(request, "strict")?.rule, expected);
    }
  }
  if (decided < 2_000) throw new Error(`only ${decided} requests had an answer`);
});

Deno.test("a pattern is matched with a client's name once, and again when the name is another", () => {
  const set = new RuleSet(
    parseYamlRules([
      { permission: "allow", user: { regex: "a+" }, action: "publish", topics: ["#"] },
    ], "rules"),
  );
  const { who } = set.rules[0]!;
  if (who.kind !== "pattern") throw new Error(`a rule about ${who.kind}`);
  const matches = spy(who.pattern, "matches");
  const client = { clientId: "c", username: "aaa", address: "" };
  const decide = (topic: string) =>
    set.decide(
      { client, action: "publish", topic, qos: 0, retain: false },
      "strict",
    )?.result;
  assertEquals(["t/1", "t/2", "t/3"].map(decide), ["allow", "allow", "allow"]);
  assertEquals(matches.count, 1);
  client.username = "b";
  assertEquals([decide("t/4"), matches.count], [undefined, 2]);
});

/** Counts calls of a method that goes on working. */
function spy<Name extends string>(
  target: { [key in Name]: (text: string) => boolean },
  name: Name,
): { count: number } {
  const method = target[name].bind(target);
  const calls = { count: 0 };
  const counting = (text: string) => (calls.count++, method(text));
  Object.defineProperty(target, name, { value: counting });
  return calls;
}
