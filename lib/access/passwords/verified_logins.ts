/**
 * Remembers for a few minutes which password was right for which slow hash, so that a device that
 * reconnects does not pay again. Invariant: holds no password and no hash, only HMACs of both together
 * under a key that lives and dies with the process; a changed hash is another entry.
 */
import { createHmac, randomBytes } from "node:crypto";

/** Enough for the devices of a site; about a megabyte. */
const MAX_ENTRIES = 10_000;

/** A memory of passwords that were right. */
export class VerifiedLogins {
  readonly #key = randomBytes(32);
  /** HMAC -> epoch milliseconds of its end, oldest first. */
  readonly #entries = new Map<string, number>();
  readonly #lifetime: number;
  readonly #now: () => number;

  /** @param lifetime Milliseconds; 0 remembers nothing. */
  constructor(lifetime: number, now: () => number) {
    this.#lifetime = lifetime;
    this.#now = now;
  }

  /** Was this password right for this hash a short while ago? */
  has(password: Uint8Array, hash: string): boolean {
    if (this.#entries.size === 0) return false;
    const end = this.#entries.get(this.#digest(password, hash));
    return end !== undefined && this.#now() < end;
  }

  /** This password is right for this hash. */
  add(password: Uint8Array, hash: string): void {
    if (this.#lifetime <= 0) return;
    const digest = this.#digest(password, hash);
    this.#entries.delete(digest);
    this.#entries.set(digest, this.#now() + this.#lifetime);
    this.#dropOld();
  }

  /** Forgets everything. */
  clear(): void {
    this.#entries.clear();
  }

  #dropOld(): void {
    const now = this.#now();
    for (const [digest, end] of this.#entries) {
      if (now < end && this.#entries.size <= MAX_ENTRIES) return;
      this.#entries.delete(digest);
    }
  }

  /** A hash holds no zero byte, so that no two pairs give the same input. */
  #digest(password: Uint8Array, hash: string): string {
    return createHmac("sha256", this.#key).update(hash).update("\0").update(password).digest(
      "base64",
    );
  }
}
