/** The options of `midge ctl user`. */
import type { OptionTable } from "../option_table.ts";

/** Which plugin, and where the password comes from. */
export const USER_OPTIONS = {
  source: {
    names: ["source"],
    value: "PLUGIN",
    filled: true,
    help: "user add, passwd, remove: the plugin that keeps the user,\nwhere there are several",
  },
  passwordStdin: {
    names: ["password-stdin"],
    help: "user add, passwd: the password is the first line of stdin;\nwithout it it is asked for",
  },
} as const satisfies OptionTable;
