/** What `midge why` and `midge trace` have in common: they ask a running broker about a client or a topic. */
import { ADDRESS_OPTIONS, addressOf } from "./ctl/address.ts";
import { type AskedWhy, REASON_OPTIONS } from "./ctl/reasons.ts";
import { describeOptions, type OptionTable } from "./option_table.ts";
import { readOptions } from "./options.ts";
import type { CommandShape } from "./shape.ts";

const JSON_OPTION = {
  json: { names: ["json"], help: "an object per line" },
} as const satisfies OptionTable;
const OPTIONS = { ...REASON_OPTIONS, ...ADDRESS_OPTIONS, ...JSON_OPTION };

/** What sets one apart. */
interface ReasonCommand {
  readonly name: string;
  /** What it tells, in lines of the help. */
  readonly what: string;
  /** Its own options. */
  readonly options: OptionTable;
  /** Command lines that show what it is for. */
  readonly examples: readonly string[];
  readonly print: (asked: AskedWhy) => Promise<number>;
}

/** A subcommand: its help, and what does it. */
export function reasonCommand({ name, what, options, examples, print }: ReasonCommand): {
  readonly HELP: string;
  readonly SHAPE: CommandShape;
  readonly run: (args: readonly string[]) => Promise<number>;
} {
  const { client, topic } = REASON_OPTIONS;
  const shown = { client, topic, ...options, ...ADDRESS_OPTIONS, ...JSON_OPTION };
  return {
    HELP: `Usage: midge ${name} [CLIENT | TOPIC] [FLAGS]

${what}
A word with / or + or # is a topic filter; another one is a client id or a topic (why: also a user or an
address).

${describeOptions(shown)}

Examples:
${examples.map((line) => `  ${line}`).join("\n")}

Exit code 0: done, by Ctrl-C too; 1: no broker answers; 2: the command line was not understood.`,
    SHAPE: { operands: ["[CLIENT|TOPIC]"], options: shown },
    async run(args) {
      const given = readOptions(args, OPTIONS, ["[CLIENT|TOPIC]"]);
      return await print({ address: await addressOf(given), operands: given.operands, given });
    },
  };
}
