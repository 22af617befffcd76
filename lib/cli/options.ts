/**
 * The options of a command line: a table says which there are, and one function reads them. @std/cli's parseArgs
 * gathers the values, from arguments that leave it nothing to guess. Invariant: what was not declared is a
 * UsageError of one line, and so are a missing value and an operand too many or too few.
 */
import { parseArgs } from "@std/cli/parse-args";
import { type GivenOptions, type GivenValue, OptionValues } from "./given_options.ts";
import type { OptionTable } from "./option_table.ts";
import { explicitWords } from "./option_words.ts";
import { masked } from "../secrets.ts";
import { UsageError } from "./usage_error.ts";

interface ParseOptions {
  readonly boolean: readonly string[];
  readonly string: readonly string[];
  readonly collect: readonly string[];
}

/** npm's copy has no types. Every option is collected, so that each name has a list, and so has `_`. */
const parse: (
  args: readonly string[],
  options: ParseOptions,
) => Readonly<Record<string, readonly (string | boolean)[]>> = parseArgs;

/**
 * Reads arguments as mosquitto's clients do: `--name VALUE`, `--name=VALUE`, `-n VALUE`, switches also as `-ab`;
 * a value is what stands next, whatever it looks like. Options may be repeated, and stand before, between and
 * after the operands; behind `--` all are operands.
 * @param operands What stands without an option, in order. `[NAME]` may be missing; `...` behind the last: any number.
 * `asksPassword`: an operand too many may be the password, and is not shown.
 * @throws {UsageError} for an unknown option, a missing value, a missing or an extra operand
 */
export function readOptions<const Table extends OptionTable>(
  args: readonly string[],
  table: Table,
  operands: readonly string[] = [],
  { asksPassword = false } = {},
): GivenOptions<Table> {
  const { words, written } = explicitWords(args, table);
  const names = Object.keys(table);
  const isSwitch = (name: string) => table[name]?.value === undefined;
  const { _: stray = [], ...parsed } = parse(words, {
    boolean: names.filter(isSwitch),
    string: names.filter((name) => !isSwitch(name)),
    collect: names,
  });
  const values = new Map<string, readonly GivenValue[]>();
  for (const [option, spellings] of written) {
    const given = parsed[option] ?? [];
    const value = (at: number) => isSwitch(option) ? "" : String(given[at]);
    values.set(option, spellings.map((spelling, at) => ({ spelling, value: value(at) })));
  }
  const given = stray.map(String);
  return new OptionValues(table, values, checkOperands(given, operands, { table, asksPassword }));
}

function checkOperands(
  given: readonly string[],
  wanted: readonly string[],
  { table, asksPassword }: { readonly table: OptionTable; readonly asksPassword: boolean },
): readonly string[] {
  const missing = wanted[given.length];
  if (missing !== undefined && !missing.startsWith("[")) {
    throw new UsageError(`${missing} is missing`);
  }
  const extra = wanted.at(-1)?.endsWith("...") ? undefined : given[wanted.length];
  if (extra !== undefined && asksPassword) {
    throw new UsageError("unexpected argument; a password is asked for, or read from stdin");
  }
  if (extra !== undefined) {
    const hint = isConfigFile(extra, table) ? `; did you mean --config ${extra}?` : "";
    throw new UsageError(`unexpected argument ${masked(JSON.stringify(extra))}${hint}`);
  }
  return given;
}

/** Other programs take it without an option. */
function isConfigFile(text: string, table: OptionTable): boolean {
  return table["config"]?.value === "FILE" && /^[\w./\\-]+\.ya?ml$/.test(text);
}
