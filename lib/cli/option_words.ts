/**
 * Arguments in the one form that parseArgs does not have to guess at: `--option` for a switch, `--option=VALUE`,
 * then `--` and the operands. Invariant: an option has the key of its table, whichever of its names was written;
 * a value is never taken for an option, nor an operand for a value.
 */
import { nearest } from "../config/keys.ts";
import { displayName, type OptionTable, spellingOf } from "./option_table.ts";
import { UsageError } from "./usage_error.ts";

/** A command line without doubt. */
export interface ExplicitWords {
  /** For parseArgs. */
  readonly words: readonly string[];
  /** What stands without an option. */
  readonly operands: readonly string[];
  /** By option: how it was written each time, such as `-q`. */
  readonly written: ReadonlyMap<string, readonly string[]>;
}

/** @throws {UsageError} for an unknown option, a missing value, a value of a switch */
export function explicitWords(args: readonly string[], table: OptionTable): ExplicitWords {
  const reader = new WordReader(args, table);
  reader.readAll();
  const { options, operands, written } = reader;
  return { words: [...options, "--", ...operands], operands, written };
}

class WordReader {
  readonly options: string[] = [];
  readonly operands: string[] = [];
  readonly written = new Map<string, string[]>();
  readonly #rest: string[];
  readonly #table: OptionTable;

  constructor(args: readonly string[], table: OptionTable) {
    this.#rest = [...args];
    this.#table = table;
  }

  readAll(): void {
    for (let word = this.#rest.shift(); word !== undefined; word = this.#rest.shift()) {
      if (word === "--") this.operands.push(...this.#rest.splice(0));
      else if (word.startsWith("--")) this.#readLong(word);
      else if (word.startsWith("-") && word !== "-") this.#readShort(word);
      else this.operands.push(word);
    }
  }

  #readLong(word: string): void {
    const end = word.indexOf("=");
    const spelling = end < 0 ? word : word.slice(0, end);
    const value = end < 0 ? undefined : word.slice(end + 1);
    const option = this.#find(spelling);
    if (value === undefined) this.#giveNext(option, spelling);
    else if (this.#isSwitch(option)) throw new UsageError(`${spelling} takes no value`);
    else if (this.#table[option]?.words !== undefined) {
      throw new UsageError(`${spelling} takes ${this.#table[option].value} behind spaces`);
    } else this.#give(option, spelling, value);
  }

  /** Letters; a long name behind one dash is a slip. */
  #readShort(word: string): void {
    const [name = ""] = word.slice(1).split("=", 1);
    const isLong = name.length > 1 && this.#hasLong(name);
    if (isLong) throw new UsageError(`unknown flag -${name}; did you mean --${name}?`);
    this.#readLetters([...word.slice(1)]);
  }

  #hasLong(name: string): boolean {
    return Object.values(this.#table).some(({ names }) => names.includes(name));
  }

  #readLetters(letters: readonly string[]): void {
    for (const [at, letter] of letters.entries()) {
      const spelling = `-${letter}`;
      const option = this.#find(spelling);
      if (at < letters.length - 1 && !this.#isSwitch(option)) {
        throw new UsageError(`${spelling} needs a space before its value`);
      }
      this.#giveNext(option, spelling);
    }
  }

  /** The option of a spelling. */
  #find(spelling: string): string {
    for (const [option, { names }] of Object.entries(this.#table)) {
      if (names.some((name) => spellingOf(name) === spelling)) return option;
    }
    throw unknownFlag(spelling, this.#table);
  }

  #isSwitch(option: string): boolean {
    return this.#table[option]?.value === undefined;
  }

  /** A switch, or an option whose value stands next. */
  #giveNext(option: string, spelling: string): void {
    if (this.#isSwitch(option)) return this.#give(option, spelling, undefined);
    const words = this.#table[option]?.words;
    if (words !== undefined) {
      return this.#give(option, spelling, this.#takeWords(option, spelling, words));
    }
    const { alone } = this.#table[option] ?? {};
    if (alone !== undefined) return this.#give(option, spelling, alone);
    const value = this.#rest.shift() ?? (this.#table[option]?.filled ? "" : needsValue(spelling));
    this.#give(option, spelling, value);
  }

  #takeWords(
    option: string,
    spelling: string,
    words: (read: readonly string[]) => number,
  ): string {
    const read: string[] = [];
    while (read.length < words(read)) {
      const word = this.#rest.shift();
      if (word === undefined) {
        throw new UsageError(`${spelling} needs ${this.#table[option]?.value}`);
      }
      read.push(word);
    }
    return JSON.stringify(read);
  }

  #give(option: string, spelling: string, value: string | undefined): void {
    if (value === "" && this.#table[option]?.filled) {
      needsValue(displayName(this.#table, option, spelling));
    }
    this.options.push(value === undefined ? `--${option}` : `--${option}=${value}`);
    const spellings = this.written.get(option);
    if (spellings === undefined) this.written.set(option, [spelling]);
    else spellings.push(spelling);
  }
}

function needsValue(spelling: string): never {
  throw new UsageError(`${spelling} needs a value`);
}

/** Letters have no nearest one: each is as far from every other. */
function unknownFlag(spelling: string, table: OptionTable): UsageError {
  const names = Object.values(table).flatMap((option) => option.names);
  const known = ["help", ...names.filter((name) => name.length > 1)];
  const near = spelling.startsWith("--") ? nearest(spelling.slice(2), known) : undefined;
  return new UsageError(`unknown flag ${spelling}${near ? `; did you mean --${near}?` : ""}`);
}
