/**
 * The `password_hash` option of the database sources, in EMQ X's syntax: how to compare a password with
 * what a row holds. Invariant: a text that is not understood is refused when the configuration is read,
 * never taken for `plain`.
 */
import { createHash, pbkdf2, pbkdf2Sync } from "node:crypto";
import { promisify } from "node:util";
import { equalBytes, equalText } from "../../equal.ts";
import { slownessOf, startStopwatch, USUAL_ITERATIONS } from "./hash_cost.ts";
import {
  FAST_PBKDF2_ITERATIONS,
  parseStoredHash,
  type StoredHash,
  UnsupportedHashError,
} from "./stored_hash.ts";
import { MAX_PASSWORD_BYTES, type PasswordVerifier, type VerifyOptions } from "./verifier.ts";

/** What a row says about a user's password. */
export interface StoredPassword {
  /** The hash, or the password itself for `plain`. */
  readonly hash: string;
  /** Null and undefined: the row has none. */
  readonly salt?: string | null | undefined;
}

/** A `password_hash` option, understood. */
export interface PasswordCheck {
  /** Must rows have a salt? */
  readonly needsSalt: boolean;
  /** Costs what a stored one costs by default; no password is known for it. */
  readonly decoy: StoredPassword;
  /**
   * Is this the password of this row?
   *
   * @throws {UnsupportedHashError} when the row has no salt and needs one, or a hash of another kind.
   */
  verify(
    password: Uint8Array,
    stored: StoredPassword,
    verifier: PasswordVerifier,
    options?: VerifyOptions,
  ): Promise<boolean>;
}

/** EMQ X's names and those of node:crypto. */
const DIGESTS: ReadonlyMap<string, string> = new Map([
  ["md5", "md5"],
  ["sha", "sha1"],
  ["sha256", "sha256"],
  ["sha512", "sha512"],
]);
const MACS: ReadonlyMap<string, string> = new Map([
  ...DIGESTS,
  ["md4", "md4"],
  ["ripemd160", "ripemd160"],
  ["sha224", "sha224"],
  ["sha384", "sha384"],
]);
/** Names of hashes that carry their own salt and cost. */
const SELF_DESCRIBING: ReadonlyMap<string, StoredHash["scheme"]> = new Map([
  ["bcrypt", "bcrypt"],
  ["argon2", "argon2"],
  ["sha512_crypt", "sha512_crypt"],
  ["$6$", "sha512_crypt"],
]);

/** Digests of nothing known, of the usual cost. */
const DECOY_HASHES: Readonly<Record<string, string>> = {
  bcrypt: `$2b$10$${".".repeat(53)}`,
  argon2: `$argon2id$v=19$m=19456,t=2,p=1$${"A".repeat(22)}$${"A".repeat(43)}`,
  sha512_crypt: `$6$${"A".repeat(16)}$${"A".repeat(86)}`,
};
/** A digest of its length compares like any; so does any text. */
const DECOY_DIGEST: StoredPassword = { hash: "-".repeat(64), salt: "0".repeat(32) };

const MAX_ITERATIONS = 10_000_000;
const MAX_KEY_BYTES = 1024;
const SAMPLE_ITERATIONS = 10_000;
/** Bytes of md5: a key takes that many times the iterations as it has such pieces, at most. */
const SHORTEST_DIGEST = 16;

const EXPECTED = "plain, md5, sha, sha256, sha512 (each also as salt,NAME or NAME,salt), bcrypt, " +
  "salt,bcrypt, pbkdf2,MAC,ITERATIONS,BYTES (MAC: " + [...MACS.keys()].sort().join(", ") +
  "), sha512_crypt or argon2";

const derive = promisify(pbkdf2);
const encoder = new TextEncoder();

/**
 * Understands a `password_hash` option: `sha256`, `salt,sha256`, `bcrypt`, `pbkdf2,sha256,1000,20`, ...
 *
 * @throws {RangeError} that says what was expected, also of what takes over a second on this machine.
 */
export function parsePasswordHash(text: string): PasswordCheck {
  const parts = text.split(",").map((part) => part.trim());
  const check = parts[0] === "pbkdf2" ? parsePbkdf2(parts) : parseNamed(parts);
  if (!check) throw new RangeError(`expected ${EXPECTED}`);
  return check;
}

function parseNamed(parts: string[]): PasswordCheck | undefined {
  const [first = "", second] = parts;
  if (parts.length === 1) return selfDescribing(first) ?? digestCheck(first, "none");
  if (parts.length !== 2 || (first === "salt") === (second === "salt")) return undefined;
  const name = first === "salt" ? second! : first;
  if (name === "bcrypt") return bcryptWithSaltColumn();
  return digestCheck(name, first === "salt" ? "before" : "after");
}

function digestCheck(
  name: string,
  position: "none" | "before" | "after",
): PasswordCheck | undefined {
  const algorithm = DIGESTS.get(name);
  if (!algorithm && name !== "plain") return undefined;
  return {
    needsSalt: position !== "none",
    decoy: DECOY_DIGEST,
    verify(password, stored) {
      return Promise.try(() => {
        const salted = withSalt(password, stored, position);
        if (!algorithm) return equalBytes(salted, encoder.encode(stored.hash));
        return equalHex(createHash(algorithm).update(salted).digest("hex"), stored.hash);
      });
    },
  };
}

function selfDescribing(name: string): PasswordCheck | undefined {
  const scheme = SELF_DESCRIBING.get(name);
  return scheme && {
    needsSalt: false,
    decoy: { hash: DECOY_HASHES[scheme]! },
    async verify(password, { hash }, verifier, options) {
      expectScheme(hash, scheme);
      return await verifier.verify(password, hash, options);
    },
  };
}

/** The salt column repeats the first 29 characters of the hash, as `bcrypt:hashpw` wants them. */
function bcryptWithSaltColumn(): PasswordCheck {
  return {
    needsSalt: true,
    decoy: { hash: DECOY_HASHES.bcrypt!, salt: DECOY_HASHES.bcrypt!.slice(0, 29) },
    async verify(password, stored, verifier, options) {
      expectScheme(stored.hash, "bcrypt");
      const prefix = equalText(saltOf(stored), stored.hash.slice(0, 29));
      return await verifier.verify(password, stored.hash, options) && prefix;
    },
  };
}

function parsePbkdf2(parts: string[]): PasswordCheck | undefined {
  const mac = MACS.get(parts[1] ?? "");
  const iterations = wholeNumber(parts[2], MAX_ITERATIONS);
  const bytes = wholeNumber(parts[3], MAX_KEY_BYTES);
  if (parts.length !== 4 || !mac || !iterations || !bytes) return undefined;
  const slowness = pbkdf2Slowness(mac, iterations, bytes);
  if (slowness !== undefined) throw new RangeError(slowness);
  return {
    needsSalt: true,
    decoy: DECOY_DIGEST,
    async verify(password, stored, verifier, options = {}) {
      if (password.length > MAX_PASSWORD_BYTES) return false;
      const salt = saltOf(stored);
      const copy = password.slice();
      const task = () => derive(copy, salt, iterations, bytes, mac);
      const key = iterations > FAST_PBKDF2_ITERATIONS ? verifier.enqueue(task, options) : task();
      return equalHex((await key).toString("hex"), stored.hash);
    },
  };
}

/** Measured at a part of the iterations, unless they are usual. */
function pbkdf2Slowness(mac: string, iterations: number, bytes: number): string | undefined {
  if (iterations * Math.ceil(bytes / SHORTEST_DIGEST) <= USUAL_ITERATIONS) return undefined;
  let best = Infinity;
  for (let i = 0; i < 3; i++) {
    const elapsed = startStopwatch();
    pbkdf2Sync("a usual password", "salt", SAMPLE_ITERATIONS, bytes, mac);
    best = Math.min(best, elapsed());
  }
  const what = `PBKDF2 with ${iterations} iterations and ${bytes} bytes`;
  return slownessOf(what, best * iterations / SAMPLE_ITERATIONS);
}

function expectScheme(hash: string, scheme: StoredHash["scheme"]): void {
  const found = parseStoredHash(hash).scheme;
  if (found !== scheme) {
    throw new UnsupportedHashError(`the stored hash is ${found}; password_hash says ${scheme}`);
  }
}

function saltOf(stored: StoredPassword): string {
  if (typeof stored.salt === "string") return stored.salt;
  throw new UnsupportedHashError("the row has no salt, and password_hash needs one");
}

function withSalt(
  password: Uint8Array,
  stored: StoredPassword,
  position: "none" | "before" | "after",
): Uint8Array {
  if (position === "none") return password;
  const salt = encoder.encode(saltOf(stored));
  const [first, second] = position === "before" ? [salt, password] : [password, salt];
  const joined = new Uint8Array(first.length + second.length);
  joined.set(first);
  joined.set(second, first.length);
  return joined;
}

/** EMQ X compares exactly; upper case is what some databases' own functions write. */
function equalHex(computed: string, stored: string): boolean {
  return equalText(computed, stored.toLowerCase());
}

function wholeNumber(text: string | undefined, limit: number): number | undefined {
  const value = /^[1-9]\d*$/.test(text ?? "") ? Number(text) : Infinity;
  return value <= limit ? value : undefined;
}
