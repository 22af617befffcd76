/**
 * `midge ctl ban`: bans as options, and as lines for people. Pure. Invariant: what is no ban is a UsageError before the
 * broker is asked.
 */
import { readDuration } from "../../config/units.ts";
import type { ArgsOf, ResultOf, RowOf } from "../../manage/commands.ts";
import type { GivenOptions } from "../given_options.ts";
import type { OptionTable } from "../option_table.ts";
import { UsageError } from "../usage_error.ts";

/** Whom a ban is for, and for how long. */
export const BAN_OPTIONS = {
  clientid: {
    names: ["clientid", "i"],
    value: "ID",
    filled: true,
    help: "ban add, remove: the client id;",
  },
  user: { names: ["user", "u"], value: "NAME", filled: true, help: "... the user;" },
  address: {
    names: ["address"],
    value: "ADDRESS",
    filled: true,
    help: "... the address, or the network (10.0.0.0/8). Of several\noptions all must be true",
  },
  for: {
    names: ["for"],
    value: "TIME",
    filled: true,
    help: "ban add, token new: how long (30m, 1h, 7d); without it for\never",
  },
  until: {
    names: ["until"],
    value: "TIME",
    filled: true,
    help: "ban add: or until when (2026-01-31T12:00:00Z; without a zone\nthe time of this machine)",
  },
  reason: { names: ["reason"], value: "TEXT", filled: true, help: "ban add: why, for people" },
} as const satisfies OptionTable;

type BanOptionName = keyof typeof BAN_OPTIONS;

/** All of them. */
export const BAN_OPTION_NAMES: readonly BanOptionName[] = [
  "clientid",
  "user",
  "address",
  "for",
  "until",
  "reason",
];

/** Those that say whom. */
export const TARGET_OPTIONS: ReadonlySet<BanOptionName> = new Set(["clientid", "user", "address"]);

type BanOptions = GivenOptions<typeof BAN_OPTIONS>;
type Target = ArgsOf<"ban remove">;

/** @throws UsageError when no one is named */
export function readTarget(given: BanOptions): Target {
  const [clientId, username, network] = [
    given.last("clientid"),
    given.last("user"),
    given.last("address"),
  ];
  if (clientId === undefined && username === undefined && network === undefined) {
    throw new UsageError("whom is missing: --clientid ID, --user NAME or --address ADDRESS");
  }
  return { clientId, username, network };
}

/** @throws UsageError for what is no ban */
export function readBan(given: BanOptions): ArgsOf<"ban add"> {
  const target = readTarget(given);
  const until = readUntil(given);
  const seconds = readFor(given);
  if (until !== undefined && seconds !== undefined) {
    throw new UsageError("--for and --until are both given; expected only one of them");
  }
  return { ...target, seconds, until, reason: given.last("reason") };
}

/** @returns seconds; undefined: for ever @throws UsageError */
export function readFor(given: Pick<BanOptions, "last" | "wrong">): number | undefined {
  const text = given.last("for");
  if (text === undefined) return undefined;
  const milliseconds = readDuration(text);
  if (milliseconds) return milliseconds / 1000;
  throw given.wrong("for", "a duration such as 30m, 1h, 7d");
}

function readUntil(given: BanOptions): number | undefined {
  const text = given.last("until");
  if (text === undefined) return undefined;
  const time = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : NaN;
  if (!Number.isNaN(time)) return time;
  throw given.wrong("until", "a time such as 2026-01-31T12:00:00Z");
}

/** What was done. */
export function banLines({ ban, disconnected }: ResultOf<"ban add">): string[] {
  return [`${whom(ban)}: banned ${untilText(ban)}; disconnected: ${disconnected}`];
}

/** What was undone. */
export function unbanLines({ ban }: ResultOf<"ban remove">): string[] {
  return [`${whom(ban)}: no longer banned`];
}

/** `until 2026-01-31T12:00:00.000Z`, `for ever`. */
export function untilText({ until }: RowOf<"ban list">): string {
  return until === null ? "for ever" : `until ${new Date(until).toISOString()}`;
}

function whom({ clientId, username, network }: RowOf<"ban list">): string {
  const parts = [
    clientId === null ? [] : [`client id ${clientId}`],
    username === null ? [] : [`user ${username}`],
    network === null ? [] : [`from ${network}`],
  ];
  return parts.flat().join(", ");
}
