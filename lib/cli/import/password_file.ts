/**
 * Looks through a password file for lines that auth_file could not use. Invariant: reads lines as
 * plugins/auth_file.ts does; no part of a hash gets into a message.
 */
import { parseStoredHash, UnsupportedHashError } from "../../access/passwords/stored_hash.ts";
import type { SourceFile } from "./draft.ts";
import { numberedLines } from "./statements.ts";

/** A line that cannot be used. */
export interface UnusableLine {
  readonly line: number;
  readonly user: string;
  readonly why: string;
}

/** How many lines can be used, and which cannot. */
export function unusableLines(file: SourceFile): { usable: number; problems: UnusableLine[] } {
  let usable = 0;
  const problems: UnusableLine[] = [];
  for (const { line, number } of numberedLines(file.text)) {
    const text = line.trim();
    if (text.startsWith("#")) continue;
    const colon = text.indexOf(":");
    const user = colon < 0 ? text : text.slice(0, colon);
    const why = colon < 1 ? "has no password" : hashProblem(text.slice(colon + 1).trim());
    if (why === undefined) usable++;
    else problems.push({ line: number, user: JSON.stringify(user), why });
  }
  return { usable, problems };
}

function hashProblem(hash: string): string | undefined {
  try {
    parseStoredHash(hash);
    return undefined;
  } catch (error) {
    if (error instanceof UnsupportedHashError) return error.message;
    throw error;
  }
}
