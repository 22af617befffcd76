/**
 * Values as mosquitto's own parser reads them: of switches, numbers and words the first word counts, whatever stands
 * behind it; of texts the whole rest of the line. Invariant: what mosquitto would refuse is refused, and a number that
 * has no digits too, which it takes for 0.
 */
import type { UserError } from "../../user_error.ts";
import { badValue, type Statement } from "./statements.ts";

/** The first word; `# a comment` behind it does not matter. Empty where there is none. */
export function wordOf({ value }: Statement): string {
  return value.split(" ", 1)[0]!;
}

/** All words in front of one that begins with `#`. */
export function wordsOf({ value }: Statement): string[] {
  const words = value.split(" ").filter((word) => word !== "");
  const comment = words.findIndex((word) => word.startsWith("#"));
  return comment < 0 ? words : words.slice(0, comment);
}

/** `true`, `1`, `false`, `0`. @throws UserError */
export function flagOf(statement: Statement): boolean {
  const word = wordOf(statement);
  if (word === "true" || word === "1") return true;
  if (word === "false" || word === "0") return false;
  throw badValue({ ...statement, value: word }, "true or false");
}

/** The digits that the first word begins with. @throws UserError where there are none, or outside of the range */
export function numberOf(
  statement: Statement,
  least = 0,
  most = Number.MAX_SAFE_INTEGER,
): number {
  const number = digitsOf(statement);
  if (number >= least && number <= most) return number;
  throw outOfRange(statement, least, most);
}

/** The same; below 0 is 0, as mosquitto takes it. */
export function countOf(statement: Statement, most: number = Number.MAX_SAFE_INTEGER): number {
  const number = digitsOf(statement);
  if (number <= most) return Math.max(0, number);
  throw outOfRange(statement, 0, most);
}

function digitsOf(statement: Statement): number {
  const digits = /^[+-]?\d+/.exec(wordOf(statement))?.[0];
  return digits === undefined ? NaN : Number(digits);
}

function outOfRange(statement: Statement, least: number, most: number): UserError {
  const isOpen = most === Number.MAX_SAFE_INTEGER || Number.isNaN(digitsOf(statement));
  return badValue(statement, `a whole number from ${least} ${isOpen ? "on" : `to ${most}`}`);
}
