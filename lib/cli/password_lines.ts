/**
 * The text of a password file with one user's line changed. Pure. Invariant: every other line stays byte for byte;
 * of a user named twice no line survives, for the last one would win.
 */
import { parseStoredHash } from "../access/passwords/stored_hash.ts";

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
