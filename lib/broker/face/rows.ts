/**
 * The rows that `midge ctl` lists, made of what the core has. Invariant: plain data, a part at a time.
 */
import type { Ban } from "../../bans/ban.ts";
import type { RowOf } from "../../manage/commands.ts";
import type { SubscriptionOptions } from "../../session/subscription.ts";
import type { Client } from "../client.ts";
import type { Core } from "../core.ts";
import type { BrokerSession } from "../sessions.ts";
import { waitsOf } from "./waits.ts";

/** Rows in one part of a listing, what was looked at for it, and bytes of names and payloads. */
const ROWS_A_PART = 100;
const LOOKS_A_PART = 1000;
const BYTES_A_PART = 256 * 1024;

/** A ban as `midge ctl` lists it. */
export function banRow(
  { clientId, username, network, until, reason, by, since }: Ban,
): RowOf<"ban list"> {
  return {
    clientId: clientId ?? null,
    username: username ?? null,
    network: network ?? null,
    until: until ?? null,
    reason: reason ?? null,
    by,
    since,
  };
}

/**
 * Rows in parts, so that a listing of any length costs little at a time; a part may be empty.
 * @param rowOf undefined: this one is left out
 * @param bytesOf what a row may be large by
 */
export function* parts<Item, Row>(
  items: Iterable<Item>,
  rowOf: (item: Item) => Row | undefined,
  bytesOf: (row: Row) => number = () => 0,
): Generator<Row[]> {
  let rows: Row[] = [];
  let looks = 0;
  let bytes = 0;
  for (const item of items) {
    const row = rowOf(item);
    looks++;
    if (row !== undefined) {
      rows.push(row);
      bytes += bytesOf(row);
    }
    if (rows.length < ROWS_A_PART && looks < LOOKS_A_PART && bytes < BYTES_A_PART) continue;
    yield rows;
    rows = [];
    looks = bytes = 0;
  }
  yield rows;
}

/** The clients that have said who they are. */
export function* arrivedOf(core: Core): Generator<Client> {
  yield* core.clients();
  for (const client of core.connections.clients) {
    if (client.phase === "connecting" || client.phase === "authenticating") yield client;
  }
}

/** A client as `midge ctl` lists it. */
export function clientRow(client: Client): RowOf<"clients"> {
  const { core, info, session, connectedAt, phase } = client;
  const { inbound, outbound } = client.connection;
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
    subscriptions: session?.subscriptionCount ?? 0,
    queuedMessages: session?.queuedMessages ?? 0,
    bytesReceived: inbound.received,
    bytesSent: outbound.written,
    backlog: outbound.backlog,
    connected: phase === "connected" || phase === "resuming",
    waits: waitsOf(client),
  };
}

/** A session as `midge ctl` lists it. */
export function sessionRow(core: Core, session: BrokerSession): RowOf<"sessions"> {
  const now = core.clock.now();
  const dueAt = core.wills.dueAt(session);
  const { clientId, holder, connection, detachedAt } = session;
  return {
    clientId,
    username: holder?.username ?? null,
    connected: connection !== undefined,
    protocolLevel: holder?.protocolLevel ?? 4,
    cleanSession: session.expiryInterval === 0,
    secondsAway: connection === undefined ? (now - detachedAt) / 1000 : null,
    expirySeconds: secondsOrNone(core.sessions.keptFor(session)),
    willSeconds: dueAt === undefined ? null : Math.max(0, dueAt - now) / 1000,
    subscriptions: session.subscriptionCount,
    queuedMessages: session.queuedMessages,
    inflightOut: session.inflightOut,
    inflightIn: session.inflightIn,
  };
}

/** Of milliseconds; null: for ever. */
function secondsOrNone(milliseconds: number): number | null {
  return milliseconds === Infinity ? null : milliseconds / 1000;
}

/** A subscription as `midge ctl` lists it. */
export function subscriptionRow(
  clientId: string,
  topicFilter: string,
  { qos, noLocal, retainAsPublished, identifiers }: SubscriptionOptions,
): RowOf<"subscriptions"> {
  return {
    clientId,
    topicFilter,
    qos,
    ...(noLocal && { noLocal }),
    ...(retainAsPublished && { retainAsPublished }),
    ...(identifiers !== undefined && { identifier: identifiers[0] }),
  };
}
