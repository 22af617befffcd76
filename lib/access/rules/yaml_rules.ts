/**
 * Midge's own form of rules, plain values from YAML or from `new Broker({...})`, to rules.
 *
 *   {permission: deny, user: [u1, u2], action: publish, topics: ["a/%c/#", {eq: "#"}], qos: [1, 2]}
 *
 * Who is one of `all: true`, `user`, `clientid`, `ip`, `and`, `or`. Without `action` and `topics` a
 * rule means both publish and subscribe, and every topic. Invariant: all or nothing; every rule that
 * cannot be used is named with its number.
 */
import { UserError } from "../../user_error.ts";
import { isMapping, suggestion } from "../../config/keys.ts";
import { show } from "../../config/problems.ts";
import type { QoS } from "../../wire/packets.ts";
import { type Network, parseNetwork } from "../../cidr.ts";
import { Pattern, PatternError } from "./pattern.ts";
import { EVERYBODY, type Rule, type RuleAction, type Who } from "./rule.ts";
import { fixedText, RuleError } from "./rule_error.ts";
import { ALL_TOPICS, literalTopic, parseRuleTopic, type RuleTopic } from "./rule_topic.ts";

const WHO_KEYS = ["all", "user", "clientid", "ip", "and", "or"] as const;
const RULE_KEYS = ["permission", ...WHO_KEYS, "action", "topics", "qos", "retain"];
const ACTIONS: ReadonlyMap<unknown, RuleAction> = new Map([
  ["publish", "publish"],
  ["subscribe", "subscribe"],
  ["pubsub", "pubsub"],
  ["all", "pubsub"],
  ["receive", "receive"],
]);

/**
 * Reads a list of rules; null is none.
 * @param source names the list in errors and in each rule's `where`: `acl.yaml`
 * @throws UserError with a line for each problem: `acl.yaml, rule 3: what`
 */
export function parseYamlRules(value: unknown, source: string): Rule[] {
  if (value === null || value === undefined) return [];
  if (!Array.isArray(value)) {
    throw new UserError(`${source}: got ${show(value)}, expected a list of rules`);
  }
  const problems: string[] = [];
  const rules: Rule[] = [];
  value.forEach((item: unknown, index) => {
    const where = `${source}, rule ${index + 1}`;
    try {
      rules.push({ ...readRule(item), where, text: JSON.stringify(item) });
    } catch (error) {
      if (!(error instanceof RuleError || error instanceof PatternError)) throw error;
      problems.push(`${where}: ${error.message}`);
    }
  });
  if (problems.length > 0) throw new UserError(problems);
  return rules;
}

function readRule(item: unknown): Omit<Rule, "where" | "text"> {
  const rule = readMapping(item, RULE_KEYS, "a rule");
  if (rule.permission !== "allow" && rule.permission !== "deny") {
    throw new RuleError(`permission: got ${show(rule.permission)}, expected allow or deny`);
  }
  if ((rule.action === undefined) !== (rule.topics === undefined)) {
    throw new RuleError("expected both action and topics, or (for everything) neither");
  }
  return {
    permission: rule.permission,
    who: readWho(rule),
    action: readAction(rule.action),
    topics: readTopics(rule.topics),
    qos: readQos(rule.qos),
    retain: readRetain(rule.retain),
  };
}

/** Checks that every key is known and that `value` is a mapping at all. */
function readMapping(
  value: unknown,
  known: readonly string[],
  what: string,
): Readonly<Record<string, unknown>> {
  if (!isMapping(value)) throw new RuleError(`got ${show(value)}, expected ${what}`);
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) {
      throw new RuleError(`unknown key ${key}; ${suggestion(key, known, "keys")}`);
    }
  }
  return value;
}

function readWho(holder: Readonly<Record<string, unknown>>): Who {
  const given = WHO_KEYS.filter((key) => holder[key] !== undefined);
  const [key] = given;
  if (key === undefined || given.length > 1) {
    const found = given.length === 0 ? "none" : given.join(" and ");
    throw new RuleError(
      `got ${found}, expected exactly one of ${WHO_KEYS.join(", ")} (several: and: [...])`,
    );
  }
  const value = holder[key];
  switch (key) {
    case "all":
      if (value === true) return EVERYBODY;
      throw new RuleError(`all: got ${show(value)}, expected true`);
    case "user":
    case "clientid":
      return patternOf(key, value) ??
        { kind: key, names: new Set(readTexts(key, value).map(fixedText)) };
    case "ip":
      return patternOf(key, value) ??
        { kind: key, networks: readTexts(key, value).map(readNetwork) };
    case "and":
    case "or":
      if (!Array.isArray(value)) {
        throw new RuleError(`${key}: got ${show(value)}, expected a list of conditions`);
      }
      return {
        kind: key,
        parts: value.map((part: unknown) => readWho(readMapping(part, WHO_KEYS, "a condition"))),
      };
  }
}

function patternOf(field: "user" | "clientid" | "ip", value: unknown): Who | undefined {
  if (!isMapping(value)) return undefined;
  const { regex } = readMapping(value, ["regex"], "a mapping with regex");
  if (typeof regex !== "string") {
    throw new RuleError(`${field}.regex: got ${show(regex)}, expected a regular expression`);
  }
  return { kind: "pattern", field, pattern: new Pattern(fixedText(regex)) };
}

/** One text, or a list of texts. */
function readTexts(key: string, value: unknown): string[] {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  return list.map((item) => {
    if (typeof item === "string") return item;
    const hint = typeof item === "number" || typeof item === "boolean"
      ? " (write it in quotes)"
      : "";
    throw new RuleError(`${key}: got ${show(item)}, expected text${hint}`);
  });
}

function readNetwork(text: string): Network {
  const network = parseNetwork(text);
  if (network !== undefined) return network;
  throw new RuleError(
    `ip: got ${show(text)}, expected an address or network (192.0.2.7, 10.0.0.0/8, fd00::/8)`,
  );
}

function readAction(value: unknown): RuleAction {
  const action = value === undefined ? "pubsub" : ACTIONS.get(value);
  if (action !== undefined) return action;
  throw new RuleError(
    `action: got ${show(value)}, expected one of ${[...ACTIONS.keys()].join(", ")}`,
  );
}

function readTopics(value: unknown): RuleTopic[] {
  if (value === undefined) return [ALL_TOPICS];
  return (Array.isArray(value) ? value : [value]).map((item: unknown) => {
    if (item === "all") return ALL_TOPICS;
    if (typeof item === "string") return parseRuleTopic(item);
    if (!isMapping(item)) {
      throw new RuleError(`topics: got ${show(item)}, expected a topic filter, {eq: ...} or all`);
    }
    const { eq } = readMapping(item, ["eq"], "a mapping with eq");
    if (typeof eq === "string") return literalTopic(eq);
    throw new RuleError(`topics: got {eq: ${show(eq)}}, expected a topic in quotes`);
  });
}

function readQos(value: unknown): QoS[] | undefined {
  if (value === undefined) return undefined;
  return (Array.isArray(value) ? value : [value]).map((item: unknown) => {
    if (item === 0 || item === 1 || item === 2) return item;
    throw new RuleError(`qos: got ${show(item)}, expected 0, 1 or 2, or a list of them`);
  });
}

function readRetain(value: unknown): boolean | undefined {
  if (value === undefined || typeof value === "boolean") return value;
  throw new RuleError(`retain: got ${show(value)}, expected true or false`);
}
