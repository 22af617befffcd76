/** Who may not come in. */
import { targetText } from "../../../bans/ban.ts";
import { banLine } from "../../../bans/bans.ts";
import type { ResultOf } from "../../../manage/commands.ts";
import type { HandlersOf } from "../../../manage/runner.ts";
import type { BanResult } from "../bans.ts";
import { banRow } from "../rows.ts";
import type { Desk } from "./all.ts";

/** The handlers of bans. */
export function banHandlers(
  { admin, note }: Desk,
): HandlersOf<"ban list" | "ban add" | "ban remove"> {
  return {
    "ban list": () => admin.banRows(),
    async "ban add"(args, caller) {
      const result = await admin.bans.add(args);
      const { ban, disconnected, notSaved } = result;
      note(caller, `${banLine(ban)}; disconnected: ${disconnected}${unsavedText(notSaved)}`);
      return resultOf(result);
    },
    async "ban remove"(args, caller) {
      const result = await admin.bans.remove(args);
      note(caller, `ban of ${targetText(result.ban)} removed${unsavedText(result.notSaved)}`);
      return resultOf(result);
    },
  };
}

function unsavedText(why: string | undefined): string {
  return why === undefined ? "" : `; it is not saved: ${why}`;
}

function resultOf({ ban, disconnected, notSaved }: BanResult): ResultOf<"ban add"> {
  return { ban: banRow(ban), disconnected, notSaved: notSaved ?? null };
}
