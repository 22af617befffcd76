/** The broker itself: how it is doing, what it listens on, its configuration. */
import type { ResultOf } from "../../../manage/commands.ts";
import type { HandlersOf } from "../../../manage/runner.ts";
import { VERSION } from "../../../version.ts";
import type { Core } from "../../core.ts";
import type { Admin } from "../admin.ts";
import { ConfigDesk } from "../config_desk.ts";
import { healthResult } from "../health.ts";
import { pluginRows } from "../plugin_rows.ts";
import type { Desk } from "./all.ts";

type Handlers = HandlersOf<
  | "ping"
  | "status"
  | "listeners"
  | "plugins"
  | "config"
  | "config validate"
  | "reload"
  | "stop"
  | "storage"
  | "health"
>;

/** Its handlers. */
export function brokerHandlers({ core, admin, note }: Desk): Handlers {
  const config = new ConfigDesk(core, admin);
  return {
    ping: () => ({ version: VERSION }),
    status: () => statusOf(core, admin),
    listeners: () => admin.listenerRows(),
    plugins: () => listOf(pluginRows(core)),
    config: () => config.show(),
    "config validate": ({ text }) => config.validate(text),
    reload(_args, caller) {
      note(caller, "reload");
      return admin.reload();
    },
    stop(_args, caller) {
      note(caller, "stop");
      admin.stopSoon();
      return { pid: Deno.pid };
    },
    storage: () => storageOf(admin),
    health: () => healthResult(core, admin),
  };
}

function* listOf<Row>(rows: Row[]): Generator<Row[]> {
  yield rows;
}

function storageOf({ metrics: { storage } }: Admin): ResultOf<"storage"> {
  if (storage === undefined) return null;
  const { durability, place, state, since, lastError = null } = storage;
  const { bytes, pending, writes, failures, lastWrite } = storage;
  const numbers = { bytes, pending, writes, failures, lastWrite };
  return { durability, place, state, since, lastError, ...numbers };
}

function statusOf(core: Core, { metrics, listeners }: Admin): ResultOf<"status"> {
  const { startedAt, ...numbers } = metrics; // plain numbers: each is read once
  return {
    version: VERSION,
    pid: Deno.pid,
    config: core.config.file ?? null,
    uptimeSeconds: Math.max(0, (core.clock.epoch() - startedAt) / 1000),
    listeners: [...listeners],
    plugins: core.config.plugins.map(({ name }) => name),
    metrics: numbers,
  };
}
