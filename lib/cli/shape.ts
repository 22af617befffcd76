/**
 * The shape of a command line as data: which words a command knows, its operands and its options. Invariant: it is made of
 * the tables that are read (option_table.ts), so that completion, man pages and the reference say what is understood.
 */
import type { OptionTable } from "./option_table.ts";

/** What a command takes. A command's file exports it as `SHAPE`, beside `HELP` and `run`. */
export interface CommandShape {
  /** What it does, in one line; of a whole command `COMMANDS` in run.ts says it. */
  readonly summary?: string;
  /** What stands behind it, as `readOptions` takes it: `FILE`, `[CLIENTID]` may be missing, `FILE...` any number. */
  readonly operands?: readonly string[];
  /** What an operand may be, by its name without brackets and dots. */
  readonly choices?: Readonly<Record<string, readonly string[]>>;
  readonly options?: OptionTable;
  /** Words that make a command of its own, by word. */
  readonly commands?: Readonly<Record<string, CommandShape>>;
}

/** A command of a tree, with the words that lead to it. */
export interface PlacedCommand {
  readonly words: readonly string[];
  readonly shape: CommandShape;
}

/** Every command of a tree, the tree itself first. */
export function* placedCommands(
  shape: CommandShape,
  words: readonly string[] = [],
): Generator<PlacedCommand> {
  yield { words, shape };
  for (const [word, below] of Object.entries(shape.commands ?? {})) {
    yield* placedCommands(below, [...words, word]);
  }
}

/** A tree of commands that are written in several words, such as `ban add`. */
export function treeOf(
  commands: Readonly<Record<string, CommandShape>>,
): Readonly<Record<string, CommandShape>> {
  const tree: Record<string, CommandShape> = {};
  for (const [name, shape] of Object.entries(commands)) insert(tree, name.split(" "), shape);
  return tree;
}

function insert(
  tree: Record<string, CommandShape>,
  [word = "", ...rest]: readonly string[],
  shape: CommandShape,
): void {
  const before = tree[word] ?? {};
  if (rest.length === 0) {
    tree[word] = { ...before, ...shape };
    return;
  }
  const below = { ...before.commands };
  insert(below, rest, shape);
  tree[word] = { ...before, commands: below };
}

/** `FILE` of `[FILE]...`. */
export function operandName(operand: string): string {
  return operand.replaceAll(/[[\].]{1,3}/g, (part) => part === "." ? "." : "");
}
