/**
 * What `midge ctl` can have a running broker do. Loaded at the first management connection. Invariants: arguments
 * are checked before anything is done; results are plain data; whatever changes something says so in the log.
 */
import * as v from "valibot";
import type { CommandRunner } from "../../manage/server.ts";
import { RequestError } from "../../manage/protocol.ts";
import type { Metrics } from "../../plugin/metrics.ts";
import type { ListenerView } from "../../plugin/types.ts";
import { VERSION } from "../../version.ts";
import type { Client } from "../client.ts";
import type { Core } from "../core.ts";
import { type AccessReport, explain, type ExplainRequest } from "./explain.ts";
import { reauthorizeAll, reauthorizeSession } from "../life/reauthorize.ts";
import { UserError } from "../../user_error.ts";

/** How a reload ended. */
export interface ReloadResult {
  /** A line for each change. */
  readonly changes: readonly string[];
  /** A line for each thing that was not reloaded; what was there before holds. */
  readonly problems: readonly string[];
}

/** The broker, as commands see it beside its core. */
export interface ManagedBroker {
  readonly metrics: Metrics;
  readonly listeners: readonly ListenerView[];
  kick(clientId: string): boolean;
  /** Sources read their rules again; a line for each problem. */
  reloadRules(): Promise<readonly string[]>;
  /** Undefined where nobody knows how to read the configuration again. */
  readonly onReloadRequest: (() => Promise<ReloadResult>) | undefined;
}

/** A client as `midge ctl clients` shows it. */
export interface ClientRow {
  readonly clientId: string;
  readonly username: string | null;
  readonly address: string;
  readonly port: number;
  readonly listener: string;
  readonly transport: string;
  readonly protocolLevel: number;
  readonly cleanSession: boolean;
  readonly keepAlive: number;
  readonly superuser: boolean;
  /** Since the connection was accepted. */
  readonly seconds: number;
  readonly subscriptions: number;
  readonly queuedMessages: number;
}

/** What `midge ctl status` shows. */
export interface StatusReport {
  readonly version: string;
  readonly pid: number;
  readonly config: string | null;
  readonly uptimeSeconds: number;
  readonly listeners: readonly ListenerView[];
  readonly plugins: readonly string[];
  readonly metrics: Omit<Metrics, "startedAt">;
}

/** A command with its arguments' schema. */
interface Command {
  run(args: unknown): unknown;
}

/** Rows in one part of a listing. */
const ROWS_A_PART = 100;

const NONE = v.strictObject({});
const ONE_CLIENT = v.strictObject({ clientId: v.string() });
const PERHAPS_A_CLIENT = v.strictObject({ clientId: v.optional(v.string()) });
const QUESTION = v.strictObject({
  clientId: v.string(),
  action: v.picklist(["publish", "subscribe", "receive"]),
  topic: v.string(),
  qos: v.optional(v.picklist([0, 1, 2]), 0),
  retain: v.optional(v.boolean(), false),
});

/** The commands of one broker, by name. */
export function commandRunner(core: Core, broker: ManagedBroker): CommandRunner {
  const commands: Readonly<Record<string, Command>> = {
    ping: command(NONE, () => ({ version: VERSION })),
    status: command(NONE, () => statusOf(core, broker)),
    clients: command(NONE, () => listClients(core)),
    kick: command(ONE_CLIENT, ({ clientId }) => kick(core, broker, clientId)),
    reload: command(NONE, () => reload(core, broker)),
    "acl reload": command(NONE, () => reloadRules(core, broker)),
    "acl cache-clean": command(PERHAPS_A_CLIENT, ({ clientId }) => cleanCache(core, clientId)),
    "acl explain": command(
      QUESTION,
      ({ clientId, ...question }) => explained(core, { client: clientId, ...question }),
    ),
  };
  return (name, args) => {
    const found = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (found !== undefined) return found.run(args);
    const known = Object.keys(commands).join(", ");
    throw new RequestError(`unknown command ${JSON.stringify(name)}; known commands: ${known}`);
  };
}

function command<Schema extends v.GenericSchema>(
  schema: Schema,
  run: (args: v.InferOutput<Schema>) => unknown,
): Command {
  return {
    run(args) {
      const result = v.safeParse(schema, args);
      if (result.success) return run(result.output);
      const issue = result.issues[0]!;
      const path = v.getDotPath(issue);
      throw new RequestError(`args${path === null ? "" : `.${path}`}: ${issue.message}`);
    },
  };
}

function statusOf(core: Core, broker: ManagedBroker): StatusReport {
  const { startedAt, ...metrics } = broker.metrics; // plain numbers: each is read once
  return {
    version: VERSION,
    pid: Deno.pid,
    config: core.config.file ?? null,
    uptimeSeconds: Math.max(0, (core.clock.epoch() - startedAt) / 1000),
    listeners: broker.listeners,
    plugins: core.config.plugins.map(({ name }) => name),
    metrics,
  };
}

/** Clients that come or go between two parts may be missing; those that stay are listed once. */
function* listClients(core: Core): Generator<ClientRow[]> {
  let rows: ClientRow[] = [];
  for (const client of core.clients()) {
    rows.push(rowOf(client));
    if (rows.length < ROWS_A_PART) continue;
    yield rows;
    rows = [];
  }
  yield rows;
}

function rowOf({ core, info, session, connectedAt }: Client): ClientRow {
  const { clientId, address, port, listener, transport } = info;
  const { protocolLevel, cleanSession, keepAlive, superuser } = info;
  return {
    clientId,
    username: info.username ?? null,
    address,
    port,
    listener,
    transport,
    protocolLevel,
    cleanSession,
    keepAlive,
    superuser,
    seconds: (core.clock.now() - connectedAt) / 1000,
    subscriptions: session?.subscriptions.size ?? 0,
    queuedMessages: session?.queuedMessages ?? 0,
  };
}

function kick(core: Core, broker: ManagedBroker, clientId: string): { clientId: string } {
  if (!broker.kick(clientId)) {
    throw new RequestError(`no client ${JSON.stringify(clientId)} is connected`);
  }
  core.logger.info(`management: ${clientId} kicked`);
  return { clientId };
}

async function reload({ logger }: Core, broker: ManagedBroker): Promise<ReloadResult> {
  if (broker.onReloadRequest === undefined) {
    throw new RequestError(
      "this broker was not started from a file; there is nothing to read again",
    );
  }
  logger.info("management: reload");
  return await broker.onReloadRequest();
}

async function reloadRules({ logger }: Core, broker: ManagedBroker): Promise<ReloadResult> {
  logger.info("management: acl reload");
  return { changes: [], problems: await broker.reloadRules() };
}

/** What a cache-clean did. */
export interface CleanResult {
  /** Connected clients whose verdicts are forgotten. */
  readonly clients: number;
  /** Subscriptions that ended, since they are denied now. */
  readonly endedSubscriptions: number;
}

/** Forgets verdicts, of one client or of all, and asks about living subscriptions again. */
async function cleanCache(core: Core, clientId?: string): Promise<CleanResult> {
  if (clientId === undefined) {
    core.logger.info("management: acl cache-clean");
    const clients = core.connectedCount;
    core.forgetVerdicts();
    return { clients, endedSubscriptions: await reauthorizeAll(core) };
  }
  const session = core.sessions.get(clientId);
  if (session === undefined) {
    throw new RequestError(`no client ${JSON.stringify(clientId)} is known`);
  }
  core.logger.info(`management: acl cache-clean ${clientId}`);
  core.forgetAnswers(); // a source's memory is not kept by client
  session.connection?.forgetVerdicts();
  const clients = session.connection === undefined ? 0 : 1;
  return { clients, endedSubscriptions: await reauthorizeSession(core, session, true) };
}

async function explained(core: Core, request: ExplainRequest): Promise<AccessReport> {
  try {
    return await explain(core, request);
  } catch (cause) {
    if (cause instanceof UserError) throw new RequestError(cause.message, null, { cause });
    throw cause;
  }
}
