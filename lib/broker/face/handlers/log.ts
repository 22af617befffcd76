/** The log: levels, and lines as they come. */
import { liveRing, logLevels, setLogLevel } from "../../../log/live.ts";
import type { HandlersOf } from "../../../manage/runner.ts";
import type { Desk } from "./all.ts";

/** Their handlers. */
export function logHandlers(
  { core, note }: Desk,
): HandlersOf<"log levels" | "log level" | "log tail"> {
  return {
    "log levels": () => [logLevels()].values(),
    "log level"(asked, caller) {
      setLogLevel(asked);
      note(caller, `log level of ${asked.logger} is ${asked.level}`);
      core.observeAgain();
      return asked;
    },
    "log tail": ({ level, logger }) => liveRing().follow(level, logger),
  };
}
