/**
 * What `midge top` knows and shows, and what keys do to it. Pure. Invariant: the place of the cursor is one of the
 * clients there are, and on the page.
 */
import type { ResultOf, RowOf } from "../../manage/commands.ts";
import type { Key } from "./keys.ts";

/** A client as it is listed. */
export type ClientRow = RowOf<"clients">;
/** What clients are in order by. */
export type Order = "traffic" | "queue" | "backlog" | "clientId" | "since";

/** The orders by their keys. */
export const ORDER_KEYS: Readonly<Record<string, Order>> = {
  m: "traffic",
  w: "queue",
  b: "backlog",
  c: "clientId",
  s: "since",
};

/** The broker as it was at one moment. */
export interface Moment {
  /** Milliseconds of a clock that only goes forward. */
  readonly at: number;
  readonly status: ResultOf<"status">;
}

/** One client with all that is asked about it. */
export interface Opened {
  readonly clientId: string;
  /** In lines; empty until it has been asked. */
  readonly lines: readonly string[];
  /** Lines above the first that is shown. */
  readonly scrolled: number;
}

/** All of it. */
export interface TopState {
  readonly now: Moment | undefined;
  /** The moment before: rates are between the two. */
  readonly before: Moment | undefined;
  readonly sort: Order;
  /** Of the clients in order: how many are above the page, and which one is chosen, from 0. */
  readonly offset: number;
  readonly cursor: number;
  /** The page. */
  readonly rows: readonly ClientRow[];
  /** Bytes a second by client id, of the page. */
  readonly rates: ReadonlyMap<string, number>;
  readonly opened: Opened | undefined;
  readonly isHelp: boolean;
  /** Why what is shown is not of now. */
  readonly problem: string | undefined;
}

/** Before anything is known. */
export function newState(sort: Order): TopState {
  return {
    now: undefined,
    before: undefined,
    sort,
    offset: 0,
    cursor: 0,
    rows: [],
    rates: new Map(),
    opened: undefined,
    isHelp: false,
    problem: undefined,
  };
}

/** Clients there are. */
export function clientCount({ now, offset, rows }: TopState): number {
  return Math.max(now?.status.metrics.clientsConnected ?? 0, offset + rows.length);
}

/** The client at the cursor. */
export function chosen({ rows, cursor, offset }: TopState): ClientRow | undefined {
  return rows[cursor - offset];
}

/** What the broker has said. The cursor stays with its client where that is still on the page. */
export function withAnswer(state: TopState, now: Moment, rows: readonly ClientRow[]): TopState {
  const clientId = chosen(state)?.clientId;
  const place = rows.findIndex((row) => row.clientId === clientId);
  const offset = rows.length === 0 ? 0 : state.offset; // those of this page have left
  const last = Math.max(0, offset + rows.length - 1);
  return {
    ...state,
    now,
    before: momentBefore(state, now),
    rows,
    rates: ratesOf(state, now.at, rows),
    problem: undefined,
    offset,
    cursor: place >= 0 ? offset + place : Math.min(state.cursor, last),
  };
}

/** Rates of a shorter time than this say little, milliseconds. */
const SHORTEST_MS = 190;

function momentBefore({ now: last, before }: TopState, now: Moment): Moment | undefined {
  return last !== undefined && now.at - last.at >= SHORTEST_MS ? last : before;
}

function ratesOf(state: TopState, at: number, rows: readonly ClientRow[]): Map<string, number> {
  const known = new Map(state.rows.map((row) => [row.clientId, row]));
  const seconds = state.now === undefined ? 0 : (at - state.now.at) / 1000;
  return new Map(rows.flatMap((row) => {
    const old = known.get(row.clientId);
    const rate = row.bytesPerSecond ??
      (old === undefined || seconds <= 0 ? undefined : (moved(row) - moved(old)) / seconds);
    return rate === undefined ? [] : [[row.clientId, Math.max(0, rate)] as const];
  }));
}

function moved({ bytesReceived, bytesSent }: ClientRow): number {
  return bytesReceived + bytesSent;
}

/** What a key asks for, beside another state. */
export type Wish = "quit" | "ask" | "nothing";

/**
 * What a key does.
 * @param height rows of clients, or lines of one client, that have room
 */
export function pressed(
  state: TopState,
  key: Key,
  height: number,
): readonly [state: TopState, wish: Wish] {
  if (key === "interrupt" || (typeof key === "object" && key.letter === "q")) {
    return [state, "quit"];
  }
  if (state.isHelp) return [{ ...state, isHelp: false }, "nothing"];
  if (typeof key === "object" && key.letter === "?") return [{ ...state, isHelp: true }, "nothing"];
  return state.opened === undefined
    ? pressedInList(state, key, height)
    : pressedInClient(state, state.opened, key, height);
}

function pressedInClient(
  state: TopState,
  opened: Opened,
  key: Key,
  height: number,
): readonly [TopState, Wish] {
  if (key === "escape" || key === "enter") return [{ ...state, opened: undefined }, "ask"];
  const last = Math.max(0, opened.lines.length - height);
  const scrolled = Math.min(last, Math.max(0, moveOf(key, opened.scrolled, last, height)));
  return [{ ...state, opened: { ...opened, scrolled } }, "nothing"];
}

function pressedInList(state: TopState, key: Key, height: number): readonly [TopState, Wish] {
  const sort = typeof key === "object" ? ORDER_KEYS[key.letter] : undefined;
  if (sort !== undefined) return [{ ...state, sort, offset: 0, cursor: 0, rows: [] }, "ask"];
  const row = chosen(state);
  if (key === "enter" && row !== undefined) {
    return [{ ...state, opened: { clientId: row.clientId, lines: [], scrolled: 0 } }, "ask"];
  }
  const last = Math.max(0, clientCount(state) - 1);
  const cursor = Math.min(last, Math.max(0, moveOf(key, state.cursor, last, height)));
  const moved = onPage({ ...state, cursor }, height);
  return [moved, moved.offset === state.offset ? "nothing" : "ask"];
}

/** The page that the cursor is on. Rows of the page before stay until the broker has answered, where they are on it. */
export function onPage(state: TopState, height: number): TopState {
  const { cursor, offset, rows } = state;
  const first = Math.max(0, Math.min(cursor, Math.max(offset, cursor - Math.max(1, height) + 1)));
  if (first === offset) return state;
  const kept = first > offset ? rows.slice(first - offset) : [];
  return { ...state, offset: first, rows: kept };
}

function moveOf(key: Key, from: number, last: number, height: number): number {
  switch (typeof key === "object" ? key.letter : key) {
    case "up":
    case "k":
      return from - 1;
    case "down":
    case "j":
      return from + 1;
    case "pageUp":
      return from - height;
    case "pageDown":
      return from + height;
    case "home":
      return 0;
    case "end":
      return last;
    default:
      return from;
  }
}
