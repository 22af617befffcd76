/**
 * Real shells that complete command lines of Midge with the script that it prints. Invariant: a shell starts without
 * anyone's own settings, in a folder with known files.
 */
import { bashScript } from "../../../lib/cli/completion/bash.ts";
import { fishScript } from "../../../lib/cli/completion/fish.ts";
import { zshScript } from "../../../lib/cli/completion/zsh.ts";
import { commandTree } from "../../../lib/cli/tree.ts";
import { TempFolder } from "../../support/midge_process.ts";
import { PATIENCE_MS } from "../../support/patience.ts";

/** The whole command line. */
export const TREE = await commandTree();

/** What a shell offers for each of the lines. */
export type Complete = (lines: readonly string[]) => Promise<string[][]>;

/** Why a shell cannot be tried; undefined: it can. */
export function missing(shell: string): string | undefined {
  try {
    const { success } = new Deno.Command(shell, { args: ["-c", "true"] }).outputSync();
    return success ? undefined : `${shell} does not run`;
  } catch {
    return `${shell} is not installed`;
  }
}

/** A folder with files to complete. */
export function filledFolder(): TempFolder {
  const folder = new TempFolder();
  for (const name of ["config.yaml", "two words.yaml", "it's"]) folder.write(name, "");
  Deno.mkdirSync(`${folder.path}/conf.d`);
  return folder;
}

async function run(program: string, args: string[], cwd: string): Promise<string> {
  const command = new Deno.Command(program, {
    args,
    cwd,
    env: { HOME: cwd, XDG_CONFIG_HOME: cwd, TERM: "dumb" },
    stderr: "inherit",
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  const { stdout } = await command.output();
  return new TextDecoder().decode(stdout);
}

/** A block of lines for each line asked about, ended by a line that is no candidate. */
function blocksOf(text: string): string[][] {
  return text.split("\u0001\n").slice(0, -1).map((block) =>
    block.split("\n").filter((line) => line !== "")
  );
}

const BASH = String.raw`
source "$1"
shift
for line in "$@"; do
  IFS=$'\t' read -r -a COMP_WORDS < <(printf '%s\n' "$line")
  [[ $line == *$'\t' ]] && COMP_WORDS+=("")
  COMP_CWORD=$(("${"${#COMP_WORDS[@]}"}" - 1))
  _midge
  [[ "${"${#COMPREPLY[@]}"}" -gt 0 ]] && printf '%s\n' "${"${COMPREPLY[@]}"}"
  printf '\001\n'
done
`;

/** Splits as bash does: `=` is a word of its own. */
function bashWords(line: string): string {
  return line.replaceAll(/\s+/g, "\t").replaceAll("=", "\t=\t").replace(/=\t$/, "=");
}

/** bash; the words are given as it gives them to a completion. */
export function inBash(cwd: string): Complete {
  return async (lines) => {
    const script = `${cwd}/.bash_completion`;
    await Deno.writeTextFile(script, bashScript(TREE));
    const args = ["--norc", "-c", BASH, "bash", script, ...lines.map(bashWords)];
    return blocksOf(await run("bash", args, cwd));
  };
}

const FISH = String.raw`
source $argv[1]
for line in $argv[2..-1]
  complete -C "$line" | string replace -r '\t.*' ''
  printf '\001\n'
end
`;

/** fish. */
export function inFish(cwd: string): Complete {
  return async (lines) => {
    const script = `${cwd}/.midge.fish`;
    await Deno.writeTextFile(script, fishScript(TREE));
    return blocksOf(await run("fish", ["--no-config", "-c", FISH, script, ...lines], cwd));
  };
}

/** A terminal with zsh in it: each line gets Tab, and then a key that writes down what the line has become. */
const ZSH = String.raw`
zmodload zsh/zpty zsh/system
script=$1
shift
out=$PWD/.out
mkfifo $out
exec {results}<>$out
zpty midge "env TERM=dumb zsh -f -i"
zpty -w midge "autoload -Uz compinit && compinit -u -D; source $script; unsetopt beep; report() { print -r -- \"\$BUFFER\" > $out; BUFFER= }; zle -N report; bindkey '^T' report; bindkey '^I' complete-word"
for line in "$@"; do
  zpty -w -n midge "$line"$'\t\C-T'
  IFS= read -r -u $results result
  print -r -- "$result"
  printf '\001\n'
done
zpty -d midge
`;

/** zsh; the one candidate is the line as it is completed. */
export function inZsh(cwd: string): Complete {
  return async (lines) => {
    const script = `${cwd}/.midge.zsh`;
    await Deno.writeTextFile(script, zshScript(TREE));
    return blocksOf(await run("zsh", ["-f", "-c", ZSH, "zsh", script, ...lines], cwd));
  };
}
