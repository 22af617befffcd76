/** The options of `midge plugin`, by what takes them. Invariant: an option means the same wherever it stands. */
import type { OptionTable } from "../option_table.ts";

/** `new`. */
export const NEW_OPTIONS = {
  js: {
    names: ["js"],
    help: "of new: in JavaScript, which every executable takes; so without\nboth",
  },
  ts: { names: ["ts"], help: "of new: in TypeScript" },
} as const satisfies OptionTable;

/** `check`. */
export const CHECK_OPTIONS = {
  config: {
    names: ["config", "c"],
    value: "FILE",
    filled: true,
    help:
      "of check: the configuration that has the plugin's options; without\nit the plugin gets none",
  },
} as const satisfies OptionTable;

/** All of them, for the help. */
export const ALL_OPTIONS = { ...NEW_OPTIONS, ...CHECK_OPTIONS };
