/** What `midge store` says of stores. Pure. */
import type { StoreContent } from "../../storage/files/read_store.ts";
import { messagesOf, type StoredState } from "../../storage/state.ts";

/** How many things a state has. */
export interface StateCounts {
  readonly sessions: number;
  readonly subscriptions: number;
  /** For a session each: they wait, or are under way. */
  readonly entries: number;
  readonly underWay: number;
  readonly retained: number;
  readonly wills: number;
}

/** Counts them. */
export function countsOf({ sessions, retained, wills }: StoredState): StateCounts {
  let [subscriptions, entries, underWay] = [0, 0, 0];
  for (const session of sessions.values()) {
    subscriptions += session.subscriptions.size;
    entries += session.entries.size;
    for (const { packetId } of session.entries.values()) if (packetId !== 0) underWay++;
  }
  const sizes = { sessions: sessions.size, retained: retained.size, wills: wills.size };
  return { ...sizes, subscriptions, entries, underWay };
}

/** Is there anything at all? */
export function isEmpty({ sessions, retained, wills }: StateCounts): boolean {
  return sessions + retained + wills === 0;
}

/** `2 sessions, 3 subscriptions, 4 messages that wait, 5 retained messages, 1 will` */
export function countsText(
  { sessions, subscriptions, entries, retained, wills }: StateCounts,
): string {
  return [
    numbered(sessions, "session"),
    numbered(subscriptions, "subscription"),
    numbered(entries, "message", "messages") + (entries === 1 ? " that waits" : " that wait"),
    numbered(retained, "retained message"),
    numbered(wills, "will"),
  ].join(", ");
}

/** `1 file`, `2 files` */
export function numbered(count: number, one: string, several = `${one}s`): string {
  return `${count} ${count === 1 ? one : several}`;
}

const UNITS = [["GB", 1e9], ["MB", 1e6], ["kB", 1e3]] as const;

/** `1.2 MB` */
export function bytesText(bytes: number): string {
  const unit = UNITS.find(([, size]) => bytes >= size);
  return unit === undefined
    ? numbered(bytes, "byte")
    : `${(bytes / unit[1]).toFixed(1)} ${unit[0]}`;
}

/** What a store has, a line for each thing. */
export function contentLines({ report, replayed, oldest }: StoreContent): string[] {
  const { state } = replayed;
  const { sessions, subscriptions, entries, underWay, retained, wills } = countsOf(state);
  const { segments, batches, bytes, newest } = report;
  const connected = [...state.sessions.values()].filter(({ detachedAt }) =>
    detachedAt === undefined
  );
  const payloads = [...new Set(messagesOf(state))].reduce(
    (sum, one) => sum + one.payload.length,
    0,
  );
  const fileBytes = segments.reduce((sum, { size }) => sum + size, 0);
  const spares = segments.filter((segment) => segment.batches === 0).length;
  const spareText = spares === 0 ? "" : `; ${spares} without anything needed`;
  const span = oldest === undefined || newest === undefined
    ? "nothing yet"
    : `${dateText(oldest)} to ${dateText(newest)}`;
  return [
    row("written", span),
    row("files", `${segments.length}, ${bytesText(fileBytes)}${spareText}`),
    row("batches", `${batches}, ${bytesText(bytes)}`),
    row("sessions", `${sessions}, ${connected.length} of them connected when it was written`),
    row("subscriptions", `${subscriptions}`),
    row("messages", `${entries - underWay} waiting, ${underWay} under way`),
    row("retained", `${retained}`),
    row("wills", `${wills}`),
    row("payloads", bytesText(payloads)),
  ];
}

/** `2026-11-28T01:02:03.004Z`; a damaged time is a number. */
export function dateText(epoch: number): string {
  const date = new Date(epoch);
  return Number.isNaN(date.getTime()) ? String(epoch) : date.toISOString();
}

function row(name: string, text: string): string {
  return `  ${name.padEnd(14)}${text}`;
}
