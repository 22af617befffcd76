/**
 * Hashes for users who are not there, so that the time of an answer does not tell who is. Invariants: a decoy costs what
 * a hash that was seen costs, the same one for a name each time; no password is known for it, and what a comparison
 * with it gives lets no one in; what holds no cost of its own is not kept.
 */
import { createHmac, randomBytes } from "node:crypto";
import { BoundedMap } from "../../bounded_map.ts";
import type { StoredPassword } from "./spec.ts";
import { parseStoredHash, type StoredHash, UnsupportedHashError } from "./stored_hash.ts";

/** Compared where no password was given; what comes of it does not count. An empty one would cost nothing. */
export const NO_PASSWORD: Uint8Array = new TextEncoder().encode("-");

const MOST_COSTS = 8;

/** The decoys of one source. */
export class Decoys {
  readonly #byCost = new BoundedMap<string, StoredPassword>(MOST_COSTS);
  readonly #key = randomBytes(16);
  readonly #first: StoredPassword | undefined;

  /**
   * Has seen no hash yet.
   * @param first Serves until one was seen.
   */
  constructor(first?: StoredPassword) {
    this.#first = first;
  }

  /** Takes note of what a hash costs. */
  note({ hash, salt }: StoredPassword): void {
    const cost = costOf(hash);
    if (cost === undefined || this.#byCost.get(cost) !== undefined) return;
    this.#byCost.set(cost, { hash: spoiled(hash), salt });
  }

  /** A hash to compare this name's password with; undefined where no hash was ever seen. */
  of(name: string): StoredPassword | undefined {
    const decoys = this.#byCost.values();
    if (decoys.length === 0) return this.#first;
    const number = createHmac("sha256", this.#key).update(name).digest().readUInt32LE();
    return decoys[number % decoys.length];
  }
}

/** What a hash that tells its own cost says about it. */
function costOf(hash: string): string | undefined {
  try {
    return textOf(parseStoredHash(hash));
  } catch (error) {
    if (error instanceof UnsupportedHashError) return undefined;
    throw error;
  }
}

function textOf(stored: StoredHash): string {
  switch (stored.scheme) {
    case "sha512_crypt":
      return `${stored.scheme} ${stored.rounds}`;
    case "bcrypt":
      return `${stored.scheme} ${stored.cost}`;
    case "argon2": {
      const { scheme, variant, memory, iterations, parallelism } = stored;
      return [scheme, variant, memory, iterations, parallelism].join(" ");
    }
    case "pbkdf2":
      return `${stored.scheme} ${stored.iterations}`;
    case "salted_sha512":
      return stored.scheme;
  }
}

/** The same with another digest, by one character. */
function spoiled(hash: string): string {
  const at = hash.length - 5; // in front of padding, behind every salt
  return hash.slice(0, at) + (hash[at] === "A" ? "B" : "A") + hash.slice(at + 1);
}
