/** The log: levels, and lines as they come. */
import type { HandlersOf } from "../../../manage/runner.ts";
import type { Desk } from "./all.ts";
import { later } from "./later.ts";

/** Their handlers. */
export function logHandlers(_desk: Desk): HandlersOf<"log levels" | "log level" | "log tail"> {
  return { "log levels": later, "log level": later, "log tail": later };
}
