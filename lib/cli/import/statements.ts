/**
 * Lines of `key value` (mosquitto.conf) and `key = value` (EMQ X's files) with their places. Invariant: comments
 * and blank lines are gone; every statement knows its line.
 */
import { masked } from "../../secrets.ts";
import { UserError } from "../../user_error.ts";
import { type Place, showPlace, type SourceFile } from "./draft.ts";

/** One setting. */
export interface Statement {
  readonly key: string;
  /** Without outer space; empty where there is none. */
  readonly value: string;
  /** The value with what looks like a comment behind it, where something does. */
  readonly whole?: string;
  readonly place: Place;
}

const ASSIGNMENT = /^\s*([\w.$@/:\\-]+)\s*=\s*(("[^"]*"|.*?)(?:\s+#.*)?)\s*$/;

/** The lines of a text that are not blank, without their line ends; numbers from 1. */
export function numberedLines(text: string): { line: string; number: number }[] {
  return text.replace(/^\ufeff/, "").split("\n")
    .map((line, index) => ({ line: line.replace(/\r$/, ""), number: index + 1 }))
    .filter(({ line }) => line.trim() !== "");
}

/** mosquitto's form: the key ends at the first space (no tab); a comment has its # at the very beginning. */
export function spacedStatements({ name, text }: SourceFile): Statement[] {
  return numberedLines(text).filter(({ line }) => !line.startsWith("#")).map(({ line, number }) => {
    const [, key = "", value = ""] = /^ *([^ ]+)(.*)$/s.exec(line) ?? [];
    return { key, value: value.trim(), place: { file: name, line: number } };
  });
}

/**
 * EMQ X 4's form (cuttlefish). Its parser knows no comment behind a value: a text goes on to the end of the line
 * (`whole`), and in front of anything else such a comment is an error there; here it is passed over. Quotes around a
 * value are not part of it. A line `include FILE` is a statement too.
 * @throws UserError with a line for each line that is none of these
 */
export function assignments({ name, text }: SourceFile): Statement[] {
  const problems: string[] = [];
  const statements: Statement[] = [];
  for (const { line, number } of numberedLines(text)) {
    const place = { file: name, line: number };
    if (/^\s*(?:#|\{\{.+\}\}\s*$)/.test(line)) continue;
    const include = /^\s*include\s+(\S.*?)\s*$/.exec(line)?.[1];
    if (include !== undefined && !include.startsWith("=")) {
      statements.push({ key: "include", value: include, place });
      continue;
    }
    const [, key, whole, value] = ASSIGNMENT.exec(line) ?? [];
    if (key === undefined) problems.push(`${showPlace(place)}: expected key = value`);
    else {
      const isCut = whole !== value && !value!.startsWith('"');
      const plain = value!.replace(/^"(.*)"$/, "$1");
      statements.push({ key, value: plain, place, ...(isCut && { whole: whole! }) });
    }
  }
  if (problems.length > 0) throw new UserError(problems);
  return statements;
}

/** The value of a text, which takes in what would be a comment elsewhere. */
export function textOf({ value, whole }: Statement): string {
  return whole ?? value;
}

/** The error for a value that the other broker would not have understood either. */
export function badValue({ key, value, place }: Statement, expected: string): UserError {
  const got = masked(JSON.stringify(value));
  return new UserError(`${showPlace(place)}: ${key}: got ${got}, expected ${expected}`);
}

/** A whole number, `least` or more. @throws UserError */
export function readNumber(statement: Statement, least = 0): number {
  const number = /^-?\d+$/.test(statement.value) ? Number(statement.value) : NaN;
  if (Number.isSafeInteger(number) && number >= least) return number;
  throw badValue(statement, `a whole number from ${least} on`);
}

/** `true`, `on`, `yes` and `false`, `off`, `no`. @throws UserError */
export function readFlag(statement: Statement): boolean {
  if (/^(true|on|yes)$/i.test(statement.value)) return true;
  if (/^(false|off|no)$/i.test(statement.value)) return false;
  throw badValue(statement, "true or false");
}
