/** `midge why`: asks the running broker over its management endpoint. */
import { ADDRESS_OPTIONS, addressOf } from "./ctl/address.ts";
import { printIncidents, REASON_OPTIONS } from "./ctl/reasons.ts";
import { describeOptions, type OptionTable } from "./option_table.ts";
import { readOptions } from "./options.ts";

const { client, topic, kind } = REASON_OPTIONS;
const OPTIONS = {
  ...REASON_OPTIONS,
  ...ADDRESS_OPTIONS,
  json: { names: ["json"], help: "an object per line" },
} as const satisfies OptionTable;
const SHOWN = { client, topic, kind, ...ADDRESS_OPTIONS, json: OPTIONS.json };

/** Printed by `midge why --help`. */
export const HELP = `Usage: midge why [CLIENT | TOPIC] [FLAGS]

Why clients were refused, denied, disconnected, or lost messages in the last hour, the newest first.
A word with / or + or # is a topic filter; another one is a client id or a topic (why: also a user or an
address).

${describeOptions(SHOWN)}

Exit code 0: done, by Ctrl-C too; 1: no broker answers; 2: the command line was not understood.`;

/** Prints it. */
export async function run(args: readonly string[]): Promise<number> {
  const given = readOptions(args, OPTIONS, ["[CLIENT|TOPIC]"]);
  return await printIncidents({ address: await addressOf(given), operands: given.operands, given });
}
