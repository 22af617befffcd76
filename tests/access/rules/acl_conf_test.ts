/** acl.conf of EMQ X 4 and 5: forms that are read, and lines for those that are not. */
import { assertEquals, assertThrows } from "@std/assert";
import { parseAclConf } from "../../../lib/access/rules/acl_conf.ts";
import { emqxDifferences } from "../../../lib/access/rules/emqx_differences.ts";
import { defaultRules } from "../../../lib/access/rules/rule_file.ts";
import { RuleSet } from "../../../lib/access/rules/rule_set.ts";
import { UserError } from "../../../lib/user_error.ts";
import { answer, requestOf, rulesOf } from "./support.ts";

Deno.test("the guide's default rules", () => {
  const rules = new RuleSet(defaultRules());
  const subscribe = (topic: string, client = {}) =>
    answer(rules, requestOf("subscribe", topic, client));
  assertEquals(subscribe("$SYS/#"), "deny");
  assertEquals(subscribe("$SYS/broker/uptime"), "deny");
  assertEquals(subscribe("#"), "deny");
  assertEquals(subscribe("a/#"), "allow");
  assertEquals(subscribe("$SYS/#", { username: "dashboard" }), "allow");
  assertEquals(subscribe("#", { address: "127.0.0.1" }), "allow");
  assertEquals(subscribe("$SYS/#", { address: "::ffff:127.0.0.1" }), "allow");
  assertEquals(answer(rules, requestOf("publish", "a")), "allow");
  assertEquals(answer(rules, requestOf("receive", "a")), "-");
});

/** Everything that EMQ X 4's and 5's documentation shows. */
const CONF = `
%% EMQ X 4
{allow, {user, "dashboard"}, subscribe, ["$SYS/#"]}.
{allow, {ipaddr, "127.0.0.1"}, pubsub, ["$SYS/#", "#"]}.
{deny, all, subscribe, ["$SYS/#", {eq, "#"}]}.
{allow, {client, "c"}, publish, <<"bare/binary">>}.
{allow, {ipaddrs, ["10.0.0.0/8", "fd00::/8"]}, publish, ["a"]}.
{allow, {'and', [{user, "u"}, {'or', [{client, "c"}, all]}]}, pubsub, ["b/%u/%c"]}.
%% EMQX 5
{allow, {username, {re, "^dash.*$"}}, subscribe, ["$SYS/#"]}.
{deny, {clientid, {re, "^old-"}}, all, ["x"]}.
{allow, {username, <<"bin">>}, {publish, [{qos, 1}, {retain, false}]}, [<<"y">>, "eq #"]}.
{allow, all, {all, [{qos, [0, 1]}, {retain, all}]}, ["\${clientid}/\${username}"]}.
{deny, all, all, all}.
{deny, all}.
`;

Deno.test("every form of EMQ X 4 and 5 is read", () => {
  const rules = parseAclConf(CONF, "acl.conf");
  assertEquals(rules.length, 12);
  assertEquals(rules.map((rule) => rule.where).slice(0, 2), ["acl.conf:3", "acl.conf:4"]);
  assertEquals(rules[8]?.qos, [1]);
  assertEquals(rules[8]?.retain, false);
  assertEquals(rules[9]?.qos, [0, 1]);
  assertEquals(rules[9]?.retain, undefined);
  const set = new RuleSet(rules);
  assertEquals(answer(set, requestOf("publish", "bare/binary", { clientId: "c" })), "allow");
  assertEquals(answer(set, requestOf("publish", "a", { address: "fd00::1" })), "allow");
});

Deno.test("a file of comments has no rules", () => {
  assertEquals(parseAclConf("%% {allow, all}.\n\n", "acl.conf"), []);
});

/** A rule, where the problem is, a part of its line. */
const PROBLEMS: [string, string, string][] = [
  ["{alow, all}.", "1:2", "expected allow or deny"],
  ["{allow, none}.", "1:9", "{allow or deny, all}"],
  ["{allow}.", "1:1", "{allow or deny, Who, Action, Topics}"],
  ["allow.", "1:1", "{allow or deny, Who, Action, Topics}"],
  ['{allow, {user, "u"}, ["t"]}.', "1:1", "{allow or deny, Who, Action, Topics}"],
  ['{allow, {uesr, "u"}, publish, ["t"]}.', "1:9", "unknown condition uesr"],
  ['{allow, {client_attr, "a", "b"}, publish, ["t"]}.', "1:9", "a pair"],
  ['{allow, {user, 5}, publish, ["t"]}.', "1:16", "a text"],
  ['{allow, {user, {rx, "u"}}, publish, ["t"]}.', "1:16", "unknown rx"],
  ['{allow, {user, {re, "(?=u)"}}, publish, ["t"]}.', "1:21", "regular expression"],
  ['{allow, {ipaddr, "10.0.0.0/33"}, publish, ["t"]}.', "1:18", "no address or network"],
  ['{allow, {ipaddrs, "10.0.0.1"}, publish, ["t"]}.', "1:19", "a list of networks"],
  ['{allow, {\'and\', {user, "u"}}, publish, ["t"]}.', "1:17", "a list of conditions"],
  ['{allow, all, read, ["t"]}.', "1:14", "unknown action read"],
  ['{allow, all, {publish, [{qos, 3}]}, ["t"]}.', "1:31", "QoS 0, 1 or 2"],
  ['{allow, all, {publish, [{retain, 1}]}, ["t"]}.', "1:34", "true, false or all"],
  ['{allow, all, {publish, [{dup, true}]}, ["t"]}.', "1:25", "unknown condition dup"],
  ['{allow, all, publish, ["a#"]}.', "1:24", "MQTT-4.7.1-2"],
  ["{allow, all, publish, [{eq, 1}]}.", "1:29", "a topic in"],
  ['{allow, all, publish, ["${zone}"]}.', "1:24", "${username}"],
  ["{allow, all, publish, [5]}.", "1:24", "a topic in"],
  ["{allow, all, publish, 5}.", "1:23", "a list of topics"],
  ["{allow, all}\n{deny, all}.", "2:1", "full stop"],
];

Deno.test("a rule that cannot be used is named with file, line and column", () => {
  for (const [text, place, part] of PROBLEMS) {
    const error = assertThrows(() => parseAclConf(text, "acl.conf"), UserError) as UserError;
    assertEquals(error.problems.length, 1, error.message);
    assertEquals(
      error.message.startsWith(`acl.conf:${place}: `),
      true,
      `${text}: ${error.message}`,
    );
    assertEquals(error.message.includes(part), true, `${text}: ${error.message}`);
  }
});

Deno.test("all rules that cannot be used are named at once", () => {
  const error = assertThrows(
    () => parseAclConf('{alow, all}.\n{allow, all}.\n{deny, all, x, ["t"]}.', "f"),
    UserError,
  ) as UserError;
  assertEquals(error.problems.map((line) => line.slice(0, 6)), ["f:1:2:", "f:3:13"]);
});

Deno.test("{user, all} is everybody, also without a username", () => {
  const rules = rulesOf('{allow, {user, all}, publish, ["t"]}.');
  assertEquals(answer(rules, requestOf("publish", "t", { username: undefined })), "allow");
});

Deno.test("emqxDifferences tells what EMQ X 4 would have read differently", () => {
  const warnings = (text: string) => emqxDifferences(parseAclConf(text, "acl.conf"));
  assertEquals(emqxDifferences(defaultRules()), []);
  assertEquals(warnings("{deny, all}."), []);
  assertEquals(warnings('{deny, all, subscribe, ["a/#", "a/%c"]}.'), []);
  assertEquals(warnings('{deny, all, subscribe, ["#"]}.')[0]?.includes("acl.conf:1"), true);
  assertEquals(warnings('{deny, all, subscribe, ["+/a"]}.').length, 1);
  assertEquals(warnings('{allow, all, publish, ["a/x%cy"]}.').length, 1);
});
