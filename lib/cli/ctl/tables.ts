/** Rows of `midge ctl`'s listings as columns of text. Pure. */
import type { RowOf } from "../../manage/commands.ts";

/** A table of one kind of row. */
export interface Table<Row> {
  readonly heading: string;
  line(row: Row): string;
}

/** A column: what stands above it, how wide it is, what a row has in it. */
type Column<Row> = readonly [name: string, width: number, cell: (row: Row) => string | number];

function tableOf<Row>(...columns: readonly Column<Row>[]): Table<Row> {
  const join = (cells: readonly string[]) =>
    cells.map((cell, index) => cell.padEnd(columns[index]![1])).join(" ").trimEnd();
  return {
    heading: join(columns.map(([name]) => name)),
    line: (row) => join(columns.map(([, , cell]) => String(cell(row)))),
  };
}

/** The connected clients. */
export const clientTable: Table<RowOf<"clients">> = tableOf(
  ["CLIENTID", 28, ({ clientId }) => clientId],
  ["USER", 18, ({ username }) => username ?? "-"],
  ["ADDRESS", 24, peerOf],
  ["LISTENER", 12, ({ listener }) => listener],
  ["SECONDS", 7, ({ seconds }) => Math.floor(seconds)],
  ["SUBS", 6, ({ subscriptions }) => subscriptions],
  ["QUEUED", 8, ({ queuedMessages }) => queuedMessages],
  ["WAITS", 0, ({ waits }) => waits.join("; ")],
);

/** All sessions; AWAY is seconds, `-` while a connection is there. */
export const sessionTable: Table<RowOf<"sessions">> = tableOf(
  ["CLIENTID", 28, ({ clientId }) => clientId],
  ["USER", 18, ({ username }) => username ?? "-"],
  ["KEPT", 5, ({ cleanSession }) => cleanSession ? "no" : "yes"],
  ["AWAY", 9, ({ secondsAway }) => secondsAway === null ? "-" : Math.floor(secondsAway)],
  ["SUBS", 6, ({ subscriptions }) => subscriptions],
  ["QUEUED", 8, ({ queuedMessages }) => queuedMessages],
  ["UNDERWAY", 8, ({ inflightOut, inflightIn }) => inflightOut + inflightIn],
);

/** Subscriptions. */
export const subscriptionTable: Table<RowOf<"subscriptions">> = tableOf(
  ["CLIENTID", 28, ({ clientId }) => clientId],
  ["QOS", 3, ({ qos }) => qos],
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

/** Retained messages. */
export const retainedTable: Table<RowOf<"retained">> = tableOf(
  ["BYTES", 10, ({ bytes }) => bytes],
  ["QOS", 3, ({ qos }) => qos],
  ["TOPIC", 0, ({ topicName }) => topicName],
);

function peerOf({ address, port }: RowOf<"clients">): string {
  if (port === 0) return address;
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}
