/**
 * What a command line gave, read by a table of options. Invariant: a name that the table does not have is an error
 * of the compiler, and so is the value of a switch; a value that is not what was expected is a UsageError.
 */
import { masked } from "../secrets.ts";
import type { QoS } from "../wire/packets.ts";
import { meantHint } from "../config/keys.ts";
import { displayName, type OptionTable } from "./option_table.ts";
import { UsageError } from "./usage_error.ts";

/** The names of a table whose options have a shape. */
type NamesOf<Table extends OptionTable, Shape> =
  & { [Name in keyof Table]: Table[Name] extends Shape ? Name : never }[keyof Table]
  & string;

/** The options and operands of a command line with this table. */
export type GivenOptions<Table extends OptionTable> = OptionValues<
  keyof Table & string,
  NamesOf<Table, { readonly value: string }>,
  NamesOf<Table, { readonly default: string }>
>;

/** An option once; the value of a switch is empty. */
export interface GivenValue {
  /** `--qos` or `-q`. */
  readonly spelling: string;
  readonly value: string;
}

const QOS_LEVELS: readonly QoS[] = [0, 1, 2];

/**
 * The options by name: all names, those with a value, those with a value whether they are given or not. With more
 * options it stands for one with fewer.
 */
export class OptionValues<Name extends string, Valued extends string, Defaulted extends string> {
  /** What stood without an option. */
  readonly operands: readonly string[];
  readonly #table: OptionTable;
  readonly #values: ReadonlyMap<string, readonly GivenValue[]>;

  constructor(
    table: OptionTable,
    values: ReadonlyMap<string, readonly GivenValue[]>,
    operands: readonly string[],
  ) {
    this.operands = operands;
    this.#table = table;
    this.#values = values;
  }

  // These two are properties since the compiler does not compare the parameters of methods strictly.
  /** Was it given? */
  readonly has = (option: Name): boolean => this.#values.has(option);

  /** All values in order. */
  readonly all = (option: Valued): readonly string[] =>
    (this.#values.get(option) ?? []).map(({ value }) => value);

  /** The last value, or the table's default. */
  last(option: Defaulted): string;
  last(option: Valued): string | undefined;
  last(option: string): string | undefined {
    return this.#last(option);
  }

  /** The last value, or the table's default; without both it is missing. */
  needed(option: Valued): string {
    const value = this.last(option);
    if (value === undefined) throw new UsageError(`${this.nameOf(option)} is missing`);
    return value;
  }

  /** The last value as a whole number from `least` to `most`. */
  integer(option: Defaulted, least: number, most?: number): number;
  integer(option: Valued, least: number, most?: number): number | undefined;
  integer(option: string, least: number, most = Infinity): number | undefined {
    const expected = most === Infinity ? `${least} or more` : `${least} to ${most}`;
    return this.#read(option, expected, (text) => {
      const number = /^\d+$/.test(text) ? Number(text) : NaN;
      return number >= least && number <= most ? number : undefined;
    });
  }

  /** The last value as seconds, which may have a fraction; milliseconds. */
  seconds(option: Defaulted): number;
  seconds(option: Valued): number | undefined;
  seconds(option: string): number | undefined {
    return this.#read(option, "seconds", (text) => {
      return /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : undefined;
    });
  }

  /** The last value as a QoS. */
  qos(option: Defaulted): QoS;
  qos(option: Valued): QoS | undefined;
  qos(option: string): QoS | undefined {
    return this.#read(option, "0 to 2", (text) => QOS_LEVELS.find((level) => text === `${level}`));
  }

  /** The last value as one of `choices`. */
  choice<Choice extends string>(option: Defaulted, choices: readonly Choice[]): Choice;
  choice<Choice extends string>(option: Valued, choices: readonly Choice[]): Choice | undefined;
  choice<Choice extends string>(option: string, choices: readonly Choice[]): Choice | undefined {
    const hint = meantHint(this.#last(option) ?? "", choices);
    const expected = `${choices.join(", ")}${hint}`;
    return this.#read(option, expected, (text) => choices.find((one) => one === text));
  }

  /** The option as an error names it: `--qos`. */
  nameOf(option: Name | Valued): string {
    return this.#nameOf(option);
  }

  /** The error of a value that is not what was expected. */
  wrong(option: Valued, expected: string): UsageError {
    return this.#wrong(option, expected);
  }

  #last(option: string): string | undefined {
    return this.#values.get(option)?.at(-1)?.value ?? this.#table[option]?.default;
  }

  #read<Value>(
    option: string,
    expected: string,
    read: (text: string) => Value | undefined,
  ): Value | undefined {
    const text = this.#last(option);
    const value = text === undefined ? undefined : read(text);
    if (value === undefined && text !== undefined) throw this.#wrong(option, expected);
    return value;
  }

  #nameOf(option: string): string {
    return displayName(this.#table, option, this.#values.get(option)?.at(-1)?.spelling);
  }

  #wrong(option: string, expected: string): UsageError {
    const text = masked(JSON.stringify(this.#last(option)));
    return new UsageError(`${this.#nameOf(option)} got ${text}, expected ${expected}`);
  }
}
