/** The options of `midge db`, by what takes them. Invariant: an option means the same wherever it stands. */
import type { OptionTable } from "../option_table.ts";

const CONFIG = {
  names: ["config", "c"],
  value: "FILE",
  filled: true,
  help: "the configuration of the broker",
} as const;

/** `init` is told the source by its operand. */
export const INIT_OPTIONS = { config: CONFIG } as const satisfies OptionTable;

/** Which database: every command takes these. */
export const DATABASE_OPTIONS = {
  config: CONFIG,
  source: {
    names: ["source"],
    value: "NAME",
    choices: ["mysql", "postgres"],
    filled: true,
    help: "mysql or postgres, where FILE has both",
  },
} as const satisfies OptionTable;

/** `user`. */
export const USER_OPTIONS = {
  ...DATABASE_OPTIONS,
  superuser: { names: ["superuser"], help: "of user add: skips all rules" },
} as const satisfies OptionTable;

/** `acl add`. */
export const RULE_OPTIONS = {
  ...DATABASE_OPTIONS,
  deny: { names: ["deny"], help: "of acl add: forbids; without it the rule allows" },
  action: {
    names: ["action"],
    value: "ACTION",
    default: "pubsub",
    choices: ["publish", "subscribe", "pubsub"],
    filled: true,
    help: "of acl add: publish, subscribe or pubsub",
  },
  user: {
    names: ["user"],
    value: "NAME",
    filled: true,
    help: "of acl add: whom it is about; all that are given must match",
  },
  "client-id": { names: ["client-id"], value: "ID", filled: true, help: "the same, by client id" },
  ip: {
    names: ["ip"],
    value: "ADDRESS",
    filled: true,
    help: "the same, by address, or by a range such as 10.0.0.0/8",
  },
} as const satisfies OptionTable;

/** All of them, for the help. */
export const DB_OPTIONS = { ...USER_OPTIONS, ...RULE_OPTIONS };
