/**
 * What a shell must know to complete a command line: per command its words, options and operands, and what values are.
 * Invariant: nothing here is of one shell; a script is these tables and a walk over the words that were typed.
 */
import { type OptionSpec, spellingOf } from "../option_table.ts";
import { type CommandShape, operandName, placedCommands } from "../shape.ts";

/** `file`, `folder`, `any`, or words behind `=`, commas between: `=publish,subscribe`. */
export type ValueKind = string;

/** A word, and what it is for. */
export type Described = readonly [word: string, about: string];

/** One command. */
export interface Completed {
  /** Its words, spaces between; empty: midge itself. */
  readonly place: string;
  readonly commands: readonly Described[];
  readonly flags: readonly Described[];
  /** In order; `*` behind the last: any number of it. */
  readonly operands: readonly ValueKind[];
}

/** What the value of an option is, for all that stand in `keys`. */
export interface ValueRow {
  /** `PLACE|--option`; with the place `*` wherever it stands. */
  readonly keys: readonly (readonly [place: string, spelling: string])[];
  /** `@` before it: the value stands only behind `=`. */
  readonly kind: ValueKind;
}

const FILES = /^(?:FILE|PATH|CASES)/;
const FOLDERS = /^(?:FOLDER|DIR|DEST)/;
const MOST_ABOUT = 72;

/** Every command of the tree. */
export function completedCommands(tree: CommandShape): Completed[] {
  return [...placedCommands(tree)].map(({ words, shape }) => ({
    place: words.join(" "),
    commands: Object.entries(shape.commands ?? {})
      .map(([word, below]) => [word, short(aboutOf(below))]),
    flags: flagsOf(shape),
    operands: operandKinds(shape),
  }));
}

/** Words that only begin commands say which. */
function aboutOf({ summary, commands = {} }: CommandShape): string {
  return summary ?? Object.keys(commands).join(", ");
}

function flagsOf({ options = {} }: CommandShape): Described[] {
  const flags = Object.values(options).flatMap(({ names, help }) =>
    names.map((name): Described => [spellingOf(name), short(help)])
  );
  const known = flags.some(([word]) => word === "--help");
  return known ? flags : [...flags, ["--help", "what it takes"]];
}

function short(text: string): string {
  const line = text.replaceAll("\n", " ");
  return line.length <= MOST_ABOUT ? line : `${line.slice(0, MOST_ABOUT - 3).trimEnd()}...`;
}

function operandKinds({ operands = [], choices = {} }: CommandShape): ValueKind[] {
  const kinds = operands.map((operand) =>
    kindOf(operandName(operand), choices[operandName(operand)])
  );
  return operands.at(-1)?.endsWith("...") ? [...kinds, "*"] : kinds;
}

function kindOf(name: string, choices: readonly string[] | undefined): ValueKind {
  if (choices !== undefined) return `=${choices.join(",")}`;
  return FILES.test(name) ? "file" : FOLDERS.test(name) ? "folder" : "any";
}

function optionKind({ value, choices, alone }: OptionSpec): ValueKind {
  if (value === undefined) return "";
  return `${alone === undefined ? "" : "@"}${kindOf(value, choices)}`;
}

/** The values of options, rows that hold everywhere last. */
export function valueRows(tree: CommandShape): ValueRow[] {
  const places = new Map<string, Map<ValueKind, string[]>>();
  for (const { words, shape } of placedCommands(tree)) {
    for (const spec of Object.values(shape.options ?? {})) {
      for (const spelling of spec.names.map(spellingOf)) {
        const kinds = places.get(spelling) ?? new Map<ValueKind, string[]>();
        places.set(spelling, kinds);
        kinds.set(optionKind(spec), [...kinds.get(optionKind(spec)) ?? [], words.join(" ")]);
      }
    }
  }
  return [...rowsOf(places, false), ...rowsOf(places, true)];
}

/** Rows of spellings that mean the same everywhere, or of the others. */
function rowsOf(
  places: ReadonlyMap<string, ReadonlyMap<ValueKind, readonly string[]>>,
  everywhere: boolean,
): ValueRow[] {
  const rows = new Map<ValueKind, (readonly [string, string])[]>();
  for (const [spelling, kinds] of places) {
    if ((kinds.size === 1) !== everywhere) continue;
    for (const [kind, where] of kinds) {
      if (kind === "") continue;
      const keys = everywhere ? ["*"] : where;
      rows.set(kind, [
        ...rows.get(kind) ?? [],
        ...keys.map((place) => [place, spelling] as const),
      ]);
    }
  }
  return [...rows].map(([kind, keys]) => ({ kind, keys }));
}
