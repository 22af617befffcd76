/**
 * Command-line options for `midge pub`, `midge sub` and `midge bench`, as mosquitto's clients read theirs: a
 * value is whatever stands next, so that `-m -5` and `-m ""` are messages; an option may be repeated.
 * Invariant: what was not declared is a UsageError of one line.
 */
import { suggestion } from "../config/keys.ts";
import { UsageError } from "./flags.ts";

/** One option. */
export interface OptionSpec {
  /** Long names, the first is the one that counts; then letters. */
  readonly names: readonly string[];
  /** What the value is called in the help; without it the option is a switch. */
  readonly value?: string;
  readonly help: string;
}

/** Options by a name of the program's own. */
export type OptionTable = Readonly<Record<string, OptionSpec>>;

/** What was given: every value of an option in order; a switch has as many empty ones as it was given. */
export class GivenOptions<Table extends OptionTable> {
  readonly #values: ReadonlyMap<string, readonly string[]>;

  constructor(values: ReadonlyMap<string, readonly string[]>) {
    this.#values = values;
  }

  has(option: keyof Table & string): boolean {
    return this.#values.has(option);
  }

  /** All values. */
  all(option: keyof Table & string): readonly string[] {
    return this.#values.get(option) ?? [];
  }

  /** The last value. */
  last(option: keyof Table & string): string | undefined {
    return this.#values.get(option)?.at(-1);
  }

  /** The last value as a whole number from `least` to `most`. */
  integer(option: keyof Table & string, least: number, most = Infinity): number | undefined {
    const text = this.last(option);
    if (text === undefined) return undefined;
    const number = /^\d+$/.test(text) ? Number(text) : NaN;
    if (number >= least && number <= most) return number;
    const range = most === Infinity ? `${least} or more` : `${least} to ${most}`;
    throw new UsageError(`--${option} got ${JSON.stringify(text)}, expected ${range}`);
  }

  /** The last value as seconds, which may have a fraction; milliseconds. */
  seconds(option: keyof Table & string): number | undefined {
    const text = this.last(option);
    if (text === undefined) return undefined;
    if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
    throw new UsageError(`--${option} got ${JSON.stringify(text)}, expected seconds`);
  }
}

/**
 * Reads arguments: `--name VALUE`, `--name=VALUE`, `-n VALUE`, switches also as `-ab`.
 * @throws UsageError for an unknown option, a missing value, anything that is no option
 */
export function readOptions<const Table extends OptionTable>(
  args: readonly string[],
  table: Table,
): GivenOptions<Table> {
  const values = new Map<string, string[]>();
  const rest = [...args];
  const give = (option: string, value: string) => {
    const given = values.get(option);
    if (given === undefined) values.set(option, [value]);
    else given.push(value);
  };
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (arg.startsWith("--")) readLong(arg, rest, table, give);
    else if (arg.startsWith("-") && arg.length > 1) readLetters(arg, rest, table, give);
    else throw new UsageError(`unexpected argument ${JSON.stringify(arg)}`);
  }
  return new GivenOptions(values);
}

type Give = (option: string, value: string) => void;

function readLong(arg: string, rest: string[], table: OptionTable, give: Give): void {
  const [name = "", ...parts] = arg.slice(2).split("=");
  const option = name.length > 1 ? findOption(name, table) : undefined;
  if (option === undefined) throw unknown(`--${name}`, table);
  const isSwitch = table[option]!.value === undefined;
  if (isSwitch && parts.length > 0) throw new UsageError(`--${name} takes no value`);
  const value = isSwitch ? "" : parts.length > 0 ? parts.join("=") : rest.shift();
  if (value === undefined) throw new UsageError(`--${name} needs a value`);
  give(option, value);
}

function readLetters(arg: string, rest: string[], table: OptionTable, give: Give): void {
  const letters = [...arg.slice(1)];
  for (const [at, letter] of letters.entries()) {
    const option = findOption(letter, table);
    if (option === undefined) throw unknown(`-${letter}`, table);
    if (table[option]!.value === undefined) {
      give(option, "");
      continue;
    }
    if (at < letters.length - 1) throw new UsageError(`-${letter} needs a space before its value`);
    const value = rest.shift();
    if (value === undefined) throw new UsageError(`-${letter} needs a value`);
    give(option, value);
  }
}

function findOption(name: string, table: OptionTable): string | undefined {
  return Object.keys(table).find((option) => table[option]!.names.includes(name));
}

function unknown(given: string, table: OptionTable): UsageError {
  if (!given.startsWith("--")) return new UsageError(`unknown flag ${given}`);
  const names = Object.values(table).flatMap((option) =>
    option.names.filter((name) => name.length > 1)
  );
  const near = /did you mean (\S+)\?/.exec(suggestion(given.slice(2), names, "flags"))?.[1];
  return new UsageError(`unknown flag ${given}${near ? `; did you mean --${near}?` : ""}`);
}

const NAME_WIDTH = 32;

/** The options as lines of a help text. */
export function describeOptions(table: OptionTable): string {
  return Object.values(table).map(({ names, value, help }) => {
    const shown = names.map((name) => name.length > 1 ? `--${name}` : `-${name}`).join(", ");
    const head = `  ${shown}${value === undefined ? "" : ` ${value}`}`;
    const indent = `\n${" ".repeat(NAME_WIDTH)}`;
    const text = help.replaceAll("\n", indent);
    return head.length < NAME_WIDTH - 1 ? head.padEnd(NAME_WIDTH) + text : head + indent + text;
  }).join("\n");
}
