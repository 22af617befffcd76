/**
 * The logger that the broker, the plugins and the command line write to, over LogTape. Invariant:
 * synchronous, never throws, and a message is text, not a template: braces in it mean nothing.
 * Nothing is written until logging is set up (setup.ts, or LogTape's own configure by an embedder).
 */
import { getLogger, type Logger as TapeLogger } from "@logtape/logtape";
import type { Logger } from "../plugin/types.ts";

/** The first part of every logger's name. */
export const ROOT_CATEGORY = "midge";

type Level = Parameters<Logger["isEnabledFor"]>[0];

/** Writes to one category; a level that no one wants costs one check. */
class CategoryLogger implements Logger {
  readonly #tape: TapeLogger;

  constructor(tape: TapeLogger) {
    this.#tape = tape;
  }

  debug(message: string, properties?: Record<string, unknown>): void {
    this.#write("debug", message, properties);
  }

  info(message: string, properties?: Record<string, unknown>): void {
    this.#write("info", message, properties);
  }

  warn(message: string, properties?: Record<string, unknown>): void {
    this.#write("warning", message, properties);
  }

  error(message: string, properties?: Record<string, unknown>): void {
    this.#write("error", message, properties);
  }

  isEnabledFor(level: Level): boolean {
    return this.#tape.isEnabledFor(level);
  }

  #write(level: Level, message: string, properties: Record<string, unknown> = {}): void {
    if (!this.#tape.isEnabledFor(level)) return;
    this.#tape.emit({
      level,
      message: [message],
      rawMessage: message,
      timestamp: Date.now(),
      properties: readAll(properties),
    });
  }
}

/** The properties' values, read once; a getter that throws must not cost the record. */
function readAll(properties: Record<string, unknown>): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const key of Object.keys(properties)) {
    try {
      values[key] = properties[key];
    } catch (error) {
      values[key] = error;
    }
  }
  return values;
}

/** The logger named `midge.<category>`: `loggerFor("plugins", "auth_file")`. */
export function loggerFor(...category: string[]): Logger {
  return new CategoryLogger(getLogger([ROOT_CATEGORY, ...category]));
}
