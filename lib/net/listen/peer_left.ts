/** Peers that leave in the middle of a handshake: nothing is wrong with them, and no one needs to be told. */

/** The peer has ended the connection before its first byte. */
export class PeerLeftError extends Error {
  constructor() {
    super("the peer has ended the connection");
    this.name = "PeerLeftError";
  }
}

const GONE: ReadonlySet<unknown> = new Set(["ECONNRESET", "EPIPE", "ECONNABORTED"]);

/** Did the peer end, or reset, the connection? */
export function hasLeft(cause: unknown): boolean {
  if (!(cause instanceof Error)) return false;
  return cause instanceof PeerLeftError || cause instanceof Deno.errors.ConnectionReset ||
    cause instanceof Deno.errors.BrokenPipe || ("code" in cause && GONE.has(cause.code));
}
