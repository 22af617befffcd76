/**
 * The cost of one decision that no cache answers: `deno bench bench/micro/access_bench.ts`.
 * Goals: under 30 microseconds with 10,000 rules for 10,000 users, under 20 with 200 rules for all.
 */
import { parseAclConf } from "../../lib/access/rules/acl_conf.ts";
import type { RuleRequest } from "../../lib/access/rules/rule.ts";
import { RuleSet } from "../../lib/access/rules/rule_set.ts";

const COUNT = 10_000;

function setOf(rules: string[]): RuleSet {
  return new RuleSet(parseAclConf(rules.join("\n"), "bench"));
}

function numbered(count: number, make: (n: number) => string): string[] {
  return Array.from({ length: count }, (_, n) => make(n));
}

const users = setOf([
  ...numbered(COUNT, (n) => `{allow, {user, "u${n}"}, pubsub, ["devices/${n}/#", "up/%c"]}.`),
  "{deny, all}.",
]);
const networks = setOf([
  ...numbered(COUNT, (n) => `{deny, {ipaddr, "10.${n >> 8}.${n & 255}.0/24"}, pubsub, ["#"]}.`),
  "{allow, all}.",
]);
const everybody = setOf([
  ...numbered(199, (n) => `{deny, all, pubsub, ["plant/${n}/+/state", "plant/%u/${n}/#"]}.`),
  "{allow, all}.",
]);
const nobodysPatterns = setOf([
  ...numbered(20, (n) => `{deny, {username, {re, "^(x|y)+-${n}-[0-9]{1,5}$"}}, pubsub, ["#"]}.`),
  "{allow, all}.",
]);

/** The same question of one of 10,000 clients, another one each time. */
function requests(action: "publish" | "subscribe", topic: (n: number) => string): RuleRequest[] {
  return Array.from({ length: COUNT }, (_, n) => ({
    client: { clientId: `c${n}`, username: `u${n}`, address: `172.16.${n >> 8}.${n & 255}` },
    action,
    topic: topic(n),
    qos: 1,
    retain: false,
  }));
}

const SUITES: [string, RuleSet, RuleRequest[], "allow" | "deny"][] = [
  [
    "10,000 rules, 10,000 users: publish",
    users,
    requests("publish", (n) => `devices/${n}/temperature`),
    "allow",
  ],
  [
    "10,000 rules, 10,000 users: subscribe",
    users,
    requests("subscribe", () => "devices/#"),
    "deny",
  ],
  ["10,000 networks: publish", networks, requests("publish", () => "a/b/c"), "allow"],
  ["200 rules for all: publish", everybody, requests("publish", (n) => `plant/x/${n}`), "allow"],
  ["200 rules for all: subscribe", everybody, requests("subscribe", () => "plant/x/+"), "allow"],
  ["20 regular expressions: publish", nobodysPatterns, requests("publish", () => "a"), "allow"],
];

for (const [name, rules, list, expected] of SUITES) {
  let next = 0;
  Deno.bench(name, () => {
    const decision = rules.decide(list[next++ % COUNT]!, "strict");
    if (decision?.result !== expected) throw new Error(`decided ${decision?.result}`);
  });
}
