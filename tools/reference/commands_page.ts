/**
 * docs/reference/COMMANDS.md: the help of every command. Invariant: the page is whole from here; it says what
 * `--help` says.
 */
import { COMMANDS } from "../../lib/cli/ctl/commands.ts";
import { ctlHelp } from "../../lib/cli/ctl/shapes.ts";
import { allCommands } from "../../lib/cli/tree.ts";

const INTRO = `# Commands

This page is written by \`deno task reference\` from the texts that \`midge COMMAND --help\` prints.
Exit codes: 0 done; 1 the configuration or the system refused; 2 the command line was not understood;
130 and 143 stopped by a signal. A problem is one line on stderr.
`;

/** The whole page. */
export async function commandsPage(): Promise<string> {
  const parts = [INTRO];
  for (const { name, summary, module } of await allCommands()) {
    parts.push(`## midge ${name}\n`, `${sentence(summary)}\n`, fenced(module.HELP));
    if (name === "ctl") parts.push(...ctlParts());
  }
  return parts.join("\n");
}

function ctlParts(): string[] {
  return Object.keys(COMMANDS).flatMap((name) => [
    `### midge ctl ${name}\n`,
    fenced(ctlHelp(name.split(" ")) ?? ""),
  ]);
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
}

function fenced(text: string): string {
  return `\`\`\`text\n${text}\n\`\`\`\n`;
}
