/**
 * Command-line flags: the typed face on @std/cli's parseArgs (which npm's copy has no types for).
 * Called by every subcommand. Invariant: what was not declared is a UsageError of one line.
 */
import { parseArgs } from "@std/cli/parse-args";

/** A command line that is not understood; the message is one line. Ends with exit code 2. */
export class UsageError extends Error {}

/** The flags of a subcommand: long name -> the letter that stands for it, or "" for none. */
export interface FlagSpec<Switch extends string, Text extends string> {
  readonly switches: Readonly<Record<Switch, string>>;
  /** Flags that take a value. */
  readonly texts: Readonly<Record<Text, string>>;
  /** What stands without a flag, in order; all of it is required. `FILE...` at the end: one or more. */
  readonly operands: readonly string[];
}

/** The flags as they were given. */
export interface Flags<Switch extends string, Text extends string> {
  readonly switches: Readonly<Record<Switch, boolean>>;
  readonly texts: Readonly<Partial<Record<Text, string>>>;
  readonly operands: readonly string[];
}

interface ParseOptions {
  boolean: string[];
  string: string[];
  alias: Record<string, string>;
  unknown(argument: string, key?: string): boolean;
}

const parse: (args: readonly string[], options: ParseOptions) => Record<string, unknown> & {
  _: string[];
} = parseArgs;

function refuseUnknown(argument: string, key?: string): boolean {
  if (key === undefined) return true;
  throw new UsageError(`unknown flag ${argument}`);
}

function aliasesOf(letters: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(letters).filter(([, letter]) => letter !== "")
      .map(([name, letter]) => [letter, name]),
  );
}

function checkOperands(given: readonly string[], wanted: readonly string[]): void {
  if (given.length < wanted.length) throw new UsageError(`${wanted[given.length]} is missing`);
  const extra = wanted.at(-1)?.endsWith("...") ? undefined : given[wanted.length];
  if (extra !== undefined) throw new UsageError(`unexpected argument ${JSON.stringify(extra)}`);
}

/**
 * Reads a subcommand's arguments.
 * @throws UsageError for an unknown flag, a missing value, a missing or an extra operand
 */
export function readFlags<Switch extends string, Text extends string>(
  args: readonly string[],
  spec: FlagSpec<Switch, Text>,
): Flags<Switch, Text> {
  const switchNames = Object.keys(spec.switches) as Switch[];
  const textNames = Object.keys(spec.texts) as Text[];
  const parsed = parse(args, {
    boolean: switchNames,
    string: [...textNames, "_"],
    alias: aliasesOf({ ...spec.switches, ...spec.texts }),
    unknown: refuseUnknown,
  });
  const texts: Partial<Record<Text, string>> = {};
  for (const name of textNames) {
    const value = parsed[name];
    if (value === undefined) continue;
    if (typeof value !== "string" || value === "") throw new UsageError(`--${name} needs a value`);
    texts[name] = value;
  }
  const switches = Object.fromEntries(switchNames.map((name) => [name, parsed[name] === true]));
  const operands = parsed._.map(String);
  checkOperands(operands, spec.operands);
  return { switches: switches as Record<Switch, boolean>, texts, operands };
}
