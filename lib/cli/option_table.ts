/**
 * The table of a command's options, how each is spelled, and the part of the help text that says them. Invariant:
 * the help is made of the table that is read, so that an option is said once.
 */

/** One option. */
export interface OptionSpec {
  /** Long names, the first is the one that counts; then letters. */
  readonly names: readonly string[];
  /** What the value is called in the help; without it the option is a switch. */
  readonly value?: string;
  /**
   * The value is several words: how many, as far as those that were read tell. It is read as their JSON array, and
   * cannot be given behind `=`.
   */
  readonly words?: (read: readonly string[]) => number;
  /** The value where the option is not given; the help says it. */
  readonly default?: string;
  /** The value where `=VALUE` is not written behind it: then none stands next. */
  readonly alone?: string;
  /** The values there are, for completion; what reads the option checks them. */
  readonly choices?: readonly string[];
  /** Refuses an empty value. */
  readonly filled?: true;
  /** What it is for; lines end with "\n". */
  readonly help: string;
}

/**
 * Options by a name of the program's own, which has no dot; that of an option with a value does not begin with
 * `no-`, which parseArgs would read as a negation.
 */
export type OptionTable = Readonly<Record<string, OptionSpec>>;

/** `--name`, or `-n` for a letter. */
export function spellingOf(name: string): string {
  return name.length > 1 ? `--${name}` : `-${name}`;
}

/**
 * An option as an error names it: as it was written; for a letter, which says little, its long name.
 * @param spelling How it was written; undefined: not at all
 */
export function displayName(table: OptionTable, option: string, spelling?: string): string {
  if (spelling?.startsWith("--")) return spelling;
  const [first = option] = table[option]?.names ?? [];
  return spellingOf(first);
}

const NAME_WIDTH = 32;

/** The options as lines of a help text. */
export function describeOptions(table: OptionTable): string {
  return Object.values(table).map(describeOption).join("\n");
}

function describeOption(spec: OptionSpec): string {
  const { names, value, help, default: otherwise, alone } = spec;
  const shown = value === undefined ? "" : alone === undefined ? ` ${value}` : `[=${value}]`;
  const head = `  ${names.map(spellingOf).join(", ")}${shown}`;
  const indent = `\n${" ".repeat(NAME_WIDTH)}`;
  const text = (otherwise === undefined ? help : `${help}; default ${otherwise}`)
    .replaceAll("\n", indent);
  return head.length < NAME_WIDTH - 1 ? head.padEnd(NAME_WIDTH) + text : head + indent + text;
}
