/**
 * `midge completion`: prints a script that completes Midge's commands in a shell. Invariant: what it offers is what
 * the tables of the commands say.
 */
import { meantHint } from "../config/keys.ts";
import { bashScript } from "./completion/bash.ts";
import { fishScript } from "./completion/fish.ts";
import { zshScript } from "./completion/zsh.ts";
import { readOptions } from "./options.ts";
import type { CommandShape } from "./shape.ts";
import { printText } from "./terminal.ts";
import { commandTree } from "./tree.ts";
import { UsageError } from "./usage_error.ts";

const SCRIPTS: Readonly<Record<string, (tree: CommandShape) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};
const SHELLS = Object.keys(SCRIPTS);

/** Printed by `midge completion --help`. */
export const HELP = `Usage: midge completion bash|zsh|fish

Prints a script with which the shell completes commands, options, their values and files.

Examples:
  source <(midge completion bash)
  midge completion bash > /etc/bash_completion.d/midge
  midge completion zsh > "\${fpath[1]}/_midge"
  midge completion fish > ~/.config/fish/completions/midge.fish`;

/** What it takes. */
export const SHAPE: CommandShape = { operands: ["SHELL"], choices: { SHELL: SHELLS } };

/** Prints the script. */
export async function run(args: readonly string[]): Promise<number> {
  const [shell = ""] = readOptions(args, {}, ["bash, zsh or fish"]).operands;
  const script = Object.hasOwn(SCRIPTS, shell) ? SCRIPTS[shell] : undefined;
  if (script === undefined) {
    const hint = meantHint(shell, SHELLS);
    throw new UsageError(`got ${JSON.stringify(shell)}, expected ${SHELLS.join(", ")}${hint}`);
  }
  printText(script(await commandTree()).trimEnd());
  return 0;
}
