/**
 * Completion for zsh, as a file of fpath or to be sourced. Invariant: no name of zsh's own (path, commands, options) is
 * made local.
 */
import { caseFunctions } from "./cases.ts";
import type { Completed, Described } from "./model.ts";
import { quoted } from "../shell_word.ts";
import type { CommandShape } from "../shape.ts";

/** The script. */
export function zshScript(tree: CommandShape): string {
  return `#compdef midge midge-broker
# Completion for midge in zsh; made by: midge completion zsh
${caseFunctions(tree, "subs=() flags=() wanted=()", commandCase)}${WALK}`;
}

function commandCase({ place, commands, flags, operands }: Completed): string {
  return `    ${quoted(place)})
      subs=(${commands.map(pair).join(" ")})
      flags=(${flags.map(pair).join(" ")})
      wanted=(${operands.map(quoted).join(" ")}) ;;`;
}

function pair([word, about]: Described): string {
  return quoted(`${word.replaceAll(":", "\\:")}:${about}`);
}

const WALK = String.raw`
__midge_offer() {
  case $1 in
    file) _files ;;
    folder) _files -/ ;;
    =*) local -a choices=(${"${(s:,:)${1#=}}"}); compadd -a choices ;;
  esac
}

_midge() {
  local -a subs flags wanted
  local place="" expects="" kind="" word
  integer count=0 i
  __midge_command ""
  for ((i = 2; i < CURRENT; i++)); do
    word=${"${words[i]}"}
    if [[ -n $expects ]]; then
      expects=""
    elif [[ $word == --*=* ]]; then
      continue
    elif [[ $word == -* ]]; then
      __midge_value "$place|$word"
      [[ -n $kind && $kind != @* ]] && expects=$word
    elif [[ -n ${"${(M)subs:#${word}:*}"} ]]; then
      place=${"${place:+$place }"}$word count=0
      __midge_command "$place"
    else
      count+=1 subs=()
    fi
  done
  if [[ -z $expects && ${"${words[CURRENT]}"} == --*=* ]]; then
    expects=${"${words[CURRENT]%%=*}"}
    compset -P '*='
  fi
  if [[ -n $expects ]]; then
    __midge_value "$place|$expects"
    __midge_offer "${"${kind#@}"}"
  elif [[ ${"${words[CURRENT]}"} == -* ]]; then
    _describe -o option flags
  else
    (($#subs)) && _describe command subs
    kind=${"${wanted[count+1]:-}"}
    [[ ${"${wanted[-1]:-}"} == "*" && $count -ge $(($#wanted - 1)) ]] && kind=${"${wanted[-2]}"}
    __midge_offer "$kind"
  fi
}

if [[ ${"${funcstack[1]:-}"} == _midge ]]; then
  _midge "$@"
else
  compdef _midge midge midge-broker
fi
`;
