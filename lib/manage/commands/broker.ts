/** The broker itself, as it is asked about and steered while it runs. */
import {
  array,
  boolean,
  nullable,
  number,
  object,
  optional,
  picklist,
  pipe,
  readonly,
  record,
  strictObject,
  string,
  unknown,
} from "valibot";
import { STATUS } from "../status.ts";
import { command, LEVEL, listing, NOTHING, SERVER_STATE, stream } from "./shape.ts";

/** How a reload ended. */
export const RELOADED = object({
  /** A line for each change. */
  changes: pipe(array(string()), readonly()),
  /** A line for each thing that was not reloaded; what was there before holds. */
  problems: pipe(array(string()), readonly()),
  /** A line for each thing that lets in, or lets do, whom and what was kept out before. */
  warnings: optional(pipe(array(string()), readonly())),
});

const LISTENER_ROW = object({
  name: string(),
  /** What clients are said to have come by: tcp, tls, ... */
  transport: string(),
  /** As bound. */
  address: string(),
  port: number(),
  connections: number(),
  /** Null: no limit. */
  maxConnections: nullable(number()),
  /** What it asks of clients, in words; empty for plain MQTT. */
  asks: array(string()),
  /** That it shows, the one for clients that name no server first. */
  certificates: array(object({
    file: string(),
    names: array(string()),
    /** ISO 8601, UTC. */
    expires: string(),
    /** Whole ones; negative when it has expired. */
    daysLeft: number(),
  })),
});

const PLUGIN_ROW = object({
  name: string(),
  /** Its key in the configuration. */
  key: string(),
  packaged: boolean(),
  /** The names of the hooks that it has. */
  hooks: array(string()),
  /** Null: it says nothing of it. */
  health: nullable(SERVER_STATE),
  /** Errors of its hooks since the start. */
  failures: number(),
});

const CONFIG = object({
  /** Null: there is none. */
  file: nullable(string()),
  /** Its text, secrets masked; null: there is no file, or its secrets cannot be told from the rest. */
  text: nullable(string()),
  /** What holds, as JSON, secrets masked. */
  settings: record(string(), unknown()),
});

const PROBLEMS = object({
  /** A line for each; empty: it is right. */
  problems: array(string()),
  warnings: array(string()),
});

const LOG_LINE = object({
  /** Milliseconds since 1970. */
  at: number(),
  level: LEVEL,
  logger: string(),
  message: string(),
});

const LEVEL_ROW = object({
  logger: string(),
  level: LEVEL,
});

const STORE = object({
  durability: string(),
  place: string(),
  state: picklist(["up", "down"]),
  since: number(),
  lastError: nullable(string()),
  bytes: number(),
  pending: number(),
  writes: number(),
  failures: number(),
  /** Milliseconds. */
  lastWrite: number(),
});

const HEALTH = object({
  /** Is it listening, and may new clients come? */
  ready: boolean(),
  /** Why it is not, a line each. */
  problems: array(string()),
  checks: array(object({ name: string(), ok: boolean(), detail: string() })),
});

/** A moment of the last hour, by the names of SERIES; null: nothing was measured. */
const MOMENT = object({ at: number(), values: array(nullable(number())) });

/**
 * What the history has of each moment, in this order: counts are a second, memory is bytes, delay and latency are
 * milliseconds.
 */
export const SERIES = [
  "connections",
  "messagesIn",
  "messagesOut",
  "bytesIn",
  "bytesOut",
  "dropped",
  "queued",
  "inflight",
  "sessions",
  "subscriptions",
  "retained",
  "rss",
  "heap",
  "eventLoopDelay",
  "latencyP50",
  "latencyP99",
] as const;

/** By name. */
export const BROKER_COMMANDS = {
  ping: command([undefined, "Is it there?"], NOTHING, object({ version: string() })),
  status: command(["GET /status", "How the broker is doing: every metric"], NOTHING, STATUS),
  history: listing(
    ["GET /history", "The last hour: numbers by time, in the order of its series"],
    strictObject({
      /** Milliseconds since 1970: only what is newer. */
      since: optional(number()),
    }),
    MOMENT,
  ),
  listeners: listing(
    ["GET /listeners", "The listeners with the certificates that they show"],
    NOTHING,
    LISTENER_ROW,
  ),
  plugins: listing(
    ["GET /plugins", "The plugins, in order, with their health"],
    NOTHING,
    PLUGIN_ROW,
  ),
  config: command(["GET /config", "The configuration, secrets masked"], NOTHING, CONFIG),
  // Not for viewers: a check opens the files that the text names.
  "config validate": command(
    ["POST /config/validate", "What is wrong with a configuration; nothing is changed"],
    strictObject({ text: string() }),
    PROBLEMS,
  ),
  reload: command(
    ["POST /config/reload", "Read the configuration again, as SIGHUP does"],
    NOTHING,
    RELOADED,
  ),
  // No route: a page is not to end what serves it.
  stop: {
    ...command(
      [undefined, "End the broker in order, as SIGTERM does"],
      NOTHING,
      object({ pid: number() }),
    ),
    isChange: true,
  },
  storage: command(["GET /storage", "The storage; null: memory alone"], NOTHING, nullable(STORE)),
  health: command(
    ["GET /health", "Whether it is ready, and each thing that was looked at"],
    NOTHING,
    HEALTH,
  ),
  "log levels": listing(["GET /log/levels", "The level of each logger"], NOTHING, LEVEL_ROW),
  "log level": command(
    ["PUT /log/levels", "Change the level of a logger until the next start or reload"],
    strictObject(LEVEL_ROW.entries),
    LEVEL_ROW,
  ),
  "log tail": stream(
    ["GET /log/tail", "The last lines of the log, and then those that come"],
    strictObject({
      /** At least of this level. */
      level: optional(LEVEL, "info"),
      /** Of this logger and those below it. */
      logger: optional(string()),
    }),
    LOG_LINE,
  ),
} as const;
