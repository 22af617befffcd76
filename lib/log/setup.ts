/**
 * Sends the log to stderr as the configuration wants it. For the command line: an embedder
 * configures LogTape as they like. Invariant: a line is written whole and at once; a stderr that is
 * gone is no reason to stop.
 */
import { configureSync, type LogRecord, type Sink } from "@logtape/logtape";
import type { BrokerConfig, LogLevel } from "../config/types.ts";
import { formatJson, formatText } from "./format.ts";
import { RING, ringInUse, ringSink } from "./live.ts";
import { ROOT_CATEGORY } from "./logger.ts";
import { LogRing } from "./ring.ts";
import { type SyncWriter, writeText } from "./write.ts";

/** What the log looks like. */
export type LogConfig = BrokerConfig["log"];

/** Takes a record in place of stderr; true: it has. */
export type Hold = (record: LogRecord) => boolean;

function sinkTo(writer: SyncWriter, format: (record: LogRecord) => string, hold: Hold): Sink {
  return (record) => {
    if (!hold(record)) writeText(writer, `${format(record)}\n`);
  };
}

/** Sets logging up, replacing what was set up before; the last lines stay. `hold`: what it takes is not written. */
export function setUpLogging(
  config: LogConfig,
  writer: SyncWriter = Deno.stderr,
  colored: boolean = Deno.stderr.isTerminal() && !Deno.noColor,
  hold: Hold = () => false,
): void {
  const format = config.format === "json"
    ? formatJson
    : (record: LogRecord) => formatText(record, colored);
  const logger = (name: string, level: LogLevel) => ({
    category: name.split("."),
    lowestLevel: level,
    sinks: ["stderr", RING],
    parentSinks: "override" as const,
  });
  configureSync({
    reset: true,
    sinks: { stderr: sinkTo(writer, format, hold), [RING]: ringSink(ringInUse() ?? new LogRing()) },
    loggers: [
      { category: ["logtape", "meta"], lowestLevel: "error", sinks: ["stderr"] },
      ...Object.entries({ [ROOT_CATEGORY]: config.level, ...config.loggers })
        .map(([name, level]) => logger(name, level)),
    ],
  });
}
