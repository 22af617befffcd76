/**
 * What an idle connection over a transport costs a broker, and how many handshakes a second it does. Invariant: the
 * first connections, which bring in code and tables that all share, do not count.
 */
import { delay, type LoadOptions, type Measured } from "../../lib/cli/load/run.ts";
import { residentBytes } from "../memory.ts";
import { openIdle } from "./idle_clients.ts";
import { handshakes } from "./handshakes.ts";

const FIRST = 200;
const CONNECTIONS = 1000;
/** Milliseconds for a broker to come to rest: time for its own clean-up to run. */
const SETTLE = 3000;

const HANDSHAKES = 2000;
const WARM_UP = 200;
const AT_ONCE = 8;

/** `perConnection` in KiB of RSS, each with one subscription. */
export async function idleConnections({ target, pid }: LoadOptions): Promise<Measured> {
  if (pid === undefined) throw new Error("this load needs --pid, the broker's process id");
  const first = await openIdle(target, "first", FIRST);
  await delay(SETTLE);
  const before = residentBytes(pid);
  const counted = await openIdle(target, "idle", CONNECTIONS);
  await delay(SETTLE);
  const after = residentBytes(pid);
  for (const connection of [...first, ...counted]) connection.close();
  return { perConnection: (after - before) / CONNECTIONS / 1024 };
}

/** `rate` in connections that were let in a second. */
export async function handshakeRate({ target }: LoadOptions): Promise<Measured> {
  await handshakes(target, WARM_UP, AT_ONCE);
  const seconds = await handshakes(target, HANDSHAKES, AT_ONCE);
  return { rate: HANDSHAKES / seconds };
}
