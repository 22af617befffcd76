/** `midge why`: asks the running broker over its management endpoint. */
import { printIncidents, REASON_OPTIONS } from "./ctl/reasons.ts";
import { reasonCommand } from "./reason_command.ts";
import type { CommandShape } from "./shape.ts";

const { kind } = REASON_OPTIONS;

const COMMAND = reasonCommand({
  name: "why",
  what:
    "Why clients were refused, denied, disconnected, or lost messages in the last hour, the newest first.",
  options: { kind },
  examples: ["midge why sensor-1", "midge why --kind denied -c config.yaml"],
  print: printIncidents,
});

/** Printed by `midge why --help`. */
export const HELP: string = COMMAND.HELP;

/** What it takes. */
export const SHAPE: CommandShape = COMMAND.SHAPE;

/** Prints it. */
export const run: (args: readonly string[]) => Promise<number> = COMMAND.run;
