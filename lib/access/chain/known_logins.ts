/**
 * Remembers for a while which password was right for which network and username, so that a device that comes again
 * does not stand in line with those who guess. Invariants: it holds no password, only HMACs under a key that lives
 * and dies with the process; being known lets no one in; the memory is bounded.
 */
import { BoundedMap } from "../../bounded_map.ts";

/** Deno's global; importing node:process would take 1 MB of memory at every start (measured). */
declare const process: typeof import("node:process");

const MAX_LOGINS = 10_000;

/** The last right password of each pair. */
export class KnownLogins {
  readonly #logins = new BoundedMap<string, string>(MAX_LOGINS);
  #key: Uint8Array | undefined;

  /** Was this password right for this pair? */
  has(pair: string, password: Uint8Array | undefined): boolean {
    const known = this.#logins.get(pair);
    return known !== undefined && password !== undefined && known === this.#digest(pair, password);
  }

  /** This password is right; without one there is nothing to know a client by. */
  add(pair: string, password: Uint8Array | undefined): void {
    if (password !== undefined) this.#logins.set(pair, this.#digest(pair, password));
  }

  /** A pair's text holds no password, so no two of both give the same input. */
  #digest(pair: string, password: Uint8Array): string {
    const { createHmac, randomBytes } = process.getBuiltinModule("node:crypto");
    this.#key ??= randomBytes(32);
    const hmac = createHmac("sha256", this.#key);
    return hmac.update(`${pair.length} ${pair}`).update(password).digest("base64");
  }
}
