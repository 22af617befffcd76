/**
 * The topics of access rules, with placeholders for what is known of the client.
 *
 * Invariant: a client's value never widens a right. A value stands for (a part of) one level; one
 * that is missing, empty, has `/`, `+`, `#` or U+0000, or would make the topic begin with `$`, makes
 * its filter match nothing.
 */
import { topicFilterProblem } from "../../topic/filter.ts";
import { RuleError } from "./rule_error.ts";
import { strayPlaceholder } from "./stray.ts";

/** What a placeholder stands for. */
export type PlaceholderField =
  | "username"
  | "clientId"
  | "address"
  | "commonName"
  | "certificateSubject";

/** A part of a template: text as it is, or a client's value. */
export type TemplatePart = string | { readonly field: PlaceholderField };

/** One topic of a rule. `prefix` is what stands before its first wildcard, see {@link hasPrefix}. */
export type RuleTopic =
  /** Every topic, those that begin with `$` included. */
  | { readonly kind: "all" }
  /** This text, literally. */
  | { readonly kind: "eq"; readonly topic: string }
  | { readonly kind: "filter"; readonly filter: string; readonly prefix: readonly TemplatePart[] }
  /** A filter with placeholders. */
  | {
    readonly kind: "template";
    readonly parts: readonly TemplatePart[];
    readonly prefix: readonly TemplatePart[];
  };

/** Gives a client's value of a field, undefined when there is none that may be filled in. */
export type FieldValues = (field: PlaceholderField) => string | undefined;

/** Placeholders that are a whole level, EMQ X 4 and the guide. */
const LEVEL_PLACEHOLDERS: ReadonlyMap<string, PlaceholderField> = new Map([
  ["%u", "username"],
  ["%c", "clientId"],
  ["%a", "address"],
  ["%C", "commonName"],
  ["%d", "certificateSubject"],
]);

/** Placeholders of EMQ X 5, which may also be a part of a level. */
const NAMED_PLACEHOLDERS: ReadonlyMap<string, PlaceholderField> = new Map([
  ["username", "username"],
  ["clientid", "clientId"],
  ["peerhost", "address"],
  ["cert_common_name", "commonName"],
  ["cert_subject", "certificateSubject"],
]);

/** Every topic. */
export const ALL_TOPICS: RuleTopic = { kind: "all" };

/**
 * Reads a topic filter with placeholders.
 * @throws RuleError when it is no topic filter, or has a placeholder that has no value there
 */
export function parseRuleTopic(text: string): RuleTopic {
  const parts = mergeTexts(text.split("/").flatMap(levelParts));
  const sample = parts.map((part) => typeof part === "string" ? part : "x").join("");
  const problem = topicFilterProblem(sample);
  if (problem !== undefined) throw new RuleError(`topic "${text}": ${problem}`);
  const prefix = prefixOf(parts);
  if (parts.every((part) => typeof part === "string")) {
    return { kind: "filter", filter: text, prefix };
  }
  return { kind: "template", parts, prefix };
}

/**
 * Reads a topic as EMQ X writes it in one text: `eq TOPIC` is TOPIC literally, anything else a filter
 * with placeholders.
 * @throws RuleError
 */
export function parseRuleTopicOrEq(text: string): RuleTopic {
  return text.startsWith("eq ") ? literalTopic(text.slice(3)) : parseRuleTopic(text);
}

/**
 * A topic that is taken literally, wildcards and placeholders included.
 * @throws RuleError when it is empty
 */
export function literalTopic(topic: string): RuleTopic {
  if (topic === "") throw new RuleError("eq needs a topic");
  return { kind: "eq", topic };
}

/** The template with the client's values; undefined when one may not be filled in. */
export function fillTemplate(
  parts: readonly TemplatePart[],
  values: FieldValues,
): string | undefined {
  let filter = "";
  for (const part of parts) {
    const text = typeof part === "string" ? part : values(part.field);
    // A value must not open the topics that begin with $, which wildcards cannot reach either.
    if (text === undefined || (filter === "" && part !== text && text.startsWith("$"))) {
      return undefined;
    }
    filter += text;
  }
  return filter;
}

/** A client's value, if it may stand in a level: not missing, not empty, no separator, no wildcard. */
export function levelValue(value: string | undefined): string | undefined {
  if (value === undefined || value === "") return undefined;
  const isHostile = value.includes("/") || value.includes("+") || value.includes("#") ||
    value.includes("\u0000");
  return isHostile ? undefined : value;
}

/**
 * The part of a filter that everything it matches begins with: up to its first wildcard, and for
 * `a/#`, which matches `a`, without the separator.
 */
export function literalPrefix(filter: string): string {
  const plus = filter.indexOf("+");
  if (plus >= 0) return filter.slice(0, plus);
  return filter.endsWith("#") ? filter.slice(0, filter.endsWith("/#") ? -2 : -1) : filter;
}

/**
 * A quick look that spares most filters a comparison: can `text` begin with this prefix? When
 * `mayEnd`, a text that ends within the prefix can too.
 */
export function hasPrefix(
  text: string,
  prefix: readonly TemplatePart[],
  values: FieldValues,
  mayEnd: boolean,
): boolean {
  let at = 0;
  for (const part of prefix) {
    const wanted = typeof part === "string" ? part : values(part.field);
    if (wanted === undefined) return false;
    if (!text.startsWith(wanted, at)) {
      return mayEnd && text.length - at < wanted.length && wanted.startsWith(text.slice(at));
    }
    at += wanted.length;
  }
  return true;
}

function prefixOf(parts: readonly TemplatePart[]): TemplatePart[] {
  const prefix: TemplatePart[] = [];
  for (const part of parts) {
    const literal = typeof part === "string" ? literalPrefix(part) : part;
    if (literal !== "") prefix.push(literal);
    if (literal !== part) break;
  }
  return prefix;
}

/** The parts of one level, behind a `/` unless it is the first. */
function levelParts(level: string, index: number): TemplatePart[] {
  const separator = index === 0 ? [] : ["/"];
  const field = LEVEL_PLACEHOLDERS.get(level);
  if (field !== undefined) return [...separator, { field }];
  checkLevel(level);
  return [...separator, ...namedParts(level)];
}

/** What looks like a placeholder and stays text would make a rule that never applies. */
function checkLevel(level: string): void {
  const stray = strayPlaceholder(level.replaceAll(/\$\{[^}]*\}/g, ""));
  if (stray === undefined) return;
  const whole = [...LEVEL_PLACEHOLDERS.keys()].join(", ");
  throw new RuleError(
    `topic level "${level}": ${stray} has no value here; expected ${whole} as a whole level, a part of a level ` +
      "like \${clientid}, or eq for the text itself",
  );
}

function namedParts(level: string): TemplatePart[] {
  const open = level.indexOf("${");
  if (open < 0) return [level];
  const close = level.indexOf("}", open);
  const name = close < 0 ? level.slice(open + 2) : level.slice(open + 2, close);
  const field = NAMED_PLACEHOLDERS.get(name);
  if (close < 0 || field === undefined) {
    const known = [...NAMED_PLACEHOLDERS.keys()].map((key) => `\${${key}}`).join(", ");
    throw new RuleError(`topic level "${level}": expected one of ${known}`);
  }
  return [level.slice(0, open), { field }, ...namedParts(level.slice(close + 1))];
}

function mergeTexts(parts: readonly TemplatePart[]): TemplatePart[] {
  const merged: TemplatePart[] = [];
  for (const part of parts) {
    const last = merged.at(-1);
    if (part === "") continue;
    if (typeof part === "string" && typeof last === "string") {
      merged[merged.length - 1] = last + part;
    } else merged.push(part);
  }
  return merged;
}
