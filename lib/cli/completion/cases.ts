/**
 * The tables of a script for bash or zsh, as two functions of the shell. Invariant: what they look up is said by
 * `case`, which both shells read alike.
 */
import { type Completed, completedCommands, type ValueRow, valueRows } from "./model.ts";
import { quoted } from "../shell_word.ts";
import type { CommandShape } from "../shape.ts";

/**
 * `__midge_command PLACE` says what may follow there, `__midge_value PLACE|OPTION` what kind of value an option has.
 * @param reset sets what the first one says to nothing
 * @param commandCase a row of its `case`
 */
export function caseFunctions(
  tree: CommandShape,
  reset: string,
  commandCase: (completed: Completed) => string,
): string {
  return `__midge_command() {
  ${reset}
  case $1 in
${completedCommands(tree).map(commandCase).join("\n")}
  esac
}

__midge_value() {
  kind=""
  case $1 in
${valueRows(tree).map(valueCase).join("\n")}
  esac
}
`;
}

function valueCase({ keys, kind }: ValueRow): string {
  const patterns = keys.map(([place, spelling]) =>
    place === "*" ? `*${quoted(`|${spelling}`)}` : quoted(`${place}|${spelling}`)
  );
  return `    ${patterns.join("|")}) kind=${quoted(kind)} ;;`;
}
