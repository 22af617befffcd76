/** The limits of a configuration in lines for people. Pure. Invariant: every limit that there is has a line. */
import { LIMIT_KEYS } from "../config/limit_keys.ts";
import { camelCase } from "../config/table.ts";
import type { Limits, ListenerConfig } from "../config/types.ts";
import type { Rate } from "../token_bucket.ts";

/** Largest first: bytes, and milliseconds. */
const SIZES: readonly [name: string, size: number][] = [
  ["GiB", 1024 ** 3],
  ["MiB", 1024 ** 2],
  ["KiB", 1024],
];
const TIMES: readonly [name: string, size: number][] = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1000],
];

/** A line for each limit, in the order of config.yaml, and one for each listener that has its own. */
export function limitLines(limits: Limits, listeners: readonly ListenerConfig[]): string[] {
  const values: Readonly<Record<string, unknown>> = { ...limits };
  const rows = Object.entries(LIMIT_KEYS).map(([name, { type }]): [string, string] => [
    name,
    limitText(values[camelCase(name)], type.unit),
  ]);
  const own = listeners.flatMap(ownRows);
  const width = Math.max(...[...rows, ...own].map(([name]) => name.length));
  return [...rows, ...own].map(([name, text]) => `${name.padEnd(width)}  ${text}`);
}

/** The limits that a listener has, and not all of them have one. */
function ownRows({ name, maxConnections, limits }: ListenerConfig): [string, string][] {
  const { connectionsPerAddress, connectionRate, messagesRate, bytesRate } = limits;
  const rows: [string, string | undefined][] = [
    ["max_connections", countText(maxConnections)],
    ["max_connections_per_address", countText(connectionsPerAddress)],
    ["max_conn_rate_per_address", rateText(connectionRate)],
    ["messages_rate", rateText(messagesRate)],
    ["bytes_rate", rateText(bytesRate)],
  ];
  return rows.flatMap(([key, text]) =>
    text === undefined ? [] : [[`listeners.${name}.${key}`, text]]
  );
}

function countText(count: number): string | undefined {
  return Number.isFinite(count) ? String(count) : undefined;
}

function rateText(rate: Rate | undefined): string | undefined {
  return rate && `${rate.perSecond} a second, ${rate.burst} at once`;
}

/** A value as config.yaml takes it. */
function limitText(value: unknown, unit: "bytes" | "seconds" | undefined): string {
  if (value === Infinity) return "no limit";
  if (Number.isNaN(value)) return "auto"; // as much as the machine has
  if (typeof value !== "number" || unit === undefined) return String(value);
  return unit === "bytes" ? quantity(value, SIZES, "") : quantity(value, TIMES, "ms");
}

/** In the largest unit of which it is a whole number. */
function quantity(value: number, units: readonly [string, number][], smallest: string): string {
  const [name, size] = units.find(([, size]) => value > 0 && value % size === 0) ?? [smallest, 1];
  return `${value / size}${value === 0 ? "" : name}`;
}
