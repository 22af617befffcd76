/** Rules that can be changed while the broker runs. */
import type { HandlersOf } from "../../../manage/runner.ts";
import type { Desk } from "./all.ts";
import { later } from "./later.ts";

/** Their handlers. */
export function ruleHandlers(_desk: Desk): HandlersOf<"acl rules" | "acl rules set"> {
  return { "acl rules": later, "acl rules set": later };
}
