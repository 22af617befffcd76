/** Users that can be changed while the broker runs. */
import type { HandlersOf } from "../../../manage/runner.ts";
import { UserDesk } from "../users.ts";
import type { Desk } from "./all.ts";

type Handlers = HandlersOf<"user list" | "user add" | "user passwd" | "user remove">;

/** Their handlers; no password reaches the log. */
export function userHandlers({ core, note }: Desk): Handlers {
  const users = new UserDesk(core);
  return {
    "user list": () => users.list(),
    async "user add"(args, caller) {
      const row = await users.add(args);
      note(caller, `user ${JSON.stringify(row.username)} added to ${row.source}`);
      return row;
    },
    async "user passwd"(args, caller) {
      const row = await users.setPassword(args);
      note(caller, `password of user ${JSON.stringify(row.username)} changed in ${row.source}`);
      return row;
    },
    async "user remove"(args, caller) {
      const result = await users.remove(args);
      const { username, source, disconnected } = result;
      const what = `user ${JSON.stringify(username)} removed from ${source}`;
      note(caller, `${what}; disconnected: ${disconnected}`);
      return result;
    },
  };
}
