/** The options of `midge ctl user`, `midge ctl acl rules set` and `midge ctl token`. */
import type { OptionTable } from "../option_table.ts";

/** Which plugin, where the password comes from, what is changed. */
export const CHANGE_OPTIONS = {
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
  revision: {
    names: ["revision"],
    value: "REVISION",
    filled: true,
    help: "acl rules set: only in place of this one, as acl rules says it",
  },
  readOnly: { names: ["read-only"], help: "token new: who has it may only look" },
  name: { names: ["name"], value: "NAME", filled: true, help: "token new: what it is for" },
} as const satisfies OptionTable;
