/** Ports for servers that take none of 0 but want to be told theirs. */

/** Below the range that outgoing connections come from: such a port is not lost while its server is down. */
const FIRST_PORT = 15_000;
const LAST_PORT = 29_999;

/** A port of the loopback interface that nobody listens on. */
export function freePort(): number {
  for (;;) {
    const port = FIRST_PORT + Math.floor(Math.random() * (LAST_PORT - FIRST_PORT));
    try {
      Deno.listen({ hostname: "127.0.0.1", port }).close();
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
}
