/** Users that can be changed while the broker runs. */
import type { HandlersOf } from "../../../manage/runner.ts";
import type { Desk } from "./all.ts";
import { later } from "./later.ts";

/** Their handlers. */
export function userHandlers(
  _desk: Desk,
): HandlersOf<"user list" | "user add" | "user passwd" | "user remove"> {
  return { "user list": later, "user add": later, "user passwd": later, "user remove": later };
}
