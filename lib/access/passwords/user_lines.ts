/**
 * The text of a password file with one user's line changed. Pure. Invariant: every other line stays byte for byte;
 * of a user named twice no line survives, for the last one would win.
 */
import { isBlank } from "../../text_file.ts";
import { parseStoredHash } from "./stored_hash.ts";

/** Longer names are a mistake. Bytes of UTF-8. */
const LONGEST_NAME = 1024;

/** What is wrong with a name that is to stand in a file of users, behind `got NAME`; undefined: nothing. */
export function userNameProblem(user: string): string | undefined {
  // deno-lint-ignore no-control-regex -- a line end inside a name would forge another user's line
  if (/[:\u0000-\u001f\u007f]/.test(user) || user !== user.trim() || user === "") {
    return ", expected a name without colon, outer space or line end";
  }
  if (user.startsWith("#")) return "; a line that starts with # is a comment";
  if (!user.isWellFormed()) return ", expected Unicode text";
  const { length } = new TextEncoder().encode(user);
  return length <= LONGEST_NAME ? undefined : `, expected at most ${LONGEST_NAME} bytes`;
}

/** The user of a line `user:hash`, as auth_file reads it; undefined for comments and blank lines. */
function userOf(line: string): string | undefined {
  const text = line.trim();
  const colon = text.indexOf(":");
  return text.startsWith("#") || colon < 0 ? undefined : text.slice(0, colon);
}

/** What stands in a file of users. */
export interface LineKind {
  /** As errors have it. */
  readonly expected: string;
  /** May this line, which has a colon and is no comment, stand in such a file? */
  isUserLine(line: string): boolean;
}

/** `user:hash`; a line whose hash is of no known scheme may stand in such a file, blanks or colons in its place not. */
export const HASH_LINES: LineKind = { expected: "user:hash", isUserLine };

/** The number of the first line (from 1) that shows that this is no file of that kind; undefined: it may be one. */
export function foreignLine(
  text: string,
  { isUserLine }: LineKind = HASH_LINES,
): number | undefined {
  const lines = text.split("\n").map((line) => line.trim());
  const foreign = lines.findIndex((line) => userOf(line) !== undefined && !isUserLine(line));
  if (foreign >= 0) return foreign + 1;
  if (lines.some(isUserLine)) return undefined;
  const first = lines.findIndex((line) => line !== "" && !line.startsWith("#"));
  return first < 0 ? undefined : first + 1;
}

/** `user:hash`; a blank behind the colon is taken before a hash that can be read, as auth_file does. */
function isUserLine(line: string): boolean {
  const user = userOf(line);
  if (user === undefined || user === "") return false;
  const hash = line.slice(user.length + 1);
  return /^[^\s:]+$/.test(hash) || isStoredHash(hash.trim());
}

function isStoredHash(text: string): boolean {
  try {
    parseStoredHash(text);
    return true;
  } catch {
    return false; // some other text
  }
}

/** Does the text have a line of this user? */
export function hasUser(text: string, user: string): boolean {
  return text.split("\n").some((line) => userOf(line) === user);
}

/** An empty file says nothing: auth_file takes it for one that was lost, and keeps the users before it. */
const NO_USERS = "# no users\n";

/** The text without the user's lines, never empty; undefined when it has none. */
export function removedUser(text: string, user: string): string | undefined {
  const rest = withoutUser(text, user);
  return rest !== undefined && isBlank(rest) ? NO_USERS : rest;
}

/** The text without the user's lines; undefined when it has none. */
export function withoutUser(text: string, user: string): string | undefined {
  const lines = text.split("\n");
  const kept = lines.filter((line) => userOf(line) !== user);
  return kept.length === lines.length ? undefined : kept.join("\n");
}

/** The text with the user's first line replaced, later ones dropped; or with a new last line. */
export function withUser(text: string, user: string, hash: string): string {
  const lines = text.split("\n");
  const place = lines.findIndex((line) => userOf(line) === user);
  if (place < 0) return `${text}${text === "" || text.endsWith("\n") ? "" : "\n"}${user}:${hash}\n`;
  const kept = lines.filter((line, index) => index <= place || userOf(line) !== user);
  kept[place] = `${user}:${hash}`;
  return kept.join("\n");
}
