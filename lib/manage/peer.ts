/**
 * One connection of a management server. Invariant: what it is waited for with ends at its close, for a read or write
 * under way may not hear of that (Deno 2.6); waiting leaves nothing behind.
 */
import type { Duplex } from "./lines.ts";

/** A connection, and its end. */
export class Peer {
  readonly connection: Duplex;
  readonly #waiting = new Set<(cause: Error) => void>();
  #isClosed = false;

  constructor(connection: Duplex) {
    this.connection = connection;
  }

  /** What the connection gives, unless it is closed before. */
  orEnded<T>(waiting: Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    waiting.then(resolve, reject);
    if (this.#isClosed) reject(closed());
    this.#waiting.add(reject);
    return promise.finally(() => this.#waiting.delete(reject));
  }

  close(): void {
    this.#isClosed = true;
    for (const reject of this.#waiting) reject(closed());
    try {
      this.connection.close();
    } catch {
      // closed before, by its deadline or by the end of the server
    }
  }
}

function closed(): Error {
  return new Error("the connection is closed");
}
