/**
 * `midge ctl user`: users that a running broker knows, and lets be changed. Invariant: no password stands in a command
 * line, and none is printed.
 */
import type { RowOf } from "../../manage/commands.ts";
import { UserError } from "../../user_error.ts";
import { askPassword } from "../ask_password.ts";
import { ask, type Asked, type CtlCommand, listRows, operand } from "./command.ts";
import { type Table, tableOf } from "./tables.ts";

const userTable: Table<RowOf<"user list">> = tableOf(
  ["USER", 28, ({ username }) => username],
  ["PLUGIN", 16, ({ source }) => source],
  ["PASSWORD", 0, ({ hash }) => hash ?? "cannot be used"],
);

/** By name. */
export const USER_COMMANDS: Readonly<Record<string, CtlCommand>> = {
  "user list": {
    operands: [],
    example: "midge ctl user list",
    help: "the users of the plugins that keep them in a file",
    run: (asked) => listRows(asked, "user list", {}, userTable),
  },
  "user add": {
    operands: ["USER"],
    example: "echo secret | midge ctl user add alice --password-stdin",
    takes: ["source", "passwordStdin"],
    asksPassword: true,
    help: "adds a user, who may log in at once; asks for the password",
    run: async (asked) =>
      ask(asked, "user add", await credentials(asked), ({ username, source }) => [
        `${source}: added ${username}`,
      ]),
  },
  "user passwd": {
    operands: ["USER"],
    example: "echo secret | midge ctl user passwd alice --password-stdin",
    takes: ["source", "passwordStdin"],
    asksPassword: true,
    help: "changes a user's password; connections stay",
    run: async (asked) =>
      ask(asked, "user passwd", await credentials(asked), ({ username, source }) => [
        `${source}: set the password of ${username}`,
      ]),
  },
  "user remove": {
    operands: ["USER"],
    example: "midge ctl user remove alice",
    takes: ["source"],
    help: "removes a user; its connections are closed",
    run: (asked) =>
      ask(asked, "user remove", target(asked), ({ username, source, disconnected }) => [
        `${source}: removed ${username}; disconnected: ${disconnected}`,
      ]),
  },
};

function target(asked: Asked): { username: string; source: string | undefined } {
  return { username: operand(asked), source: asked.given.last("source") };
}

async function credentials(asked: Asked) {
  const isFromStdin = asked.given.has("passwordStdin");
  const password = textOf(await askPassword(operand(asked), isFromStdin));
  return { ...target(asked), password };
}

/** It goes over the socket as JSON. */
function textOf(password: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(password);
  } catch (cause) {
    throw new UserError("the password is no UTF-8 text; nothing was changed", { cause });
  }
}
