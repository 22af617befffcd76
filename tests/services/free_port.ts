/**
 * Ports for servers that take none of 0 but want to be told theirs. Invariants: no port is given twice in a process, and
 * two processes of tests side by side give different ones.
 */

/** Below the range that outgoing connections come from: such a port is not lost while its server is down. */
const FIRST_PORT = 15_000;
const LAST_PORT = 29_999;
/** Processes whose ids differ by less have no port in common. */
const LANES = 50;

const given = new Set<number>();

/** A port that nobody listens on, on no address. */
export function freePort(): number {
  for (;;) {
    const port = ownPort();
    if (given.has(port) || isTaken(port)) continue;
    given.add(port);
    return port;
  }
}

/** One that only this process gives. */
function ownPort(): number {
  const steps = Math.floor((LAST_PORT + 1 - FIRST_PORT) / LANES);
  return FIRST_PORT + Deno.pid % LANES + LANES * Math.floor(Math.random() * steps);
}

function isTaken(port: number): boolean {
  try {
    Deno.listen({ hostname: "0.0.0.0", port }).close();
    return false;
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) return true;
    throw error;
  }
}
