/** What `midge bench` has measured, as a table for people. Pure. */
import type { Measured } from "./load/run.ts";

/** A load and its numbers. */
export interface BenchResult {
  readonly broker: string;
  /** What was spoken; default 4, MQTT 3.1.1. */
  readonly level?: 4 | 5;
  readonly load: string;
  readonly clients: number;
  readonly qos: number;
  readonly size: number;
  readonly rate: number | undefined;
  readonly messages: number;
  readonly measured: Measured;
}

const PERCENTILES = ["p50", "p90", "p99", "p999", "max"];
const NAMES: Readonly<Record<string, string>> = { p999: "p99.9" };

/** Lines of names and numbers. */
export function formatTable(result: BenchResult): string {
  const { broker, load, clients, qos, size, messages, measured } = result;
  const { rate, lost } = measured;
  const spoken = result.level === 5 ? `${broker}, MQTT 5` : broker;
  const rows: [string, string][] = [["broker", spoken], ["load", load]];
  if (load === "latency") rows.push(["messages", whole(messages)]);
  else rows.push([CLIENTS[load] ?? "clients", whole(clients)]);
  if (load !== "connections") rows.push(["QoS", `${qos}`], ["payload", `${whole(size)} bytes`]);
  if (result.rate !== undefined) rows.push(["asked for", `${whole(result.rate)} messages/s`]);
  if (rate !== undefined) rows.push(["rate", `${whole(rate)} ${UNITS[load] ?? "messages"}/s`]);
  if (rate !== undefined && load !== "connections") {
    rows.push(["payload rate", `${(rate * size / 1e6).toFixed(1)} MB/s`]);
  }
  if (lost !== undefined) rows.push(["lost", whole(lost)]);
  for (const name of PERCENTILES) {
    const value = measured[name];
    if (value !== undefined) rows.push([NAMES[name] ?? name, time(value)]);
  }
  return rows.map(([name, value]) => `${name.padEnd(14)}${value}`).join("\n");
}

const CLIENTS: Readonly<Record<string, string>> = {
  pairs: "pairs",
  fanout: "subscribers",
  connections: "connections",
};
const UNITS: Readonly<Record<string, string>> = {
  fanout: "deliveries",
  connections: "connections",
};

function whole(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

function time(microseconds: number): string {
  if (Number.isNaN(microseconds)) return "-";
  return microseconds < 1000
    ? `${microseconds.toFixed(0)} µs`
    : `${(microseconds / 1000).toFixed(2)} ms`;
}
