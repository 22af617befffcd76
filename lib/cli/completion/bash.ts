/**
 * Completion for bash, also 3.2 as on macOS, without the package bash-completion. Invariant: a word that is a value is
 * never taken for a command.
 */
import { caseFunctions } from "./cases.ts";
import type { Completed } from "./model.ts";
import { quoted } from "../shell_word.ts";
import type { CommandShape } from "../shape.ts";

/** The script. */
export function bashScript(tree: CommandShape): string {
  return `# Completion for midge in bash; made by: midge completion bash
${caseFunctions(tree, `commands="" flags="" operands=""`, commandCase)}${WALK}`;
}

function commandCase({ place, commands, flags, operands }: Completed): string {
  const words = commands.map(([word]) => word).join(" ");
  const spellings = flags.map(([word]) => word).join(" ");
  return `    ${quoted(place)}) commands=${quoted(words)} flags=${quoted(spellings)} operands=${
    quoted(operands.join(" "))
  } ;;`;
}

const WALK = String.raw`
__midge_offer() {
  local word
  case $1 in
    file) compopt -o filenames 2>/dev/null
      while IFS= read -r word; do COMPREPLY+=("$prefix$word"); done < <(compgen -f -- "$cur") ;;
    folder) compopt -o filenames 2>/dev/null
      while IFS= read -r word; do COMPREPLY+=("$prefix$word"); done < <(compgen -d -- "$cur") ;;
    =*) word=$1
      while IFS= read -r word; do COMPREPLY+=("$prefix$word"); done < <(compgen -W "$(echo "${"${word#=}"}" | tr , ' ')" -- "$cur") ;;
  esac
}

_midge() {
  local cur=${"${COMP_WORDS[COMP_CWORD]}"} place="" expects="" last="" prefix="" count=0 i word
  local commands flags operands kind
  COMPREPLY=()
  __midge_command ""
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${"${COMP_WORDS[i]}"}
    if [[ $word == "=" ]]; then
      expects=$last
    elif [[ -n $expects ]]; then
      expects=""
    elif [[ $word == -* ]]; then
      __midge_value "$place|$word"
      [[ -n $kind && $kind != @* ]] && expects=$word
    elif [[ " $commands " == *" $word "* ]]; then
      place=${"${place:+$place }"}$word count=0
      __midge_command "$place"
    else
      count=$((count + 1)) commands=""
    fi
    last=$word
  done
  if [[ $cur == "=" ]]; then
    expects=$last cur=""
  elif [[ -z $expects && $cur == --*=* ]]; then
    expects=${"${cur%%=*}"} prefix="${"${cur%%=*}"}=" cur=${"${cur#*=}"}
  fi
  if [[ -n $expects ]]; then
    __midge_value "$place|$expects"
    __midge_offer "${"${kind#@}"}"
    return
  fi
  if [[ $cur == -* ]]; then
    while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -W "$flags" -- "$cur")
    return
  fi
  while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -W "$commands" -- "$cur")
  local kinds
  read -r -a kinds <<<"$operands"
  kind=${"${kinds[count]:-}"}
  [[ ${"${#kinds[@]}"} -gt 0 && ${"${kinds[${#kinds[@]}-1]}"} == "*" && $count -ge $((${"${#kinds[@]}"} - 1)) ]] &&
    kind=${"${kinds[${#kinds[@]}-2]}"}
  __midge_offer "$kind"
}

complete -F _midge midge midge-broker
`;
