/**
 * Text of a YAML file -> plain values. Invariant: a syntax error, and a key that YAML does not read as text, is a
 * UserError whose line names file, line and column (both from 1).
 */
import { parse } from "@std/yaml";
import { UserError } from "../user_error.ts";
import { findOddKeys } from "./yaml_keys.ts";

/** @std/yaml is untyped as npm has it; this is the face used here. */
const parseText: (text: string) => unknown = parse;

/** The parser's message without its position and its picture of the place, and the position as `:2:7`. */
function plainMessage(error: Error): { text: string; place: string } {
  const [head = ""] = error.message.split("\n", 1);
  const position = /^(.*) at line (\d+), column (-?\d+):?$/.exec(head);
  if (position === null) return { text: withoutContent(head), place: "" };
  const [, said = "", line, column] = position;
  const text = withoutContent(said);
  // Of a duplicated key it knows the line only and gives a column before the first.
  return { text, place: Number(column) > 0 ? `:${line}:${column}` : `:${line}` };
}

/** What the file says is not repeated: `password: *secret` is an alias that is not known, `!secret` a tag. */
function withoutContent(text: string): string {
  const bare = text.replaceAll(/ *(?:"[^"]*"|!?<[^>]*>)/g, "");
  return /\b(?:alias|tag)\b/.test(bare)
    ? `${bare}; a text that begins with *, & or ! needs quotes`
    : bare;
}

/**
 * Parses one YAML document.
 * @param file names the text in errors
 * @throws UserError when it is not YAML, or has keys that YAML reads as numbers, dates, switches, ...
 */
export function parseYaml(text: string, file: string): unknown {
  let value: unknown;
  try {
    value = parseText(text);
  } catch (cause) {
    const { text: what, place } = plainMessage(
      cause instanceof Error ? cause : new Error(`${cause}`),
    );
    throw new UserError(`${file}${place}: not valid YAML: ${what}`, { cause });
  }
  const odd = findOddKeys(text, value, parseText);
  if (odd.length === 0) return value;
  throw new UserError(odd.map(({ place, key }) => `${file}${place}: ${whatIsOdd(key)}`));
}

/**
 * Parses a configuration.
 * @throws UserError as `parseYaml`, and when nothing is said in it: a file that was emptied must not mean the defaults
 */
export function parseConfig(text: string, file: string): unknown {
  const value = parseYaml(text, file);
  if (value !== null && value !== undefined) return value;
  throw new UserError(
    `${file}: nothing is said in it; expected a configuration such as config.yaml`,
  );
}

function whatIsOdd(key: string | undefined): string {
  if (key === undefined) return "a list or mapping stands where a key should; expected text";
  return `YAML does not read the key ${key} as text; write it in quotes: "${key}"`;
}
