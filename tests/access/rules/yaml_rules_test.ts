/** Midge's own form of rules: values that are read, and lines for those that are not. */
import { assertEquals, assertThrows } from "@std/assert";
import { RuleSet } from "../../../lib/access/rules/rule_set.ts";
import { parseYamlRules } from "../../../lib/access/rules/yaml_rules.ts";
import { UserError } from "../../../lib/user_error.ts";
import { answer, requestOf } from "./support.ts";

function setOf(...rules: unknown[]): RuleSet {
  return new RuleSet(parseYamlRules(rules, "acl.yaml"));
}

Deno.test("who", () => {
  const rest = { permission: "allow", action: "publish", topics: ["t"] };
  const table: [Record<string, unknown>, boolean][] = [
    [{ all: true }, true],
    [{ user: "u1" }, true],
    [{ user: ["x", "u1"] }, true],
    [{ user: { regex: "u\\d" } }, true],
    [{ user: { regex: "u" } }, false],
    [{ user: [] }, false],
    [{ clientid: "c1" }, true],
    [{ clientid: { regex: "x" } }, false],
    [{ ip: "192.0.2.0/24" }, true],
    [{ ip: ["10.0.0.1", "::1"] }, false],
    [{ ip: { regex: "192\\..*" } }, true],
    [{ and: [{ user: "u1" }, { ip: "192.0.2.7" }] }, true],
    [{ and: [{ user: "u1" }, { ip: "10.0.0.1" }] }, false],
    [{ or: [{ user: "x" }, { and: [{ all: true }] }] }, true],
  ];
  for (const [who, expected] of table) {
    const found = answer(setOf({ ...rest, ...who }), requestOf("publish", "t"));
    assertEquals(found, expected ? "allow" : "-", JSON.stringify(who));
  }
});

Deno.test("actions and topics", () => {
  const rules = setOf(
    { permission: "deny", all: true, action: "receive", topics: ["secret/#"] },
    { permission: "allow", all: true, action: "all", topics: ["a/%c", { eq: "a/#" }] },
    { permission: "deny", user: "u1", action: "subscribe", topics: "all" },
    { permission: "allow", user: "u1", action: "publish", topics: "b", qos: [0, 1], retain: true },
  );
  assertEquals(rules.hasReceiveRules, true);
  assertEquals(answer(rules, requestOf("receive", "secret/x")), "deny");
  assertEquals(answer(rules, requestOf("publish", "a/c1")), "allow");
  assertEquals(answer(rules, requestOf("subscribe", "a/#")), "allow");
  assertEquals(answer(rules, requestOf("subscribe", "$SYS/#")), "deny");
  assertEquals(answer(rules, requestOf("publish", "b", {}, { qos: 1, retain: true })), "allow");
  assertEquals(answer(rules, requestOf("publish", "b", {}, { qos: 2, retain: true })), "-");
  assertEquals(answer(rules, requestOf("publish", "b")), "-");
});

Deno.test("a rule without action and topics means everything but receive", () => {
  const rules = setOf({ permission: "deny", all: true });
  assertEquals(answer(rules, requestOf("publish", "$x")), "deny");
  assertEquals(answer(rules, requestOf("subscribe", "#")), "deny");
  assertEquals(answer(rules, requestOf("receive", "a")), "-");
});

Deno.test("no list, no rules; a rule knows where it stands", () => {
  assertEquals(parseYamlRules(null, "acl.yaml"), []);
  const [rule] = parseYamlRules([{ permission: "deny", all: true }], "acl.yaml");
  assertEquals([rule?.where, rule?.text], ["acl.yaml, rule 1", '{"permission":"deny","all":true}']);
});

const GOOD = { permission: "allow", all: true, action: "publish", topics: ["t"] };
const PROBLEMS: [unknown, string][] = [
  ["allow all", "expected a rule"],
  [{ ...GOOD, permission: "yes" }, "expected allow or deny"],
  [{ ...GOOD, permission: undefined }, "expected allow or deny"],
  [{ ...GOOD, topic: ["t"] }, "did you mean topics?"],
  [{ ...GOOD, all: undefined }, "got none, expected exactly one of"],
  [{ ...GOOD, user: "u" }, "got all and user, expected exactly one of"],
  [{ ...GOOD, all: false }, "expected true"],
  [{ ...GOOD, all: undefined, user: 123 }, "write it in quotes"],
  [{ ...GOOD, all: undefined, user: null }, "expected text"],
  [{ ...GOOD, all: undefined, user: { regex: "(" } }, "regular expression"],
  [{ ...GOOD, all: undefined, user: { re: "a" } }, "unknown key re"],
  [{ ...GOOD, all: undefined, ip: "10.0.0.0/40" }, "expected an address or network"],
  [{ ...GOOD, all: undefined, and: "x" }, "expected a list of conditions"],
  [{ ...GOOD, all: undefined, or: [{ user: "a", ip: "::1" }] }, "got user and ip"],
  [{ ...GOOD, all: undefined, or: [{ usr: "a" }] }, "did you mean user?"],
  [{ ...GOOD, action: "read" }, "expected one of publish"],
  [{ ...GOOD, action: "constructor" }, "expected one of publish"],
  [{ ...GOOD, action: undefined }, "expected both action and topics"],
  [{ ...GOOD, topics: undefined }, "expected both action and topics"],
  [{ ...GOOD, topics: ["a#"] }, "MQTT-4.7.1-2"],
  [{ ...GOOD, topics: [5] }, "expected a topic filter"],
  [{ ...GOOD, topics: [{ eq: 5 }] }, "expected a topic in quotes"],
  [{ ...GOOD, topics: [{ eq: "" }] }, "eq needs a topic"],
  [{ ...GOOD, qos: 3 }, "expected 0, 1 or 2"],
  [{ ...GOOD, retain: "yes" }, "expected true or false"],
];

Deno.test("a rule that cannot be used is named with its number", () => {
  for (const [rule, part] of PROBLEMS) {
    const error = assertThrows(
      () => parseYamlRules([GOOD, rule], "acl.yaml"),
      UserError,
    ) as UserError;
    assertEquals(error.problems.length, 1);
    assertEquals(error.message.startsWith("acl.yaml, rule 2: "), true, error.message);
    assertEquals(error.message.includes(part), true, `${JSON.stringify(rule)}: ${error.message}`);
  }
});

Deno.test("what is no list is refused", () => {
  assertThrows(() => parseYamlRules({ rules: [] }, "acl.yaml"), UserError, "expected a list");
});
