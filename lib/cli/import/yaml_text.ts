/**
 * A draft as the text of a config.yaml. Invariant: reading the text gives the draft's configuration again,
 * whatever its texts hold; a test proves it.
 */
import type { Draft, Plain } from "./draft.ts";

/** Longest list or mapping, in characters, that is written in one line. */
const FLOW_WIDTH = 90;
const INDENT = "  ";

/** Text that YAML reads as this very text without quotes, in a flow sequence too. */
const PLAIN_TEXT = /^(?:[A-Za-z_/]|\.{1,2}\/)[\w./-]*$/;
/** What YAML 1.1 and 1.2 take for something else than text. */
const OTHER_THAN_TEXT = /^(?:y|n|yes|no|on|off|true|false|null)$/i;
/** What may not stand unescaped in double quotes, beyond what JSON escapes. */
const UNPRINTABLE = /[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g;

type Mapping = { readonly [key: string]: Plain };

/** The YAML text; each line ends with a line feed. */
export function toYaml(draft: Draft): string {
  return mappingLines(draft.config, [], draft).join("\n") + "\n";
}

function isMapping(value: Plain): value is Mapping {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function textOf(text: string): string {
  if (PLAIN_TEXT.test(text) && !OTHER_THAN_TEXT.test(text)) return text;
  return JSON.stringify(text).replace(
    UNPRINTABLE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Everything in one line. */
function flow(value: Plain): string {
  if (typeof value === "string") return textOf(value);
  if (Array.isArray(value)) return `[${value.map(flow).join(", ")}]`;
  if (!isMapping(value)) return String(value);
  const pairs = Object.entries(value).map(([key, item]) => `${textOf(key)}: ${flow(item)}`);
  return pairs.length === 0 ? "{}" : `{ ${pairs.join(", ")} }`;
}

function mappingLines(mapping: Mapping, path: readonly string[], draft: Draft): string[] {
  return Object.entries(mapping).flatMap(([key, value]) => entryLines(key, value, path, draft));
}

/** `key: value` and what belongs to it, indented by the depth of `path`. */
function entryLines(key: string, value: Plain, path: readonly string[], draft: Draft): string[] {
  const here = [...path, key];
  const comment = draft.commentAt(here);
  const head = `${INDENT.repeat(path.length)}${textOf(key)}:`;
  const behind = comment === undefined ? "" : ` # ${comment.replaceAll(/[\r\n]/g, " ")}`;
  if (isMapping(value) && Object.keys(value).length > 0) {
    return [head + behind, ...mappingLines(value, here, draft)];
  }
  if (Array.isArray(value) && !fits(value)) {
    return [head + behind, ...listLines(value, here.length)];
  }
  return [`${head}${value === null ? "" : ` ${flow(value)}`}${behind}`];
}

/** Short lists of plain values stand in one line; lists of rules have a line for each. */
function fits(list: readonly Plain[]): boolean {
  return !list.some((item) => typeof item === "object") && flow(list).length <= FLOW_WIDTH;
}

function listLines(list: readonly Plain[], depth: number): string[] {
  const indent = INDENT.repeat(depth);
  return list.flatMap((item) => {
    const line = flow(item);
    if (!isMapping(item) || line.length <= FLOW_WIDTH) return [`${indent}- ${line}`];
    return Object.entries(item).flatMap(([key, value], index) => {
      const head = `${indent}${index === 0 ? "- " : "  "}${textOf(key)}:`;
      if (!Array.isArray(value) || flow(value).length <= FLOW_WIDTH) {
        return [`${head} ${flow(value)}`];
      }
      return [head, ...value.map((one) => `${indent}${INDENT}${INDENT}- ${flow(one)}`)];
    });
  });
}
