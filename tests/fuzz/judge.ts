/**
 * What is a finding and what is not: lines of the broker's log, and what is left when all are gone. Invariant: pure; a
 * line that a client may cause is none, whatever it says.
 */
import type { Metrics } from "../../lib/plugin/metrics.ts";

/** What is counted before and after. */
export interface Counted {
  readonly metrics: Partial<Metrics>;
  /** RSS in bytes. */
  readonly resident: number;
  /** Open files and sockets of the process. */
  readonly descriptors: number;
}

/** A line of a log at a level that a client may cause. */
const ORDINARY = /^\d{4}-\d\d-\d\dT[\d:.]+Z (debug|info|warning) +midge\b/;
const FAULT = /\bunhandled (rejection|error)\b|a fault of the broker/;

/** What stays of RSS when all are gone, beside what was there before: code that has run, and V8's own reserve. */
const MORE_RESIDENT = 160e6;
/** The broker may keep a file or two that it opened meanwhile. */
const MORE_DESCRIPTORS = 3;

/** Lines that tell of a fault of the broker, as findings. */
export function faultsIn(lines: readonly string[]): string[] {
  const found = lines.filter((line) => line !== "" && (!ORDINARY.test(line) || FAULT.test(line)));
  return found.map((line) => `the log: ${line}`);
}

/** What is left of the others, a finding each; empty when all is as it was before them. */
export function leftBehind(before: Counted, after: Counted): string[] {
  const { metrics } = after;
  const counts: [number, number, string][] = [
    [metrics.clientsConnected ?? 0, before.metrics.clientsConnected ?? 0, "clients"],
    [metrics.clientsDisconnected ?? 0, 0, "sessions without a connection"],
    [metrics.inflightIn ?? 0, 0, "exchanges from clients"],
    [metrics.inflightOut ?? 0, 0, "exchanges to clients"],
    [metrics.messagesQueued ?? 0, 0, "queued messages"],
    [after.descriptors, before.descriptors + MORE_DESCRIPTORS, "open descriptors"],
  ];
  const left = counts.filter(([count, most]) => count > most)
    .map(([count, most, what]) => `left behind: ${count} ${what}, expected at most ${most}`);
  const grown = after.resident - before.resident;
  if (grown > MORE_RESIDENT) {
    left.push(
      `left behind: ${mega(grown)} MB of memory, expected at most ${mega(MORE_RESIDENT)}`,
    );
  }
  return left;
}

/** 10^6 bytes. */
export function mega(bytes: number): number {
  return Math.round(bytes / 1e6);
}
