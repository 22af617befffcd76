/** Completion for fish. Invariant: one function offers everything, so that what is offered follows from the words typed. */
import { completedCommands, type Described, valueRows } from "./model.ts";
import { fishQuoted } from "./quoting.ts";
import type { CommandShape } from "../shape.ts";

/** The script. */
export function fishScript(tree: CommandShape): string {
  const all = completedCommands(tree);
  return `# Completion for midge in fish; made by: midge completion fish
${switchOf("__midge_subs", all.map(({ place, commands }) => [place, commands.map(line)]))}
${switchOf("__midge_flags", all.map(({ place, flags }) => [place, flags.map(line)]))}
${switchOf("__midge_operands", all.map(({ place, operands }) => [place, operands]))}
function __midge_value
    switch "$argv[1]"
${
    valueRows(tree).map(({ keys, kind }) =>
      `        case ${keys.map((key) => fishQuoted(key.join("|"))).join(" ")}
            echo ${fishQuoted(kind)}`
    ).join("\n")
  }
    end
end
${WALK}`;
}

function line([word, about]: Described): string {
  return `${word}\t${about}`;
}

/** A function that prints the lines of a place. */
function switchOf(
  name: string,
  rows: readonly (readonly [place: string, lines: readonly string[]])[],
): string {
  const cases = rows.filter(([, lines]) => lines.length > 0).map(([place, lines]) =>
    `        case ${fishQuoted(place)}
            printf '%s\\n' ${lines.map(fishQuoted).join(" ")}`
  );
  return `function ${name}
    switch "$argv[1]"
${cases.join("\n")}
    end
end
`;
}

const WALK = String.raw`
function __midge_offer -a kind current prefix
    switch "$kind"
        case file
            for one in (__fish_complete_path "$current")
                echo $prefix$one
            end
        case folder
            for one in (__fish_complete_directories "$current" '')
                echo $prefix$one
            end
        case '=*'
            for one in (string split , -- (string sub -s 2 -- "$kind"))
                echo $prefix$one
            end
    end
end

function __midge_complete
    set -l tokens (commandline -opc)
    set -l current (commandline -ct)
    set -e tokens[1]
    set -l place ''
    set -l expects ''
    set -l count 0
    set -l subs (__midge_subs '')
    for word in $tokens
        if test -n "$expects"
            set expects ''
        else if string match -qr -- '^--.*=' "$word"
            continue
        else if string match -qr -- '^-' "$word"
            set -l kind (__midge_value "$place|$word")
            if test -n "$kind"; and not string match -qr '^@' -- "$kind"
                set expects "$word"
            end
        else if contains -- "$word" (string replace -r '\t.*' '' -- $subs)
            set place (string trim -- "$place $word")
            set subs (__midge_subs "$place")
            set count 0
        else
            set count (math $count + 1)
            set subs
        end
    end
    set -l prefix ''
    if test -z "$expects"; and string match -qr -- '^--.*=' "$current"
        set expects (string replace -r '=.*' '' -- "$current")
        set prefix "$expects="
        set current (string replace -r '^[^=]*=' '' -- "$current")
    end
    if test -n "$expects"
        set -l kind (__midge_value "$place|$expects")
        __midge_offer (string replace -r '^@' '' -- "$kind") "$current" "$prefix"
    else if string match -qr -- '^-' "$current"
        __midge_flags "$place"
    else
        test (builtin count $subs) -gt 0; and printf '%s\n' $subs
        set -l wanted (__midge_operands "$place")
        set -l kind ''
        if test (builtin count $wanted) -gt $count
            set kind $wanted[(math $count + 1)]
        end
        if test "$wanted[-1]" = '*'; and test $count -ge (math (builtin count $wanted) - 1)
            set kind $wanted[-2]
        end
        __midge_offer "$kind" "$current" ''
    end
end

complete -c midge -f -a '(__midge_complete)'
complete -c midge-broker -f -a '(__midge_complete)'
`;
