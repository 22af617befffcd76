/**
 * Memory: what a fresh broker takes at rest, and what each of 4,000 connections with one
 * subscription adds while nothing happens.
 */
import { residentBytes } from "../memory.ts";
import { openIdle } from "./idle_clients.ts";
import { delay, type Load, type LoadOptions, type Measured } from "../../lib/cli/load/run.ts";

const CONNECTIONS = 4000;
/** Milliseconds for a broker to come to rest: time for its own clean-up to run. */
const SETTLE = 3000;

/** The load: `rest` in MB (10^6), `perConnection` in KiB, `connects` in connections a second. */
export const idle: Load = { name: "idle", run };

async function run({ target, pid }: LoadOptions): Promise<Measured> {
  if (pid === undefined) throw new Error("idle needs --pid, the broker's process id");
  await delay(SETTLE);
  const before = residentBytes(pid);
  const start = performance.now();
  const connections = await openIdle(target, "idle", CONNECTIONS);
  const seconds = (performance.now() - start) / 1000;
  await delay(SETTLE);
  const after = residentBytes(pid);
  for (const connection of connections) connection.close();
  return {
    rest: before / 1e6,
    perConnection: (after - before) / CONNECTIONS / 1024,
    connects: CONNECTIONS / seconds,
  };
}
