/**
 * The log of this process as it is: levels that can be changed, and its last lines. Invariant: a log that an embedder
 * has set up by LogTape's own means is left alone.
 */
import { configureSync, getConfig, type Sink } from "@logtape/logtape";
import type { LogLevel } from "../config/types.ts";
import { UserError } from "../user_error.ts";
import { ROOT_CATEGORY } from "./logger.ts";
import { levelOf, LogRing } from "./ring.ts";

/** The name of the sink that keeps the last lines. */
export const RING = "ring";
/** Loggers with a level of their own. */
const MOST_LOGGERS = 200;

/** A sink that keeps what it gets. */
interface RingSink extends Sink {
  readonly ring: LogRing;
}

/** The level of one logger, and of those below it that have none. */
export interface LoggerLevel {
  readonly logger: string;
  readonly level: LogLevel;
}

/** A sink for LogTape's configuration, where it is found again. */
export function ringSink(ring: LogRing): RingSink {
  return Object.assign((record: Parameters<Sink>[0]) => ring.add(record), { ring });
}

/** The last lines that are kept; undefined: the log was not set up by Midge. */
export function ringInUse(): LogRing | undefined {
  const ring: unknown = Reflect.get(Object(getConfig()?.sinks[RING]), "ring");
  return ring instanceof LogRing ? ring : undefined;
}

/**
 * The last lines, for who follows them.
 * @throws UserError where they are not kept
 */
export function liveRing(): LogRing {
  const ring = ringInUse();
  if (ring !== undefined) return ring;
  throw new UserError(
    "the log of this process was set up by its own program; expected a broker of midge start",
  );
}

/**
 * The level of each logger that has one.
 * @throws UserError where the log was not set up by Midge
 */
export function logLevels(): LoggerLevel[] {
  liveRing();
  return (getConfig()?.loggers ?? []).flatMap(({ category, lowestLevel }) => {
    const logger = nameOf(category);
    if (!isOurs(logger) || typeof lowestLevel !== "string") return [];
    return [{ logger, level: levelOf(lowestLevel) }];
  });
}

/**
 * Changes the level of a logger until the log is set up again.
 * @throws UserError for a logger that is none of Midge's, and where the log was not set up by it
 */
export function setLogLevel({ logger, level }: LoggerLevel): void {
  liveRing();
  const config = getConfig()!;
  if (!isOurs(logger)) {
    throw new UserError(`${JSON.stringify(logger)}: expected a logger such as midge.broker`);
  }
  const others = config.loggers.filter(({ category }) => nameOf(category) !== logger);
  if (others.length >= MOST_LOGGERS) throw new UserError(`${MOST_LOGGERS} loggers have a level`);
  const one = {
    category: logger.split("."),
    lowestLevel: level,
    sinks: Object.keys(config.sinks),
    parentSinks: "override" as const,
  };
  configureSync({ ...config, reset: true, loggers: [...others, one] });
}

function nameOf(category: string | readonly string[]): string {
  return typeof category === "string" ? category : category.join(".");
}

function isOurs(logger: string): boolean {
  return logger.length <= 128 &&
    (logger === ROOT_CATEGORY || /^midge(\.[^\s.]+)+$/.test(logger));
}
