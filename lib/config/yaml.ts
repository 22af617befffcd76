/**
 * Text of a YAML file -> plain values. Invariant: a syntax error, and a key that YAML does not read as text, is a
 * UserError whose line names file, line and column (both from 1).
 */
import { parse } from "@std/yaml";
import { UserError } from "../user_error.ts";
import { findOddBlank, lastOddBlank } from "./yaml_blanks.ts";
import { findOddKeys } from "./yaml_keys.ts";
import { findKeyTwice } from "./yaml_twice.ts";

/** @std/yaml is untyped as npm has it; this is the face used here. */
const parseText: (text: string) => unknown = parse;

/** What the parser says of the first mistake: its words, and where, from 1; a line of 0 is unknown. */
interface Complaint {
  readonly what: string;
  readonly line: number;
  /** Of some mistakes it gives one before the first. */
  readonly column: number;
}

/** The parser's message taken apart, without its picture of the place. */
function complaintOf(error: unknown): Complaint {
  const message = error instanceof Error ? error.message : String(error);
  const [head = ""] = message.split("\n", 1);
  const [, what = head, line, column] = /^(.*) at line (\d+), column (-?\d+):?$/.exec(head) ?? [];
  return { what, line: Number(line ?? 0), column: Number(column ?? 0) };
}

function complaintText(text: string, { what, line, column }: Complaint): string {
  const twice = what.endsWith("duplicated key") ? findKeyTwice(text, line, parseText) : undefined;
  if (twice !== undefined) {
    const first = twice.first === undefined ? "" : `, first in line ${twice.first}`;
    return `:${twice.line}:${twice.column}: the key ${twice.key} is there twice${first}`;
  }
  const place = line === 0 ? "" : column > 0 ? `:${line}:${column}` : `:${line}`;
  const blank = lastOddBlank(text, line);
  const hint = blank === undefined
    ? ""
    : `; line ${blank.line} is indented by ${blank.what}, where YAML takes spaces`;
  return `${place}: not valid YAML: ${withoutContent(what)}${hint}`;
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
 * @throws UserError when it is not YAML, is indented by something else than spaces, or has keys that are there twice
 * or that YAML reads as numbers, dates, switches, ...
 */
export function parseYaml(text: string, file: string): unknown {
  const blank = findOddBlank(text, parseText);
  if (blank !== undefined) {
    const { line, column, what } = blank;
    throw new UserError(`${file}:${line}:${column}: ${what} in the indentation; expected spaces`);
  }
  const value = readText(text, file);
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

function readText(text: string, file: string): unknown {
  try {
    return parseText(text);
  } catch (cause) {
    throw new UserError(`${file}${complaintText(text, complaintOf(cause))}`, { cause });
  }
}

function whatIsOdd(key: string | undefined): string {
  if (key === undefined) return "a list or mapping stands where a key should; expected text";
  return `YAML does not read the key ${key} as text; write it in quotes: "${key}"`;
}
