/**
 * The last lines of the log, in memory, and those that come for who follows it. Invariants: lines and their bytes are
 * bounded; giving a line never waits and never throws; a line is as the log has it, escaped and cut.
 */
import type { LogLevel as TapeLevel, LogRecord } from "@logtape/logtape";
import type { LogLevel } from "../config/types.ts";
import { Feed } from "../feed.ts";
import { Fifo } from "../fifo.ts";
import { escapeText, lineOf } from "./format.ts";

const MOST_LINES = 500;
/** Characters of all lines. */
const MOST_CHARACTERS = 256 * 1024;
/** Lines that wait for one who follows. */
const MOST_WAITING = 1000;

/** One line, with what it is about. */
export interface LogLine {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly level: LogLevel;
  /** `midge.broker`. */
  readonly logger: string;
  readonly message: string;
}

/** Which lines one wants. */
type Wants = (line: LogLine) => boolean;

const LEVELS: readonly LogLevel[] = ["debug", "info", "warning", "error"];

/** The house's name of a level. */
export function levelOf(level: TapeLevel): LogLevel {
  if (level === "trace") return "debug";
  return level === "fatal" ? "error" : level;
}

/** The last lines of one process. */
export class LogRing {
  readonly #lines = new Fifo<LogLine>();
  #characters = 0;
  readonly #followers = new Map<Feed<LogLine>, Wants>();

  /** A record that was written. */
  add(record: LogRecord): void {
    const line = {
      at: record.timestamp,
      level: levelOf(record.level),
      logger: escapeText(record.category.join(".")),
      message: lineOf(record),
    };
    this.#lines.push(line);
    this.#characters += sizeOf(line);
    while (this.#lines.length > MOST_LINES || this.#characters > MOST_CHARACTERS) {
      this.#characters -= sizeOf(this.#lines.shift()!);
    }
    for (const [feed, wants] of this.#followers) if (wants(line)) feed.give(line);
  }

  /**
   * The lines that are there, and then those that come.
   * @param least their level, or a higher one
   * @param logger of this one and those below it; undefined: of all
   */
  follow(least: LogLevel, logger: string | undefined): Feed<LogLine> {
    const wants: Wants = (line) =>
      LEVELS.indexOf(line.level) >= LEVELS.indexOf(least) &&
      (logger === undefined || line.logger === logger || line.logger.startsWith(`${logger}.`));
    const feed: Feed<LogLine> = new Feed(MOST_WAITING, () => this.#followers.delete(feed));
    for (const line of this.#lines) if (wants(line)) feed.give(line);
    this.#followers.set(feed, wants);
    return feed;
  }
}

function sizeOf({ logger, message }: LogLine): number {
  return logger.length + message.length;
}
