/** Rules that can be changed while the broker runs. */
import type { HandlersOf } from "../../../manage/runner.ts";
import { RuleDesk } from "../rules.ts";
import type { Desk } from "./all.ts";

/** Their handlers. */
export function ruleHandlers({ core, note }: Desk): HandlersOf<"acl rules" | "acl rules set"> {
  const rules = new RuleDesk(core);
  return {
    "acl rules": () => rules.list(),
    async "acl rules set"(args, caller) {
      const result = await rules.set(args);
      const { source, saved, revision } = result;
      if (!saved) return result;
      note(caller, `rules of ${source} changed from ${args.revision} to ${revision}`);
      for (const warning of result.warnings) core.logger.warn(`${source}: ${warning}`);
      return result;
    },
  };
}
