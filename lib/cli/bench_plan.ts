/** What `midge bench` is to do: its own options, and the plan that follows from them. Pure. */
import type { QoS } from "../wire/packets.ts";
import { meantHint } from "../config/keys.ts";
import { QOS_CHOICES } from "./client_options.ts";
import type { GivenOptions } from "./given_options.ts";
import { TIME_BYTES } from "./load/paced.ts";
import type { OptionTable } from "./option_table.ts";
import { UsageError } from "./usage_error.ts";

/** The options that only this command has. */
export const BENCH_OPTIONS = {
  clients: {
    names: ["clients", "n"],
    value: "COUNT",
    help: "pairs (default 10), subscribers of fanout (100),\nconnections (1000)",
  },
  qos: { names: ["qos", "q"], value: "QOS", default: "0", choices: QOS_CHOICES, help: "0, 1 or 2" },
  size: { names: ["size", "s"], value: "BYTES", default: "64", help: "payload" },
  rate: {
    names: ["rate", "r"],
    value: "MESSAGES",
    help:
      "pairs: that many a second together, and their latency;\ndefault: as fast as the broker takes them",
  },
  duration: { names: ["duration", "t"], value: "SECONDS", default: "5", help: "what is measured" },
  "warm-up": { names: ["warm-up"], value: "SECONDS", default: "1", help: "before that" },
  messages: { names: ["messages"], value: "COUNT", default: "5000", help: "of latency" },
  json: { names: ["json"], help: "print one JSON object" },
} as const satisfies OptionTable;

type Given = GivenOptions<typeof BENCH_OPTIONS>;
type LoadName = "pairs" | "fanout" | "connections" | "latency";

/** The loads there are. */
export const LOADS: readonly LoadName[] = ["pairs", "fanout", "connections", "latency"];
const DEFAULT_CLIENTS = { pairs: 10, fanout: 100, connections: 1000, latency: 1 };
const MAX_SIZE = 16_777_216;

/** What to do, as numbers. */
export interface Plan {
  readonly load: LoadName;
  readonly clients: number;
  readonly qos: QoS;
  readonly size: number;
  /** Messages a second; undefined: as many as possible. */
  readonly rate: number | undefined;
  /** Milliseconds. */
  readonly duration: number;
  readonly warmUp: number;
  readonly messages: number;
}

/** @throws {UsageError} where the load is not known, or an option is not understood */
export function planOf(name: string, given: Given): Plan {
  const load = LOADS.find((one) => one === name);
  if (load === undefined) {
    throw new UsageError(
      `got ${JSON.stringify(name)}, expected ${LOADS.join(", ")}${meantHint(name, LOADS)}`,
    );
  }
  const rate = given.integer("rate", 1);
  if (rate !== undefined && load !== "pairs") {
    throw new UsageError(`${given.nameOf("rate")} is for pairs`);
  }
  const size = given.integer("size", 0, MAX_SIZE);
  if (rate !== undefined && size < TIME_BYTES) {
    throw new UsageError(`--size got ${size}, expected ${TIME_BYTES} or more with --rate`);
  }
  return {
    load,
    clients: given.integer("clients", 1) ?? DEFAULT_CLIENTS[load],
    qos: given.qos("qos"),
    size,
    rate,
    duration: given.seconds("duration"),
    warmUp: given.seconds("warm-up"),
    messages: given.integer("messages", 1),
  };
}
