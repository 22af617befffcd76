/**
 * How long this machine takes for a stored hash: measured on a small one of the same scheme, and reckoned from there.
 * Invariant: nothing is measured for parameters that are usual, and no measurement takes longer than a moment, however
 * costly the hash.
 */
import type { StoredHash } from "./stored_hash.ts";
import type { PasswordVerifier } from "./verifier.ts";

/** Deno's global; importing node:process would take 1 MB of memory at every start (measured). */
declare const process: typeof import("node:process");

/** A login whose hash takes longer is refused: one client would keep all others waiting. Milliseconds. */
export const LONGEST_CHECK_MS = 1000;

/** What passlib writes, and aMQTT's documentation with it: seconds on a small machine, but in use. */
const PASSLIB_ROUNDS = 656_000;

/** Up to these even a slow machine takes less than a second. */
const USUAL_BCRYPT_COST = 10;
const USUAL_ARGON2_KIB_ITERATIONS = 48 * 1024;
/** Of PBKDF2. */
export const USUAL_ITERATIONS = 100_000;

const SAMPLE_ROUNDS = 5000;
const SAMPLE_COST = 8;
const SAMPLE_KIB = 8 * 1024;
const SAMPLE_ITERATIONS = 10_000;
const SAMPLE_SALT = "c2FsdHNhbHQ";

/** The first time loads the code. */
const TIMES = 3;

const PASSWORD = new TextEncoder().encode("a usual password");

/** A small hash, what is measured of it, and how many times that the large one takes. */
interface Sample {
  readonly hash: string;
  readonly what: string;
  readonly times: number;
}

/** Starts to measure; what it returns tells the milliseconds since. */
export type Stopwatch = () => () => number;

/** Time, but not what other processes took of it: a busy start must not shut users out. */
export function startStopwatch(): () => number {
  const wall = performance.now();
  const used = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(used);
    return Math.min(performance.now() - wall, (user + system) / 1000);
  };
}

/** Measures, and remembers how fast this machine is. */
export class HashCosts {
  readonly #verifier: Pick<PasswordVerifier, "verify">;
  readonly #stopwatch: Stopwatch;
  readonly #measured = new Map<string, number>();

  /** `stopwatch`: tests give their own. */
  constructor(
    verifier: Pick<PasswordVerifier, "verify">,
    stopwatch: Stopwatch = startStopwatch,
  ) {
    this.#verifier = verifier;
    this.#stopwatch = stopwatch;
  }

  /** Why this hash is not used on this machine, with the time that it takes; undefined when it is fine. */
  async objection(stored: StoredHash): Promise<string | undefined> {
    const sample = sampleOf(stored);
    if (sample === undefined) return undefined;
    const { hash, what, times } = sample;
    let one = this.#measured.get(hash);
    if (one === undefined) this.#measured.set(hash, one = await this.#measure(hash));
    return slownessOf(what, one * times);
  }

  async #measure(hash: string): Promise<number> {
    let best = Infinity;
    for (let i = 0; i < TIMES; i++) {
      const elapsed = this.#stopwatch();
      await this.#verifier.verify(PASSWORD, hash);
      best = Math.min(best, elapsed());
    }
    return best;
  }
}

/** Is it worth measuring? */
export function isUnusual(stored: StoredHash): boolean {
  return sampleOf(stored) !== undefined;
}

/** One line for people when that many milliseconds are too long. */
export function slownessOf(what: string, milliseconds: number): string | undefined {
  if (milliseconds <= LONGEST_CHECK_MS) return undefined;
  const seconds = (milliseconds / 1000).toFixed(1);
  return `${what} takes ${seconds} s a login on this machine; expected ${
    LONGEST_CHECK_MS / 1000
  } s or less`;
}

/** Undefined for what is usual. */
function sampleOf(stored: StoredHash): Sample | undefined {
  switch (stored.scheme) {
    case "sha512_crypt": {
      const { rounds } = stored;
      if (rounds <= PASSLIB_ROUNDS) return undefined;
      const hash = `$6$rounds=${SAMPLE_ROUNDS}$salt$${".".repeat(86)}`;
      return { hash, what: `sha512-crypt with ${rounds} rounds`, times: rounds / SAMPLE_ROUNDS };
    }
    case "bcrypt": {
      const { cost } = stored;
      if (cost <= USUAL_BCRYPT_COST) return undefined;
      const hash = `$2b$0${SAMPLE_COST}$${".".repeat(53)}`;
      return { hash, what: `bcrypt with cost ${cost}`, times: 2 ** (cost - SAMPLE_COST) };
    }
    case "argon2": {
      const { memory, iterations, parallelism } = stored;
      if (memory * iterations <= USUAL_ARGON2_KIB_ITERATIONS) return undefined;
      const sampled = Math.max(8 * parallelism, Math.min(memory, SAMPLE_KIB));
      const hash = `$argon2id$v=19$m=${sampled},t=1,p=${parallelism}$${SAMPLE_SALT}$${
        "A".repeat(43)
      }`;
      const what = `argon2 with m=${memory} and t=${iterations}`;
      return { hash, what, times: memory * iterations / sampled };
    }
    case "pbkdf2": {
      const { iterations } = stored;
      if (iterations <= USUAL_ITERATIONS) return undefined;
      const hash = `$7$${SAMPLE_ITERATIONS}$${SAMPLE_SALT}$${"A".repeat(86)}==`;
      const what = `PBKDF2 with ${iterations} iterations`;
      return { hash, what, times: iterations / SAMPLE_ITERATIONS };
    }
    case "salted_sha512":
      return undefined;
  }
}
