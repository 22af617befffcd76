/** `midge ctl` of clients, sessions and subscriptions. */
import type { ResultOf, RowOf } from "../../manage/commands.ts";
import { ask, type Asked, type CtlCommand, listRows, operand } from "./command.ts";
import { clientTable, sessionTable, subscriptionTable, type Table, tableOf } from "./tables.ts";
import { row } from "./text.ts";

type Waiting = ResultOf<"session">["queue"][number];

const waitingTable: Table<Waiting> = tableOf(
  ["STATE", 8, ({ state }) => state],
  ["ID", 5, ({ packetId }) => packetId ?? "-"],
  ["QOS", 3, ({ qos }) => qos],
  ["RETAIN", 6, ({ retain }) => retain ? "yes" : "-"],
  ["BYTES", 10, ({ bytes }) => bytes],
  ["TOPIC", 0, ({ topicName }) => topicName],
);

/** By name. */
export const CLIENT_COMMANDS: Readonly<Record<string, CtlCommand>> = {
  clients: {
    operands: [],
    example: "midge ctl clients --search sensor",
    takes: ["search", "limit"],
    help: "the clients, and who is slowed down or waits, and why; with\n--json an object per line",
    run: (asked) => listRows(asked, "clients", searched(asked), clientTable),
  },
  client: {
    operands: ["CLIENTID"],
    example: "midge ctl client sensor-1",
    help: "one client, with what its CONNECT said",
    run: (asked) => ask(asked, "client", { clientId: operand(asked) }, clientLines),
  },
  kick: {
    operands: ["CLIENTID"],
    example: "midge ctl kick sensor-1",
    help: "closes a client's connection",
    run: (asked) =>
      ask(asked, "kick", { clientId: operand(asked) }, ({ clientId }) => [
        `${clientId} is disconnected`,
      ]),
  },
  sessions: {
    operands: [],
    example: "midge ctl sessions --limit 20",
    takes: ["search", "limit"],
    help: "the sessions, with and without a connection",
    run: (asked) => listRows(asked, "sessions", searched(asked), sessionTable),
  },
  session: {
    operands: ["CLIENTID"],
    example: "midge ctl session sensor-1",
    help: "one session: subscriptions, what is under way, what waits",
    run: (asked) => ask(asked, "session", { clientId: operand(asked) }, sessionLines),
  },
  "sessions end": {
    operands: ["CLIENTID"],
    example: "midge ctl sessions end sensor-1",
    help: "ends a session: its connection, subscriptions and queue",
    run: (asked) =>
      ask(asked, "sessions end", { clientId: operand(asked) }, ({ clientId }) => [
        `the session of ${clientId} has ended`,
      ]),
  },
  subscriptions: {
    operands: ["[CLIENTID]"],
    example: "midge ctl subscriptions --topic home/lamp",
    takes: ["topic", "limit"],
    help: "the subscriptions, of one client or of all; with --topic NAME\nthose that match it",
    run: (asked) => {
      const [clientId] = asked.operands;
      const topicName = asked.given.last("topic");
      return listRows(asked, "subscriptions", { clientId, topicName }, subscriptionTable);
    },
  },
};

function searched({ given }: Asked): { search: string | undefined } {
  return { search: given.last("search") };
}

function clientLines({ client, connect, certificate }: ResultOf<"client">): string[] {
  return [
    ...named(clientTable, client),
    ...connect.map((words) => row("connect", words)),
    ...(certificate === null ? [] : [row("certificate", certificate.subject)]),
  ];
}

function sessionLines(
  { session, subscriptions, inflight, queue }: ResultOf<"session">,
): string[] {
  return [
    ...named(sessionTable, session),
    ...tabled(subscriptionTable, subscriptions),
    ...tabled<Waiting>(waitingTable, [...inflight, ...queue]),
    ...rest("subscriptions", session.subscriptions - subscriptions.length),
    ...rest("messages under way", session.inflightOut - inflight.length),
    ...rest("messages in the queue", session.queuedMessages - queue.length),
  ];
}

function named<Row extends RowOf<"clients"> | RowOf<"sessions">>(
  table: Table<Row>,
  one: Row,
): string[] {
  return [table.heading, table.line(one)];
}

function tabled<Row>(table: Table<Row>, rows: readonly Row[]): string[] {
  return rows.length === 0 ? [] : ["", table.heading, ...rows.map((one) => table.line(one))];
}

function rest(what: string, count: number): string[] {
  return count > 0 ? [`and ${count} more ${what}`] : [];
}
