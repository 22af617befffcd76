/**
 * `midge ctl token`: tokens for the dashboard and the HTTP API. Invariant: a token is printed once, when it is made, alone
 * in its line, so that a script can take it.
 */
import type { ArgsOf, RowOf } from "../../manage/commands.ts";
import { readFor } from "./bans.ts";
import { ask, type Asked, type CtlCommand, listRows, operand } from "./command.ts";
import { type Table, tableOf } from "./tables.ts";

/** The tokens. */
export const tokenTable: Table<RowOf<"token list">> = tableOf(
  ["ID", 12, ({ id }) => id],
  ["ROLE", 6, ({ role }) => role],
  ["MADE", 20, ({ created }) => timeText(created)],
  ["LAST USED", 20, ({ lastUsed }) => lastUsed === null ? "never" : timeText(lastUsed)],
  ["UNTIL", 20, ({ expires }) => expires === null ? "for ever" : timeText(expires)],
  ["NAME", 0, ({ name }) => name],
);

/** By name. */
export const TOKEN_COMMANDS: Readonly<Record<string, CtlCommand>> = {
  "token list": {
    operands: [],
    example: "midge ctl token list",
    help: "the tokens for the dashboard and the HTTP API",
    run: (asked) => listRows(asked, "token list", {}, tokenTable),
  },
  "token new": {
    operands: [],
    example: "midge ctl token new --name grafana --read-only --for 30d",
    takes: ["readOnly", "name"],
    takesFor: true,
    help:
      "makes a token and prints it, this once; for ever or --for TIME,\nwith --read-only for one who may only look",
    run: (asked) => ask(asked, "token new", newToken(asked), ({ token }) => [token]),
  },
  "token remove": {
    operands: ["ID"],
    example: "midge ctl token remove 1",
    help: "makes a token void, and ends the logins that it began",
    run: (asked) =>
      ask(asked, "token remove", { id: operand(asked) }, ({ id }) => [`token ${id} is void`]),
  },
};

function newToken({ given }: Asked): ArgsOf<"token new"> {
  return {
    name: given.last("name"),
    role: given.has("readOnly") ? "viewer" : "admin",
    seconds: readFor(given),
  };
}

/** To the second, UTC. */
function timeText(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}
