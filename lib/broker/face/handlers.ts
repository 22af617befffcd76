/**
 * What `midge ctl` can have a running broker do: a handler for each command of lib/manage, on top of Admin. Invariant:
 * whatever changes something says so in the log.
 */
import type { ResultOf } from "../../manage/commands.ts";
import type { CommandHandlers } from "../../manage/runner.ts";
import { UserError } from "../../user_error.ts";
import { VERSION } from "../../version.ts";
import type { Core } from "../core.ts";
import type { Admin } from "./admin.ts";

/** The handlers of one broker. */
export function commandHandlers(core: Core, admin: Admin): CommandHandlers {
  const note = (what: string) => core.logger.info(`management: ${what}`);
  return {
    ping: () => ({ version: VERSION }),
    status: () => statusOf(core, admin),
    listeners: () => admin.listenerRows(),
    clients: () => admin.clientRows(),
    kick({ clientId }) {
      if (!admin.kick(clientId)) throw notConnected(clientId);
      note(`${clientId} kicked`);
      return { clientId };
    },
    sessions: () => admin.sessionRows(),
    "sessions end"({ clientId }) {
      admin.endSession(clientId);
      note(`session of ${clientId} ended`);
      return { clientId };
    },
    subscriptions: ({ clientId }) => admin.subscriptionRows(clientId),
    retained: ({ topicFilter }) => admin.retainedRows(topicFilter),
    "retained delete"({ topicName }) {
      if (!admin.deleteRetained(topicName)) throw nothingRetained(topicName);
      note(`retained message of ${topicName} deleted`);
      return { topicName };
    },
    reload() {
      note("reload");
      return admin.reload();
    },
    "acl reload"() {
      note("acl reload");
      return admin.reloadRules();
    },
    "acl cache-clean"({ clientId }) {
      note(clientId === undefined ? "acl cache-clean" : `acl cache-clean ${clientId}`);
      return admin.cleanCache(clientId);
    },
    "acl explain": ({ clientId, ...question }) => admin.explain({ client: clientId, ...question }),
  };
}

function notConnected(clientId: string): UserError {
  return new UserError(`no client ${JSON.stringify(clientId)} is connected`);
}

function nothingRetained(topicName: string): UserError {
  return new UserError(`nothing is retained at ${JSON.stringify(topicName)}`);
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
