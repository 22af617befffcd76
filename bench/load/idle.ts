/**
 * Memory: what a fresh broker takes at rest, and what each of 4,000 connections with one
 * subscription adds while nothing happens. Reads the broker's resident set from /proc (Linux).
 */
import { openAll } from "../../lib/cli/load/open.ts";
import { delay, type Load, type LoadOptions, type Measured } from "../../lib/cli/load/run.ts";

const CONNECTIONS = 4000;
/** Bytes: the generator's own buffers must not fill the machine. */
const SMALL_BUFFER = 64;
/** Milliseconds for a broker to come to rest: time for its own clean-up to run. */
const SETTLE = 3000;

/** The load: `rest` in MB (10^6), `perConnection` in KiB, `connects` in connections a second. */
export const idle: Load = { name: "idle", run };

async function run({ target, pid }: LoadOptions): Promise<Measured> {
  if (pid === undefined) throw new Error("idle needs --pid, the broker's process id");
  await delay(SETTLE);
  const before = await residentBytes(pid);
  const start = performance.now();
  const connections = await openAll(
    target,
    "idle",
    CONNECTIONS,
    SMALL_BUFFER,
    (connection, i) => connection.subscribe([`bench/idle/${i}`], 0),
  );
  const seconds = (performance.now() - start) / 1000;
  await delay(SETTLE);
  const after = await residentBytes(pid);
  for (const connection of connections) connection.close();
  return {
    rest: before / 1e6,
    perConnection: (after - before) / CONNECTIONS / 1024,
    connects: CONNECTIONS / seconds,
  };
}

async function residentBytes(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  if (kibibytes === undefined) throw new Error(`/proc/${pid}/status has no VmRSS`);
  return Number(kibibytes) * 1024;
}
