/** What one rule means: who, actions, conditions, topics, wildcards, placeholders. */
import { assertEquals } from "@std/assert";
import { parseRuleTopic } from "../../../lib/access/rules/rule_topic.ts";
import type { RuleClient, WildcardMode } from "../../../lib/access/rules/rule.ts";
import {
  filterCovers,
  filterMatches,
  filtersIntersect,
  topicFilterProblem,
  topicNameProblem,
} from "../../../lib/topic/filter.ts";
import { Random } from "../../support/random.ts";
import { answer, clientOf, requestOf, rulesOf } from "./support.ts";

/** Who, client, does it match? */
const WHO: [string, Partial<RuleClient>, boolean][] = [
  ["all", {}, true],
  ['{user, "u1"}', {}, true],
  ['{user, "U1"}', {}, false],
  ['{user, "u1"}', { username: undefined }, false],
  ['{user, ""}', { username: "" }, true],
  ["{user, all}", { username: undefined }, true],
  ['{client, "c1"}', {}, true],
  ['{clientid, "c2"}', {}, false],
  ['{ipaddr, "192.0.2.0/24"}', {}, true],
  ['{ipaddr, "192.0.2.0/24"}', { address: "::ffff:192.0.2.9" }, true],
  ['{ipaddr, "192.0.2.0/24"}', { address: "/run/midge.sock" }, false],
  ['{ipaddr, "0.0.0.0/0"}', { address: "2001:db8::1" }, false],
  ['{ipaddrs, ["10.0.0.1", "192.0.2.7"]}', {}, true],
  ["{ipaddrs, []}", {}, false],
  ["{'and', []}", {}, true],
  ["{'or', []}", {}, false],
  [`{'and', [{user, "u1"}, {client, "c1"}]}`, {}, true],
  [`{'and', [{user, "u1"}, {client, "c2"}]}`, {}, false],
  [`{'or', [{user, "u2"}, {ipaddr, "192.0.2.7"}]}`, {}, true],
  [`{'or', [{user, "u2"}, {client, "c2"}]}`, {}, false],
  [`{'and', [{'or', [{user, "x"}, {user, "u1"}]}, all]}`, {}, true],
  ['{username, {re, "^u[0-9]"}}', {}, true],
  ['{username, {re, "^u"}}', {}, false],
  ['{username, {re, ".*"}}', { username: undefined }, false],
  ['{clientid, {re, "c.*"}}', { clientId: "c-77" }, true],
];

Deno.test("who a rule is about", () => {
  for (const [who, client, expected] of WHO) {
    const rules = rulesOf(`{allow, ${who}, publish, ["t"]}.`);
    const found = answer(rules, requestOf("publish", "t", client));
    assertEquals(found, expected ? "allow" : "-", `${who} ${JSON.stringify(client)}`);
  }
});

Deno.test("pubsub, all and rules of two parts do not mean receive", () => {
  for (const rule of ["{deny, all}", '{deny, all, all, ["#"]}', "{deny, all, pubsub, all}"]) {
    const rules = rulesOf(`${rule}.`);
    assertEquals(answer(rules, requestOf("publish", "t")), "deny");
    assertEquals(answer(rules, requestOf("subscribe", "t")), "deny");
    assertEquals(answer(rules, requestOf("receive", "t")), "-");
    assertEquals(rules.hasReceiveRules, false);
  }
  const rules = rulesOf('{deny, all, receive, ["secret/#"]}.');
  assertEquals(rules.hasReceiveRules, true);
  assertEquals(answer(rules, requestOf("receive", "secret/a")), "deny");
  assertEquals(answer(rules, requestOf("publish", "secret/a")), "-");
});

Deno.test("conditions on QoS and RETAIN", () => {
  const rules = rulesOf(`
    {allow, all, {publish, [{qos, [1, 2]}, {retain, false}]}, ["t"]}.
    {allow, all, {all, [{qos, 0}, {retain, true}]}, ["u"]}.
  `);
  assertEquals([rules.usesQos, rules.usesRetain], [true, true]);
  const publish = (topic: string, qos: 0 | 1 | 2, retain: boolean) =>
    answer(rules, requestOf("publish", topic, {}, { qos, retain }));
  assertEquals(publish("t", 1, false), "allow");
  assertEquals(publish("t", 2, false), "allow");
  assertEquals(publish("t", 0, false), "-");
  assertEquals(publish("t", 1, true), "-");
  assertEquals(publish("u", 0, true), "allow");
  assertEquals(publish("u", 0, false), "-");
  // A subscription has no RETAIN flag, so that condition says nothing about it.
  assertEquals(answer(rules, requestOf("subscribe", "u")), "allow");
  assertEquals(answer(rules, requestOf("subscribe", "u", {}, { qos: 1 })), "-");
});

/** Rule topic, filter asked for: strict allow, strict deny, emqx. */
const SUBSCRIBE: [string, string, boolean, boolean, boolean][] = [
  ["a/#", "a/#", true, true, true],
  ["a/#", "a/+", true, true, true],
  ["a/#", "a", true, true, true],
  ["a/+", "a/#", false, true, true],
  ["a/+", "a/+", true, true, true],
  ["a/b", "a/+", false, true, false],
  ["a/b", "a/#", false, true, false],
  ["a/b", "#", false, true, false],
  ["a/b", "a/b", true, true, true],
  ["a/b", "a/c", false, false, false],
  ["#", "#", true, true, true],
  ["#", "$SYS/#", false, false, false],
  ["+/x", "$SYS/x", false, false, false],
  ["$SYS/#", "$SYS/#", true, true, true],
  ["$SYS/#", "#", false, false, false],
  ["$SYS/#", "+/a", false, false, false],
];

Deno.test("a SUBSCRIBE's filter: strict covers and intersects, emqx compares it as a name", () => {
  for (const [topic, asked, strictAllow, strictDeny, emqx] of SUBSCRIBE) {
    const applies = (permission: string, mode: WildcardMode) =>
      rulesOf(`{${permission}, all, subscribe, ["${topic}"]}.`)
        .decide(requestOf("subscribe", asked), mode) !== undefined;
    const label = `rule ${topic}, SUBSCRIBE ${asked}`;
    assertEquals(applies("allow", "strict"), strictAllow, `${label}: strict allow`);
    assertEquals(applies("deny", "strict"), strictDeny, `${label}: strict deny`);
    assertEquals(applies("allow", "emqx"), emqx, `${label}: emqx allow`);
    assertEquals(applies("deny", "emqx"), emqx, `${label}: emqx deny`);
  }
});

Deno.test("names are matched alike in both modes, $ kept from leading wildcards", () => {
  const table: [string, string, boolean][] = [
    ["a/+", "a/b", true],
    ["a/#", "a", true],
    ["#", "$SYS/x", false],
    ["+/x", "$SYS/x", false],
    ["$SYS/+", "$SYS/x", true],
  ];
  for (const [topic, name, expected] of table) {
    for (const mode of ["strict", "emqx"] as const) {
      for (const action of ["publish", "receive"] as const) {
        const rules = rulesOf(`{deny, all, ${action}, ["${topic}"]}.`);
        assertEquals(answer(rules, requestOf(action, name), mode), expected ? "deny" : "-");
      }
    }
  }
});

Deno.test("rules of two parts and `all` mean topics that begin with $ too", () => {
  for (const rule of ["{deny, all}", "{deny, all, pubsub, all}"]) {
    for (const mode of ["strict", "emqx"] as const) {
      const rules = rulesOf(`${rule}.`);
      assertEquals(answer(rules, requestOf("subscribe", "$SYS/#"), mode), "deny");
      assertEquals(answer(rules, requestOf("publish", "$x"), mode), "deny");
    }
  }
});

Deno.test("eq takes its text literally", () => {
  const allow = rulesOf('{allow, all, pubsub, [{eq, "a/#"}, "eq x/%c", {eq, "n/m"}]}.');
  assertEquals(answer(allow, requestOf("subscribe", "a/#")), "allow");
  assertEquals(answer(allow, requestOf("subscribe", "a/b")), "-");
  assertEquals(answer(allow, requestOf("publish", "x/%c")), "allow");
  assertEquals(answer(allow, requestOf("publish", "x/c1")), "-");
  assertEquals(answer(allow, requestOf("subscribe", "n/+")), "-");
  const deny = rulesOf('{deny, all, subscribe, [{eq, "#"}, {eq, "n/m"}]}.');
  assertEquals(answer(deny, requestOf("subscribe", "#")), "deny");
  assertEquals(answer(deny, requestOf("subscribe", "a/#")), "-");
  // strict: whoever subscribes to n/+ would get the literally denied n/m.
  assertEquals(answer(deny, requestOf("subscribe", "n/+")), "deny");
});

const CERTIFICATE = { commonName: "cn", subject: "CN=cn" };

Deno.test("placeholders stand for the client's values", () => {
  const table: [string, string, Partial<RuleClient>, boolean][] = [
    ["a/%u/b", "a/u1/b", {}, true],
    ["a/%c", "a/c1", {}, true],
    ["a/%a", "a/192.0.2.7", {}, true],
    ["a/%a", "a/192.0.2.7", { address: "::ffff:192.0.2.7" }, true],
    ["a/%a", "a/2001:db8::1", { address: "2001:db8::1" }, true],
    ["%C/%d", "cn/CN=cn", { certificate: CERTIFICATE }, true],
    ["a/%C", "a/%C", {}, false],
    ["%c/#", "c1/x/y", {}, true],
    ["a/x%cy", "a/xc1y", {}, false],
    ["a/x%cy", "a/x%cy", {}, true],
    ["a/%u", "a/%u", { username: undefined }, false],
    ["a/%u", "a/", { username: "" }, false],
    ["a/%u", "a/undefined", { username: undefined }, false],
    ["a/${username}/${clientid}", "a/u1/c1", {}, true],
    ["a/dev-${clientid}-x", "a/dev-c1-x", {}, true],
    ["${peerhost}/${cert_common_name}", "192.0.2.7/cn", { certificate: CERTIFICATE }, true],
  ];
  for (const [topic, name, client, expected] of table) {
    const rules = rulesOf(`{allow, all, publish, ["${topic}"]}.`);
    assertEquals(
      answer(rules, requestOf("publish", name, client)),
      expected ? "allow" : "-",
      topic,
    );
  }
});

Deno.test("a value that may not be filled in skips its own filter only", () => {
  const rules = rulesOf('{allow, all, publish, ["a/%u", "b/%c", "c"]}.');
  const client = { username: "x/y" };
  assertEquals(answer(rules, requestOf("publish", "a/x/y", client)), "-");
  assertEquals(answer(rules, requestOf("publish", "b/c1", client)), "allow");
  assertEquals(answer(rules, requestOf("publish", "c", client)), "allow");
});

Deno.test("a value cannot open the topics that begin with $", () => {
  const rules = rulesOf('{allow, all, pubsub, ["%u/#", "${clientid}x/#", "a/%u"]}.');
  const client = { username: "$SYS", clientId: "$S" };
  assertEquals(answer(rules, requestOf("subscribe", "$SYS/#", client)), "-");
  assertEquals(answer(rules, requestOf("subscribe", "$Sx/#", client)), "-");
  assertEquals(answer(rules, requestOf("publish", "a/$SYS", client)), "allow");
});

const HOSTILE = [
  "#",
  "+",
  "/",
  "a/b",
  "+/#",
  "\u0000",
  "a\u0000",
  "a#",
  "b+",
  "//",
  "",
  "$SYS",
  "%u",
  "%c",
  "${username}",
  "a".repeat(65_536),
  "/".repeat(65_536),
  "a",
  "b",
  "\ud800",
];
const TEMPLATES = ["%u", "%u/#", "a/%u", "+/%u", "a/%u/b", "%u/%c/#", "a/${username}b/#", "%c/+"];
const ASKED = [
  "#",
  "+",
  "+/#",
  "a",
  "a/b",
  "a/#",
  "a/+",
  "a/b/#",
  "b/a",
  "$SYS/#",
  "$SYS/x",
  "a/a/b",
];

/**
 * The most that a template may ever mean: each placeholder one level of any text. A filter that this
 * does not cover must never be allowed, whatever the client calls itself.
 */
function widest(template: string): string {
  return template.replaceAll(/%[uc]|[^/]*\$\{username\}[^/]*/g, "+");
}

/** Does a template use a value that must not be filled in? */
function usesHostile(template: string, { username, clientId }: RuleClient): boolean {
  const isHostile = (value = "") => value === "" || /[/+#\0]/.test(value);
  return (/%u|username/.test(template) && isHostile(username)) ||
    (template.includes("%c") && isHostile(clientId));
}

Deno.test("property: hostile values never widen a right", () => {
  const random = new Random(21);
  let allowed = 0;
  for (let i = 0; i < 4_000; i++) {
    const template = random.pick(TEMPLATES);
    const client = clientOf({ username: random.pick(HOSTILE), clientId: random.pick(HOSTILE) });
    const asked = random.pick([...ASKED, client.username!, `a/${client.username}`]);
    const isName = topicNameProblem(asked) === undefined;
    for (const mode of ["strict", "emqx"] as const) {
      const rules = rulesOf(`{allow, all, pubsub, ["${template}"]}.`);
      const actions = mode === "strict" ? ["subscribe"] as const : [];
      for (const action of [...actions, ...(isName ? ["publish"] as const : [])]) {
        if (answer(rules, requestOf(action, asked, client), mode) !== "allow") continue;
        const label = `${template}, ${client.username!.slice(0, 20)}: ${asked.slice(0, 20)}`;
        assertEquals(filterCovers(widest(template), asked), true, label);
        assertEquals(usesHostile(template, client), false, label);
        allowed++;
      }
    }
  }
  if (allowed < 100) throw new Error(`only ${allowed} requests were allowed`);
});

Deno.test("property: strict follows coverage and intersection for every filled-in template", () => {
  for (const template of TEMPLATES) {
    for (const asked of ASKED) {
      const filled = template.replaceAll(/%u|\$\{username\}/g, "a").replaceAll("%c", "b");
      const client = { username: "a", clientId: "b" };
      const decide = (permission: string) =>
        answer(
          rulesOf(`{${permission}, all, subscribe, ["${template}"]}.`),
          requestOf("subscribe", asked, client),
        ) === permission;
      assertEquals(decide("allow"), filterCovers(filled, asked), `${filled} covers ${asked}`);
      assertEquals(decide("deny"), filtersIntersect(filled, asked), `${filled} meets ${asked}`);
    }
  }
});

Deno.test("property: plain topics follow matching, coverage and intersection", () => {
  const levels = ["a", "ab", "", "$x", "+"];
  const pairs = levels.flatMap((one) => levels.map((two) => `${one}/${two}`));
  const filters = [...levels, ...pairs].flatMap((text) => [text, `${text}/#`]).concat("#")
    .filter((text) => topicFilterProblem(text) === undefined);
  for (const filter of filters) {
    const allow = rulesOf(`{allow, all, pubsub, ["${filter}"]}.`);
    const deny = rulesOf(`{deny, all, pubsub, ["${filter}"]}.`);
    for (const asked of filters) {
      const found = [
        answer(allow, requestOf("subscribe", asked)) === "allow",
        answer(deny, requestOf("subscribe", asked)) === "deny",
        answer(deny, requestOf("publish", asked)) === "deny",
      ];
      const expected = [
        filterCovers(filter, asked),
        filtersIntersect(filter, asked),
        filterMatches(filter, asked),
      ];
      assertEquals(found, expected, `rule ${filter}, asked ${asked}`);
    }
  }
});

Deno.test("a rule topic that is no filter is refused", () => {
  for (const topic of ["", "a#", "#/a", "a+/b", "a\u0000", "${zone}/a", "${username", "%u#"]) {
    let message = "accepted";
    try {
      parseRuleTopic(topic);
    } catch (error) {
      message = (error as Error).message;
    }
    assertEquals(message.startsWith("topic "), true, `${JSON.stringify(topic)}: ${message}`);
  }
});
