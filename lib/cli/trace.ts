/** `midge trace`: asks the running broker over its management endpoint. */
import { printTrace, REASON_OPTIONS } from "./ctl/reasons.ts";
import { reasonCommand } from "./reason_command.ts";

const { seconds } = REASON_OPTIONS;

const COMMAND = reasonCommand({
  name: "trace",
  what:
    "What becomes of messages: who publishes them, what rules say, who gets them, and who does not and why. Until Ctrl-C.",
  options: { seconds },
  print: printTrace,
});

/** Printed by `midge trace --help`. */
export const HELP: string = COMMAND.HELP;

/** Prints it. */
export const run: (args: readonly string[]) => Promise<number> = COMMAND.run;
