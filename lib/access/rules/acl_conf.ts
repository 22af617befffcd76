/**
 * EMQ X's acl.conf, versions 4 and 5, to rules.
 *
 *   {allow | deny, all}.
 *   {allow | deny, Who, Action, Topics}.
 *
 * Invariant: all or nothing; every rule that cannot be used is named with its line and column.
 */
import { UserError } from "../../user_error.ts";
import type { QoS } from "../../wire/packets.ts";
import { parseNetwork } from "../../cidr.ts";
import { ErlangSyntaxError, parseTerms, type Term } from "./erlang.ts";
import { Pattern, PatternError } from "./pattern.ts";
import { EVERYBODY, type Rule, type RuleAction, type Who } from "./rule.ts";
import { fixedText, RuleError } from "./rule_error.ts";
import { ALL_TOPICS, literalTopic, parseRuleTopicOrEq, type RuleTopic } from "./rule_topic.ts";

/** A rule that cannot be used, at the term that is to blame. */
class TermError extends Error {
  readonly term: Term;
  constructor(message: string, term: Term, options?: ErrorOptions) {
    super(message, options);
    this.term = term;
  }
}

/** `receive` is Midge's own. */
const ACTIONS: ReadonlyMap<string, RuleAction> = new Map([
  ["publish", "publish"],
  ["subscribe", "subscribe"],
  ["pubsub", "pubsub"],
  ["all", "pubsub"],
  ["receive", "receive"],
]);

/**
 * Reads the text of an acl.conf.
 * @param source names the text in errors and in each rule's `where`
 * @throws UserError with a line for each problem: `acl.conf:12:3: what`
 */
export function parseAclConf(text: string, source: string): Rule[] {
  const problems: string[] = [];
  const rules: Rule[] = [];
  for (const term of readTerms(text, source)) {
    try {
      rules.push({
        ...compileRule(term),
        where: `${source}:${term.line}`,
        text: text.slice(term.start, term.end).replaceAll(/\s+/g, " "),
      });
    } catch (error) {
      if (!(error instanceof TermError)) throw error;
      problems.push(`${source}:${error.term.line}:${error.term.column}: ${error.message}`);
    }
  }
  if (problems.length > 0) throw new UserError(problems);
  return rules;
}

function readTerms(text: string, source: string): Term[] {
  try {
    return parseTerms(text);
  } catch (cause) {
    if (!(cause instanceof ErlangSyntaxError)) throw cause;
    throw new UserError(`${source}:${cause.line}:${cause.column}: ${cause.message}`, { cause });
  }
}

function compileRule(term: Term): Omit<Rule, "where" | "text"> {
  const parts = term.kind === "tuple" ? term.items : [];
  if (parts.length !== 2 && parts.length !== 4) {
    throw new TermError(
      "expected {allow or deny, all} or {allow or deny, Who, Action, Topics}",
      term,
    );
  }
  const [permission, who, action, topics] = parts as [Term, Term, Term?, Term?];
  const compiled = compilePermission(permission);
  if (action === undefined || topics === undefined) {
    if (!isAtom(who, "all")) {
      throw new TermError("a rule of two parts is {allow or deny, all}", who);
    }
    return { permission: compiled, who: EVERYBODY, action: "pubsub", topics: [ALL_TOPICS] };
  }
  return {
    permission: compiled,
    who: compileWho(who),
    ...compileAction(action),
    topics: compileTopics(topics),
  };
}

function compilePermission(term: Term): "allow" | "deny" {
  if (isAtom(term, "allow")) return "allow";
  if (isAtom(term, "deny")) return "deny";
  throw new TermError("expected allow or deny", term);
}

function compileWho(term: Term): Who {
  if (isAtom(term, "all")) return EVERYBODY;
  const [key, value] = pair(term, "all or a pair such as {user, ...}");
  switch (key) {
    case "user":
    case "username":
      return compileName("user", value);
    case "client":
    case "clientid":
      return compileName("clientid", value);
    case "ipaddr":
      return { kind: "ip", networks: [compileNetwork(value)] };
    case "ipaddrs":
      return { kind: "ip", networks: itemsOf(value, "a list of networks").map(compileNetwork) };
    case "and":
    case "or":
      return { kind: key, parts: itemsOf(value, "a list of conditions").map(compileWho) };
    default:
      throw new TermError(
        `unknown condition ${key}; known: all, user, username, client, clientid, ipaddr, ipaddrs, ` +
          "and, or",
        term,
      );
  }
}

/** `all` is everybody, also those without a username, as in EMQ X. */
function compileName(kind: "user" | "clientid", term: Term): Who {
  if (isAtom(term, "all")) return EVERYBODY;
  if (term.kind === "string") {
    return {
      kind,
      names: new Set([blaming(term, () => fixedText(term.text))]),
    };
  }
  const [key, pattern] = pair(term, 'all, a text in "..." or {re, "..."}');
  if (key !== "re") throw new TermError(`unknown ${key}; expected {re, "..."}`, term);
  return { kind: "pattern", field: kind, pattern: compilePattern(pattern) };
}

function compilePattern(term: Term): Pattern {
  const source = textOf(term, "a regular expression");
  return blaming(term, () => new Pattern(fixedText(source)));
}

function compileNetwork(term: Term) {
  const text = textOf(term, "an address or network");
  const network = parseNetwork(text);
  if (network !== undefined) return network;
  throw new TermError(`"${text}" is no address or network (192.0.2.7, 10.0.0.0/8, fd00::/8)`, term);
}

function compileAction(term: Term): Pick<Rule, "action" | "qos" | "retain"> {
  const known = [...ACTIONS.keys()].join(", ");
  const [name, conditions] = term.kind === "atom" ? [term.text] : pair(term, known);
  const action = ACTIONS.get(name);
  if (action === undefined) throw new TermError(`unknown action ${name}; known: ${known}`, term);
  if (conditions === undefined) return { action };
  let qos: QoS[] | undefined;
  let retain: boolean | undefined;
  for (const condition of itemsOf(conditions, "a list of {qos, ...} and {retain, ...}")) {
    const [key, value] = pair(condition, "{qos, ...} or {retain, ...}");
    if (key === "qos") qos = [...(qos ?? []), ...compileQos(value)];
    else if (key === "retain") retain = compileRetain(value);
    else throw new TermError(`unknown condition ${key}; known: qos, retain`, condition);
  }
  return { action, qos, retain };
}

function compileQos(term: Term): QoS[] {
  const items = term.kind === "list" ? term.items : [term];
  return items.map((item) => {
    if (item.kind === "integer" && item.value >= 0 && item.value <= 2) return item.value as QoS;
    throw new TermError("expected QoS 0, 1 or 2, or a list of them", item);
  });
}

function compileRetain(term: Term): boolean | undefined {
  if (isAtom(term, "all")) return undefined;
  if (isAtom(term, "true") || isAtom(term, "false")) return isAtom(term, "true");
  throw new TermError("expected true, false or all", term);
}

function compileTopics(term: Term): RuleTopic[] {
  if (isAtom(term, "all")) return [ALL_TOPICS];
  if (term.kind === "string") return [compileTopic(term)];
  return itemsOf(term, "a list of topics, or all").map(compileTopic);
}

function compileTopic(term: Term): RuleTopic {
  if (isAtom(term, "all")) return ALL_TOPICS;
  if (term.kind === "string") return blaming(term, () => parseRuleTopicOrEq(term.text));
  const [key, topic] = pair(term, 'a topic in "...", {eq, "..."} or all');
  if (key !== "eq") throw new TermError(`unknown ${key}; expected {eq, "..."}`, term);
  return blaming(topic, () => literalTopic(textOf(topic, "a topic")));
}

/** Runs `read`; what it finds wrong is this term's fault. */
function blaming<T>(term: Term, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof RuleError || cause instanceof PatternError)) throw cause;
    throw new TermError(cause.message, term, { cause });
  }
}

function isAtom(term: Term, text: string): boolean {
  return term.kind === "atom" && term.text === text;
}

/** The name and the value of `{name, Value}`. */
function pair(term: Term, expected: string): [string, Term] {
  if (term.kind === "tuple" && term.items.length === 2) {
    const [key, value] = term.items as [Term, Term];
    if (key.kind === "atom") return [key.text, value];
  }
  throw new TermError(`expected ${expected}`, term);
}

function itemsOf(term: Term, expected: string): readonly Term[] {
  if (term.kind === "list") return term.items;
  throw new TermError(`expected ${expected}`, term);
}

function textOf(term: Term, expected: string): string {
  if (term.kind === "string") return term.text;
  throw new TermError(`expected ${expected} in "..."`, term);
}
