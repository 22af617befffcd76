/** The options of `midge store`, by what takes them. Invariant: an option means the same wherever it stands. */
import { STORE_KINDS } from "../../storage/foreign/import_state.ts";
import type { OptionTable } from "../option_table.ts";

/** Whose files: those of the broker with this configuration. */
export const BROKER_OPTIONS = {
  config: {
    names: ["config", "c"],
    value: "FILE",
    filled: true,
    help: "the configuration of the broker; without it the built-in one",
  },
  dataDir: {
    names: ["data-dir"],
    value: "DIR",
    filled: true,
    help: "the folder that the broker writes to, where it was started with\nthis option",
  },
} as const satisfies OptionTable;

/** Which store: every command takes these. */
export const PLACE_OPTIONS = {
  ...BROKER_OPTIONS,
  store: {
    names: ["store"],
    value: "FOLDER",
    filled: true,
    help: "the folder of the store itself, in place of both",
  },
} as const satisfies OptionTable;

/** `check`. */
export const CHECK_OPTIONS = {
  ...PLACE_OPTIONS,
  repair: { names: ["repair"], help: "of check: makes a damaged store whole" },
} as const satisfies OptionTable;

/** `import`. */
export const IMPORT_OPTIONS = {
  ...PLACE_OPTIONS,
  from: {
    names: ["from"],
    value: "KIND",
    choices: STORE_KINDS,
    filled: true,
    help: `of import: what FILE has to be, one of ${STORE_KINDS.join(", ")};\n` +
      "without it, it is told by how it begins",
  },
  merge: {
    names: ["merge"],
    help: "of import: adds to what the store has, which stays where both\n" +
      "have a session, a retained message or a will of one name",
  },
  replace: { names: ["replace"], help: "of import: takes the place of what the store has" },
  username: {
    names: ["username"],
    value: "NAME",
    filled: true,
    help: "of import: the username of aMQTT's clients, whose database has\n" +
      "none; %c in it is the client id",
  },
  claimed: {
    names: ["claimed"],
    help: "of import: usernames of another broker's clients count as claims,\n" +
      "for a broker whose sources ask for no proof (auth_anonymous)",
  },
} as const satisfies OptionTable;

/** All of them, for the help. */
export const ALL_OPTIONS = { ...CHECK_OPTIONS, ...IMPORT_OPTIONS };
