/** Tokens for the HTTP API. */
import type { HandlersOf } from "../../../manage/runner.ts";
import type { Desk } from "./all.ts";
import { later } from "./later.ts";

/** Their handlers. */
export function tokenHandlers(
  _desk: Desk,
): HandlersOf<"token list" | "token new" | "token remove"> {
  return { "token list": later, "token new": later, "token remove": later };
}
