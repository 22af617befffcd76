/** Rows of `midge ctl`'s listings as columns of text. Pure. */
import { type RowOf, SERIES } from "../../manage/commands.ts";

/** A table of one kind of row. */
export interface Table<Row> {
  readonly heading: string;
  line(row: Row): string;
}

/** A column: what stands above it, how wide it is, what a row has in it. */
export type Column<Row> = readonly [
  name: string,
  width: number,
  cell: (row: Row) => string | number,
];

/** A table of these columns. */
export function tableOf<Row>(...columns: readonly Column<Row>[]): Table<Row> {
  const join = (cells: readonly string[]) =>
    cells.map((cell, index) => cell.padEnd(columns[index]![1])).join(" ").trimEnd();
  return {
    heading: join(columns.map(([name]) => name)),
    line: (row) => join(columns.map(([, , cell]) => String(cell(row)))),
  };
}

/** The listeners; of several certificates the one that expires first, and how many there are. */
export const listenerTable: Table<RowOf<"listeners">> = tableOf(
  ["LISTENER", 12, ({ name }) => name],
  ["TYPE", 4, ({ transport }) => transport],
  ["ADDRESS", 24, ({ address }) => address],
  ["CONNECTIONS", 11, ({ connections }) => connections],
  ["EXPIRES", 10, (row) => firstToExpire(row)?.expires.slice(0, 10) ?? "-"],
  ["DAYS", 5, (row) => firstToExpire(row)?.daysLeft ?? "-"],
  ["CERTIFICATE", 24, certificateText],
  ["ASKS", 0, ({ asks }) => asks.join(", ")],
);

/** The connected clients. */
export const clientTable: Table<RowOf<"clients">> = tableOf(
  ["CLIENTID", 28, ({ clientId }) => clientId],
  ["USER", 18, ({ username }) => username ?? "-"],
  ["ADDRESS", 24, peerOf],
  ["LISTENER", 12, ({ listener }) => listener],
  ["MQTT", 5, versionOf],
  ["SECONDS", 7, ({ seconds }) => Math.floor(seconds)],
  ["SUBS", 6, ({ subscriptions }) => subscriptions],
  ["QUEUED", 8, ({ queuedMessages }) => queuedMessages],
  ["WAITS", 0, ({ waits }) => waits.join("; ")],
);

/** All sessions; AWAY and ENDS, when it is over, are seconds, `-` while a connection is there. */
export const sessionTable: Table<RowOf<"sessions">> = tableOf(
  ["CLIENTID", 28, ({ clientId }) => clientId],
  ["USER", 18, ({ username }) => username ?? "-"],
  ["MQTT", 5, versionOf],
  ["KEPT", 5, ({ cleanSession }) => cleanSession ? "no" : "yes"],
  ["AWAY", 9, ({ secondsAway }) => secondsAway === null ? "-" : Math.floor(secondsAway)],
  ["ENDS", 9, endOf],
  ["SUBS", 6, ({ subscriptions }) => subscriptions],
  ["QUEUED", 8, ({ queuedMessages }) => queuedMessages],
  ["UNDERWAY", 8, ({ inflightOut, inflightIn }) => inflightOut + inflightIn],
);

/** Subscriptions; OPTIONS are those of MQTT 5. */
export const subscriptionTable: Table<RowOf<"subscriptions">> = tableOf(
  ["CLIENTID", 28, ({ clientId }) => clientId],
  ["QOS", 3, ({ qos }) => qos],
  ["OPTIONS", 16, optionsText],
  ["FILTER", 0, ({ topicFilter }) => topicFilter],
);

/** Bans. */
export const banTable: Table<RowOf<"ban list">> = tableOf(
  ["CLIENTID", 28, ({ clientId }) => clientId ?? "-"],
  ["USER", 18, ({ username }) => username ?? "-"],
  ["ADDRESS", 24, ({ network }) => network ?? "-"],
  ["UNTIL", 24, ({ until }) => until === null ? "for ever" : new Date(until).toISOString()],
  ["BY", 8, ({ by }) => by],
  ["REASON", 0, ({ reason }) => reason ?? ""],
);

/** Access decisions. */
export const decisionTable: Table<RowOf<"acl decisions">> = tableOf(
  ["WHEN", 24, ({ at }) => new Date(at).toISOString()],
  ["CLIENTID", 28, ({ clientId }) => clientId],
  ["USER", 18, ({ username }) => username ?? "-"],
  ["QUESTION", 12, ({ question }) => question],
  ["VERDICT", 7, ({ verdict }) => verdict],
  ["TIMES", 7, ({ times }) => times],
  ["TOPIC", 32, ({ topic }) => topic ?? "-"],
  ["BECAUSE", 0, ({ because }) => because],
);

/** Sources of decisions; times are milliseconds. */
export const sourceTable: Table<RowOf<"acl sources">> = tableOf(
  ["SOURCE", 18, ({ source }) => source],
  ["QUESTION", 12, ({ question }) => question],
  ["ALLOW", 8, ({ allow }) => allow],
  ["DENY", 8, ({ deny }) => deny],
  ["IGNORE", 8, ({ ignore }) => ignore],
  ["ERROR", 8, ({ error }) => error],
  ["CACHED", 8, ({ cacheHits }) => cacheHits],
  ["MEAN", 9, ({ meanMs }) => meanMs.toFixed(3)],
  ["WORST", 9, ({ worstMs }) => worstMs.toFixed(3)],
  ["SERVER", 0, serverText],
);

function serverText({ health }: RowOf<"acl sources">): string {
  if (health === null) return "-";
  const since = `${health.state} since ${new Date(health.since).toISOString()}`;
  return health.lastError === null ? since : `${since}; ${health.lastError}`;
}

/** Retained messages. */
export const retainedTable: Table<RowOf<"retained">> = tableOf(
  ["BYTES", 10, ({ bytes }) => bytes],
  ["QOS", 3, ({ qos }) => qos],
  ["TOPIC", 0, ({ topicName }) => topicName],
);

/** Moments of the last hour, in UTC. */
export const historyTable: Table<RowOf<"history">> = tableOf(
  ["TIME", 8, ({ at }) => new Date(at).toISOString().slice(11, 19)],
  ["CLIENTS", 7, (row) => amount(row, "connections")],
  ["IN/S", 8, (row) => amount(row, "messagesIn")],
  ["OUT/S", 8, (row) => amount(row, "messagesOut")],
  ["BYTES_IN/S", 11, (row) => amount(row, "bytesIn")],
  ["BYTES_OUT/S", 11, (row) => amount(row, "bytesOut")],
  ["DROPPED/S", 9, (row) => amount(row, "dropped")],
  ["QUEUED", 8, (row) => amount(row, "queued")],
  ["RSS_MB", 7, (row) => amount(row, "rss", 1e6)],
  ["LOOP_MS", 7, (row) => amount(row, "eventLoopDelay", 1, 1)],
  ["P50_MS", 7, (row) => amount(row, "latencyP50", 1, 3)],
  ["P99_MS", 0, (row) => amount(row, "latencyP99", 1, 3)],
);

/** One number of a moment, divided, with that many decimals. */
function amount(
  { values }: RowOf<"history">,
  name: (typeof SERIES)[number],
  divisor = 1,
  decimals = 0,
): string {
  const value = values[SERIES.indexOf(name)] ?? null;
  return value === null ? "-" : (value / divisor).toFixed(decimals);
}

const VERSIONS: Readonly<Record<number, string>> = { 3: "3.1", 4: "3.1.1", 5: "5" };

/** `3.1.1`, of a protocol level. */
export function versionOf({ protocolLevel }: { readonly protocolLevel: number }): string {
  return VERSIONS[protocolLevel] ?? String(protocolLevel);
}

/** How many seconds a session without a connection has left. */
function endOf({ secondsAway, expirySeconds }: RowOf<"sessions">): string {
  if (secondsAway === null) return "-";
  return expirySeconds === null
    ? "never"
    : String(Math.max(0, Math.ceil(expirySeconds - secondsAway)));
}

function optionsText(
  { noLocal, retainAsPublished, identifier }: RowOf<"subscriptions">,
): string {
  const words = [
    ...(noLocal ? ["no-local"] : []),
    ...(retainAsPublished ? ["as-published"] : []),
    ...(identifier === undefined ? [] : [`id=${identifier}`]),
  ];
  return words.join() || "-";
}

function firstToExpire({ certificates }: RowOf<"listeners">) {
  return certificates.toSorted((a, b) => a.expires < b.expires ? -1 : 1)[0];
}

function certificateText(row: RowOf<"listeners">): string {
  const names = firstToExpire(row)?.names;
  if (names === undefined) return "-";
  const others = row.certificates.length - 1;
  return names.join(" ") + (others > 0 ? ` (and ${others} more)` : "");
}

function peerOf({ address, port }: RowOf<"clients">): string {
  if (port === 0) return address;
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}
