/**
 * Where rules from EMQ X 4 mean something else here, for people who move over. Invariant: a word of
 * warning only; nothing is changed.
 */
import type { Rule } from "./rule.ts";
import type { RuleTopic } from "./rule_topic.ts";

/** One line for each rule that EMQ X 4 would have read differently. */
export function emqxDifferences(rules: readonly Rule[]): string[] {
  return rules.flatMap((rule) => [...dollarTopics(rule), ...halfPlaceholders(rule)]);
}

/** In EMQ X 4's file rules `#` and `+/...` also meant topics that begin with `$`. */
function dollarTopics(rule: Rule): string[] {
  const opens = rule.topics.some((topic) => /^[#+]/.test(filterText(topic)));
  const namesDollar = rule.topics.some((topic) =>
    topic.kind === "all" || filterText(topic).startsWith("$")
  );
  if (!opens || namesDollar) return [];
  return [
    `${rule.where}: # and + at the beginning do not mean topics that begin with $ (EMQ X 4: they ` +
    `did); add "$SYS/#" if they should: ${rule.text}`,
  ];
}

/** `x%c` is text in both, but hardly ever meant so. */
function halfPlaceholders(rule: Rule): string[] {
  const isHalf = rule.topics.some((topic) =>
    filterText(topic).split("/").some((level) => /%[ucaCd]/.test(level))
  );
  return isHalf
    ? [`${rule.where}: a placeholder such as %c is one only as a whole level: ${rule.text}`]
    : [];
}

function filterText(topic: RuleTopic): string {
  if (topic.kind === "filter") return topic.filter;
  if (topic.kind !== "template") return "";
  return topic.parts.map((part) => typeof part === "string" ? part : "\u0000").join("");
}
