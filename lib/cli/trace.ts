/** `midge trace`: asks the running broker over its management endpoint. */
import { printTrace, REASON_OPTIONS } from "./ctl/reasons.ts";
import { reasonCommand } from "./reason_command.ts";
import type { CommandShape } from "./shape.ts";

const { seconds } = REASON_OPTIONS;

const COMMAND = reasonCommand({
  name: "trace",
  what:
    "What becomes of messages: who publishes them, what rules say, who gets them, and who does not and why. Until Ctrl-C.",
  options: { seconds },
  examples: ["midge trace sensor-1", "midge trace 'home/#' --seconds 60"],
  print: printTrace,
});

/** Printed by `midge trace --help`. */
export const HELP: string = COMMAND.HELP;

/** What it takes. */
export const SHAPE: CommandShape = COMMAND.SHAPE;

/** Prints it. */
export const run: (args: readonly string[]) => Promise<number> = COMMAND.run;
