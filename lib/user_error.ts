/**
 * The one error for what a person did or wrote wrong, and what any error says in one line. A stack trace never
 * reaches a person: the command line prints the problems, the log a line for each. No line has a URL's password.
 */
import { maskedUrls } from "./secrets.ts";
import { unfetchedPackage } from "./unfetched_package.ts";

/** What is wrong, where, and what was expected; each problem is one line. */
export class UserError extends Error {
  /** One line each. */
  readonly problems: readonly string[];

  /** `problems`: one line, or a line for each of them. */
  constructor(problems: string | readonly string[], options?: ErrorOptions) {
    const lines = withoutRepeats(typeof problems === "string" ? [problems] : problems)
      .map(maskedUrls);
    super(lines.join("\n"), options);
    this.name = "UserError";
    this.problems = lines;
  }
}

/** What was asked for by its name is not there. */
export class NotFoundError extends UserError {}

/** What was asked for does not go with what has happened meanwhile. */
export class ConflictError extends UserError {}

/** `; known keys: a, b` and `; did you mean b? Known keys: a, b` at the end of a line. */
const KNOWN_WORDS = /(?:; k| K)(nown \w+: .*)$/;

/** A list of all known words is said in the first line that has it. */
function withoutRepeats(lines: readonly string[]): readonly string[] {
  const said = new Set<string>();
  return lines.map((line) => {
    const [ending, list] = KNOWN_WORDS.exec(line) ?? [];
    if (ending === undefined || list === undefined) return line;
    if (said.has(list)) return line.slice(0, -ending.length);
    said.add(list);
    return line;
  });
}

/** Colours, which Deno's words about a module have on a terminal. */
// deno-lint-ignore no-control-regex -- these are what must not reach a log
export const COLOURS: RegExp = /\x1b\[[0-9;]*m/g;
/** What Deno adds to the system's words: `: readfile '/a/b.tmp'`. */
const OPERATION = /(?<= \(os error \d+\)): [a-z_]+ '.*$/;

/** Whatever was thrown, in one line: its first line without Deno's call, or all problems of a UserError. */
export function messageOf(cause: unknown): string {
  if (cause instanceof UserError) return cause.problems.join("; ");
  const text = cause instanceof Error ? cause.message || cause.name : String(cause);
  const line = text.split("\n", 1)[0]!.replaceAll(COLOURS, "").replace(OPERATION, "");
  return unfetchedPackage(line) ?? line;
}

/** Whatever was thrown, a line for each problem. */
export function problemsOf(cause: unknown): readonly string[] {
  return cause instanceof UserError ? cause.problems : [messageOf(cause)];
}
