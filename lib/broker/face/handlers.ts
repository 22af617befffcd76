/**
 * What `midge ctl` can have a running broker do: a handler for each command of lib/manage, on top of Admin. Invariant:
 * whatever changes something says so in the log.
 */
import { targetText } from "../../bans/ban.ts";
import { banLine } from "../../bans/bans.ts";
import type { ResultOf } from "../../manage/commands.ts";
import type { CommandHandlers } from "../../manage/runner.ts";
import { UserError } from "../../user_error.ts";
import { VERSION } from "../../version.ts";
import type { Core } from "../core.ts";
import type { Admin } from "./admin.ts";
import { banRow } from "./rows.ts";
import type { BanResult } from "./bans.ts";

type ReloadHandlers = Pick<CommandHandlers, "reload" | "acl reload" | "acl cache-clean">;
type BanHandlers = Pick<CommandHandlers, "ban list" | "ban add" | "ban remove">;

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
    ...banHandlers(admin, note),
    ...reloadHandlers(admin, note),
    "acl explain": ({ clientId, ...question }) => admin.explain({ client: clientId, ...question }),
  };
}

function reloadHandlers(admin: Admin, note: (what: string) => void): ReloadHandlers {
  return {
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
  };
}

function banHandlers(admin: Admin, note: (what: string) => void): BanHandlers {
  return {
    "ban list": () => admin.banRows(),
    async "ban add"(args) {
      const result = await admin.bans.add(args);
      const { ban, disconnected, notSaved } = result;
      note(`${banLine(ban)}; disconnected: ${disconnected}${unsavedText(notSaved)}`);
      return resultOf(result);
    },
    async "ban remove"(args) {
      const result = await admin.bans.remove(args);
      note(`ban of ${targetText(result.ban)} removed${unsavedText(result.notSaved)}`);
      return resultOf(result);
    },
  };
}

function unsavedText(why: string | undefined): string {
  return why === undefined ? "" : `; it is not saved: ${why}`;
}

function resultOf({ ban, disconnected, notSaved }: BanResult): ResultOf<"ban add"> {
  return { ban: banRow(ban), disconnected, notSaved: notSaved ?? null };
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
