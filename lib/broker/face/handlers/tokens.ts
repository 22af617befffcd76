/** Tokens for the HTTP API. Invariant: a token itself reaches neither the log nor a listing. */
import type { RowOf } from "../../../manage/commands.ts";
import type { HandlersOf } from "../../../manage/runner.ts";
import type { Desk } from "./all.ts";

type Handlers = HandlersOf<"token list" | "token new" | "token remove">;

/** Their handlers. */
export function tokenHandlers({ admin, note }: Desk): Handlers {
  return {
    "token list": async () => [await (await admin.tokens()).list()].values(),
    async "token new"(args, caller) {
      const made = await (await admin.tokens()).make(args);
      note(caller, `${tokenText(made.row)} made`);
      return made;
    },
    async "token remove"({ id }, caller) {
      const row = await (await admin.tokens()).remove(id);
      note(caller, `${tokenText(row)} removed`);
      return row;
    },
  };
}

function tokenText({ id, name, role }: RowOf<"token list">): string {
  return `token ${id}${name === "" ? "" : ` (${JSON.stringify(name)})`} for role ${role}`;
}
