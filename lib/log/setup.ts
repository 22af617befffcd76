/**
 * Sends the log to stderr as the configuration wants it. Called by lib/cli only: whoever embeds a
 * Broker configures LogTape as they like. Invariant: a line is written whole and at once; a stderr
 * that is gone is no reason to stop.
 */
import { configureSync, type LogRecord, type Sink } from "@logtape/logtape";
import type { BrokerConfig, LogLevel } from "../config/types.ts";
import { formatJson, formatText } from "./format.ts";
import { ROOT_CATEGORY } from "./logger.ts";

/** Takes bytes synchronously and says how many it took. */
export interface SyncWriter {
  writeSync(bytes: Uint8Array): number;
}

/** What the log looks like. */
export type LogConfig = BrokerConfig["log"];

function sinkTo(writer: SyncWriter, format: (record: LogRecord) => string): Sink {
  const encoder = new TextEncoder();
  return (record) => {
    let rest = encoder.encode(format(record) + "\n");
    try {
      while (rest.length > 0) rest = rest.subarray(writer.writeSync(rest));
    } catch {
      // stderr is closed or full: there is nowhere left to say so, and serving goes on
    }
  };
}

/** Sets logging up, replacing what was set up before. */
export function setUpLogging(
  config: LogConfig,
  writer: SyncWriter = Deno.stderr,
  colored: boolean = Deno.stderr.isTerminal() && !Deno.noColor,
): void {
  const format = config.format === "json"
    ? formatJson
    : (record: LogRecord) => formatText(record, colored);
  const logger = (name: string, level: LogLevel) => ({
    category: name.split("."),
    lowestLevel: level,
    sinks: ["stderr"],
    parentSinks: "override" as const,
  });
  configureSync({
    reset: true,
    sinks: { stderr: sinkTo(writer, format) },
    loggers: [
      { category: ["logtape", "meta"], lowestLevel: "error", sinks: ["stderr"] },
      ...Object.entries({ [ROOT_CATEGORY]: config.level, ...config.loggers })
        .map(([name, level]) => logger(name, level)),
    ],
  });
}
