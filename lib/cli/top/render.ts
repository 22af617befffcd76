/**
 * The picture of `midge top`. Pure. Invariant: no more lines than the window has rows, none wider than it; what clients
 * say of themselves moves no cursor.
 */
import { fit, fitRight, sizeText, timeText } from "./cells.ts";
import { type ClientRow, type Moment, type Order, ORDER_KEYS, type TopState } from "./state.ts";

/** The window. */
export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** One line of the picture. */
export interface Line {
  readonly text: string;
  readonly style: "plain" | "bold" | "inverse";
}

/** Lines above the clients, and below them. */
const HEAD_ROWS = 5;
const FOOT_ROWS = 1;

/** How many clients, or lines of one client, have room. */
export function roomIn({ rows }: Size): number {
  return Math.max(1, rows - HEAD_ROWS - FOOT_ROWS);
}

/** The picture. */
export function render(state: TopState, size: Size): Line[] {
  const body = state.isHelp
    ? HELP.map(plain)
    : state.opened === undefined
    ? clientLines(state, size)
    : openedLines(state, size);
  const lines = [...headLines(state), ...body];
  const shown = lines.slice(0, Math.max(0, size.rows - FOOT_ROWS));
  const gap = Array.from({ length: size.rows - FOOT_ROWS - shown.length }, () => plain(""));
  const all = [...shown, ...gap, plain(footOf(state))].slice(0, Math.max(0, size.rows));
  return all.map(({ text, style }) => ({ text: fit(text, size.columns), style }));
}

const HELP: readonly string[] = [
  "",
  "m  the clients that move the most bytes (messages) first",
  "w  those with the longest queue",
  "b  those with the most bytes that wait to be written",
  "c  by client id",
  "s  those that have been there the longest",
  "",
  "Up, Down, Page Up, Page Down, Home, End: choose; j and k too",
  "Enter: the chosen client, with its session, subscriptions and why; Esc: back",
  "q, Ctrl-C: end",
];

function plain(text: string): Line {
  return { text, style: "plain" };
}

function footOf({ opened, isHelp }: TopState): string {
  if (isHelp) return "any key: back   q quits";
  if (opened !== undefined) return "Up, Down: scroll   Esc: back   ? help   q quits";
  return "m traffic  w queue  b backlog  c client id  s since   Enter: open   ? help   q quits";
}

function headLines({ now, before, problem }: TopState): Line[] {
  const lines = now === undefined ? ["", "", ""] : overviewLines(now, before);
  return [
    { text: lines[0]!, style: "bold" },
    ...lines.slice(1).map(plain),
    plain(problem === undefined ? "" : `midge: ${problem}`),
  ];
}

function overviewLines(now: Moment, before: Moment | undefined): string[] {
  const { version, uptimeSeconds, metrics } = now.status;
  const count = (value: number | undefined) => value === undefined ? "-" : String(value);
  const rate = (name: "publishReceived" | "publishSent" | "bytesReceived" | "bytesSent") =>
    rateOf(now, before, ({ status }) => status.metrics[name]);
  const dropped = rateOf(now, before, ({ status }) => sumOf(status.metrics.messagesDropped));
  return [
    `midge ${version}   up ${timeText(uptimeSeconds)}   clients ${
      count(metrics.clientsConnected)
    }   sessions away ${count(metrics.clientsDisconnected)}`,
    `in ${number(rate("publishReceived"))} msg/s ${size(rate("bytesReceived"))} bytes/s   out ${
      number(rate("publishSent"))
    } msg/s ${size(rate("bytesSent"))} bytes/s   dropped ${number(dropped)}/s`,
    `queued ${count(metrics.messagesQueued)}   under way ${count(metrics.inflightIn)} in, ${
      count(metrics.inflightOut)
    } out   subscriptions ${count(metrics.subscriptionsCount)}   retained ${
      count(metrics.retainedCount)
    }`,
  ];
}

function rateOf(
  now: Moment,
  before: Moment | undefined,
  read: (moment: Moment) => number | undefined,
): number | undefined {
  const [value, old] = [read(now), before && read(before)];
  if (before === undefined || value === undefined || old === undefined) return undefined;
  const seconds = (now.at - before.at) / 1000;
  return seconds <= 0 ? undefined : Math.max(0, value - old) / seconds;
}

function sumOf(counts: Readonly<Record<string, number>> | undefined): number | undefined {
  return counts && Object.values(counts).reduce((sum, one) => sum + one, 0);
}

function number(rate: number | undefined): string {
  return rate === undefined ? "-" : String(Math.round(rate));
}

function size(rate: number | undefined): string {
  return rate === undefined ? "-" : sizeText(rate);
}

/** A column; the one with the lowest `rank` goes first where there is no room. */
interface Column {
  readonly name: string;
  readonly width: number;
  readonly rank: number;
  readonly order?: Order;
  readonly isRight?: boolean;
  cell(row: ClientRow, state: TopState): string;
}

const SMALLEST_NAME = 16;

const COLUMNS: readonly Column[] = [
  { name: "USER", width: 14, rank: 3, cell: ({ username }) => username ?? "-" },
  { name: "ADDRESS", width: 21, rank: 2, cell: ({ address, port }) => peerText(address, port) },
  {
    name: "SINCE",
    width: 8,
    rank: 5,
    order: "since",
    isRight: true,
    cell: ({ seconds }) => timeText(seconds),
  },
  {
    name: "BYTES/S",
    width: 8,
    rank: 8,
    order: "traffic",
    isRight: true,
    cell: ({ clientId }, { rates }) => size(rates.get(clientId)),
  },
  {
    name: "QUEUED",
    width: 7,
    rank: 7,
    order: "queue",
    isRight: true,
    cell: ({ queuedMessages }) => String(queuedMessages),
  },
  {
    name: "BACKLOG",
    width: 8,
    rank: 6,
    order: "backlog",
    isRight: true,
    cell: ({ backlog }) => sizeText(backlog),
  },
  {
    name: "SUBS",
    width: 6,
    rank: 4,
    isRight: true,
    cell: ({ subscriptions }) => String(subscriptions),
  },
  { name: "WAITS", width: 20, rank: 1, cell: ({ waits }) => waits.join("; ") },
];

function peerText(address: string, port: number): string {
  if (port === 0) return address;
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

function clientLines(state: TopState, window: Size): Line[] {
  const columns = columnsFor(window.columns);
  const taken = columns.reduce((sum, { width }) => sum + width + 1, 0);
  const nameWidth = Math.max(1, Math.min(40, window.columns - taken));
  const lineOf = (name: string, cell: (column: Column) => string) =>
    [fit(name, nameWidth), ...columns.map((one) => cellText(one, cell(one)))].join(" ");
  const heading = lineOf(
    marked("CLIENTID", state.sort === "clientId"),
    (column) => marked(column.name, column.order === state.sort),
  );
  const rows = state.rows.slice(0, roomIn(window)).map((row, index): Line => ({
    text: lineOf(row.clientId, (column) => column.cell(row, state)),
    style: state.offset + index === state.cursor ? "inverse" : "plain",
  }));
  return [{ text: heading, style: "bold" }, ...rows];
}

function cellText({ width, isRight = false }: Column, text: string): string {
  return isRight ? fitRight(text, width) : fit(text, width);
}

function marked(name: string, isOrder: boolean): string {
  return isOrder ? `${name}*` : name;
}

/** As many as have room beside a client id. */
function columnsFor(columns: number): Column[] {
  const chosen = [...COLUMNS];
  const needed = () => chosen.reduce((sum, { width }) => sum + width + 1, SMALLEST_NAME);
  while (chosen.length > 0 && needed() > columns) {
    const least = Math.min(...chosen.map(({ rank }) => rank));
    chosen.splice(chosen.findIndex(({ rank }) => rank === least), 1);
  }
  return chosen;
}

function openedLines({ opened }: TopState, window: Size): Line[] {
  const { clientId, lines, scrolled } = opened!;
  const shown = lines.slice(scrolled, scrolled + roomIn(window));
  return [{ text: `client ${clientId}`, style: "bold" }, ...shown.map(plain)];
}

/** For the help of the command line. */
export const ORDERS: readonly Order[] = Object.values(ORDER_KEYS);
