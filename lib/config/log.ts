/**
 * `log`. Invariant: a level belongs to a logger of Midge's; a name that can have none is an error.
 */
import { LOG_KEYS } from "./broker_keys.ts";
import { type LogLevel, logLevel, readValue } from "./fields.ts";
import { isMapping } from "./keys.ts";
import type { Problems } from "./problems.ts";
import { readSection } from "./table.ts";
import type { LogConfig } from "./types.ts";

/** Reads the section. */
export function readLog(raw: unknown, problems: Problems): LogConfig {
  const log = readSection(LOG_KEYS, raw, ["log"], problems);
  return { ...log, loggers: readLoggers(log.loggers, problems) };
}

function readLoggers(raw: unknown, problems: Problems): Record<string, LogLevel> {
  const path = ["log", "loggers"];
  if (raw === null) return {};
  if (!isMapping(raw)) {
    problems.addValue(path, raw, "a mapping from logger names to levels");
    return {};
  }
  const levels: Record<string, LogLevel> = {};
  for (const [name, value] of Object.entries(raw)) {
    if (/^midge(\.|$)/.test(name)) {
      const level = readValue(logLevel, value, [...path, name], problems);
      if (level !== undefined) levels[name] = level;
    } else problems.add([...path, name], "unknown logger; expected a name such as midge.broker");
  }
  return levels;
}
