/** All man pages, by file name. Invariant: a page for every command that has a file, one for midge, one for its file. */
import { allCommands, commandTree, type NamedCommand } from "../../lib/cli/tree.ts";
import { commandPage, type Edition, optionEntries } from "./command_page.ts";
import { configManPage } from "./config_page.ts";
import { bold, entry, pageHead, pageOf, paragraph, verbatim } from "./roff.ts";

const ABOUT = [
  "Midge is an MQTT broker for MQTT 3.1, 3.1.1 and 5, over TCP, TLS, WebSocket and Unix sockets, with a client and " +
  "tools. Without a command it starts the broker.",
  "midge help lists topics of the documentation, midge help TOPIC prints one.",
];

/** The texts of the pages. */
export async function manPages(edition: Edition): Promise<Readonly<Record<string, string>>> {
  const commands = await allCommands();
  const own = commands.map((command) =>
    [`midge-${command.name}.1`, commandPage(command, edition, seeAlso(command))] as const
  );
  return {
    "midge.1": await rootPage(commands, edition),
    ...Object.fromEntries(own),
    "midge-config.5": configManPage(edition),
  };
}

function seeAlso({ module: { SHAPE } }: NamedCommand): string[] {
  const reads = JSON.stringify(SHAPE ?? {}).includes('"config"');
  return [reference("midge", 1), ...reads ? [reference("midge-config", 5)] : []];
}

function reference(name: string, section: number): string {
  return `${bold(name)}(${section})`;
}

async function rootPage(commands: readonly NamedCommand[], edition: Edition): Promise<string> {
  const { options = {} } = await commandTree();
  const entries = commands.map(({ name, summary }) =>
    entry(reference(`midge-${name}`, 1), `${summary}.`)
  );
  return pageOf([
    pageHead({ ...edition, name: "midge", section: 1, summary: "an MQTT broker" }),
    ".SH SYNOPSIS",
    verbatim(["midge [COMMAND] [FLAGS]"]),
    ".SH DESCRIPTION",
    ...ABOUT.map(paragraph),
    ".SH COMMANDS",
    ...entries,
    ".SH OPTIONS",
    ...optionEntries(options),
    ".SH EXIT STATUS",
    paragraph(
      "0: done; 1: the configuration or the system refused; 2: the command line was not understood; 130, 143: " +
        "stopped by a signal.",
    ),
    ".SH EXAMPLES",
    verbatim([
      "midge start --config /etc/midge/config.yaml",
      "midge sub -t 'home/#' -v",
      "midge pub -t home/lamp -m on",
    ]),
    ".SH SEE ALSO",
    ".PP",
    reference("midge-config", 5),
  ]);
}
