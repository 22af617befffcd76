/**
 * The page of one command, from its help text and its tables. Invariant: every option that the command reads is on its
 * page.
 */
import { type OptionSpec, type OptionTable, spellingOf } from "../../lib/cli/option_table.ts";
import { type CommandShape, placedCommands } from "../../lib/cli/shape.ts";
import type { NamedCommand } from "../../lib/cli/tree.ts";
import { partsOf } from "./help_parts.ts";
import { bold, entry, italic, pageHead, pageOf, paragraph, verbatim } from "./roff.ts";

const USUAL_EXIT =
  "Exit code 0: done; 1: the configuration or the system refused; 2: the command line was not understood.";

/** Version and date of all pages. */
export interface Edition {
  readonly version: string;
  readonly date: string;
}

/** The page `midge-NAME.1`. */
export function commandPage(command: NamedCommand, edition: Edition, others: string[]): string {
  const { name, summary, module: { HELP, SHAPE = {} } } = command;
  const { usage, prose, examples, exitCode } = partsOf(HELP);
  const isTree = SHAPE.commands !== undefined;
  const text = prose.filter((block) => !isTree || !block.startsWith("  "));
  return pageOf([
    pageHead({ ...edition, name: `midge-${name}`, section: 1, summary }),
    ".SH SYNOPSIS",
    verbatim(usage),
    ".SH DESCRIPTION",
    ...text.map((block) => block.startsWith("  ") ? verbatim(block.split("\n")) : paragraph(block)),
    ...isTree ? [".SH COMMANDS", ...commandEntries(SHAPE)] : [],
    ".SH OPTIONS",
    ...optionEntries(commonOptions(SHAPE)),
    ".SH EXAMPLES",
    verbatim(examples),
    ".SH EXIT STATUS",
    paragraph(exitCode || USUAL_EXIT),
    ".SH SEE ALSO",
    ".PP",
    others.join(",\n"),
  ]);
}

/** A tree without options of its own has those of all below it in one list. */
function commonOptions(shape: CommandShape): OptionTable {
  if (shape.commands === undefined || shape.options !== undefined) return shape.options ?? {};
  const all = [...placedCommands(shape)].map(({ shape: { options = {} } }) => options);
  return Object.assign({}, ...all);
}

function commandEntries(shape: CommandShape): string[] {
  const common = Object.keys(commonOptions(shape));
  const leaves = [...placedCommands(shape)].filter(({ words, shape: { summary, commands } }) =>
    words.length > 0 && (commands === undefined || summary !== undefined)
  );
  return leaves.map(({ words, shape: { summary = "", operands = [], options = {} } }) => {
    const term = [bold(words.join(" ")), ...operands.map(italic)].join(" ");
    const own = Object.fromEntries(
      Object.entries(options).filter(([option]) => !common.includes(option)),
    );
    const below = optionEntries(own);
    const nested = below.length === 0 ? [] : [".RS", ...below, ".RE"];
    return [entry(term, summary), ...nested].join("\n");
  });
}

/** Options with what they are for; each has --help besides. */
export function optionEntries(options: OptionTable): string[] {
  return Object.values(options).map((spec) => entry(optionTerm(spec), optionText(spec)));
}

function optionTerm({ names, value, alone }: OptionSpec): string {
  const spellings = names.map((name) => bold(spellingOf(name))).join(", ");
  if (value === undefined) return spellings;
  return alone === undefined ? `${spellings} ${italic(value)}` : `${spellings}[=${italic(value)}]`;
}

function optionText({ help, default: fallback }: OptionSpec): string {
  return fallback === undefined ? help : `${help}; default ${fallback}`;
}
