/**
 * Reads stored password hashes: which scheme, which cost. Invariant: what parses here can be verified
 * here, in bounded time; an error message never holds any part of a hash.
 */
import { SHA512_CRYPT_DEFAULT_ROUNDS } from "./sha512_crypt.ts";

/** A stored hash, taken apart. */
export type StoredHash =
  | { scheme: "sha512_crypt"; rounds: number; salt: string; digest: string }
  | { scheme: "bcrypt"; cost: number; salt: Uint8Array; digest: string }
  | Argon2Hash
  | { scheme: "pbkdf2"; iterations: number; salt: Uint8Array; digest: Uint8Array }
  | { scheme: "salted_sha512"; salt: Uint8Array; digest: Uint8Array };

/** `$argon2id$v=19$m=19456,t=2,p=1$SALT$DIGEST`. */
export interface Argon2Hash {
  /** Tells it from the other schemes. */
  scheme: "argon2";
  /** Which of the three functions. */
  variant: "i" | "d" | "id";
  /** KiB. */
  memory: number;
  /** Passes over the memory. */
  iterations: number;
  /** Lanes. */
  parallelism: number;
  /** Decoded. */
  salt: Uint8Array;
  /** Decoded. */
  digest: Uint8Array;
}

/** A hash of an unknown scheme, a damaged one, or one that would take minutes. */
export class UnsupportedHashError extends Error {
  /** Tells it from other errors. */
  override readonly name = "UnsupportedHashError";
}

/** Above these a login would take longer than a client waits for CONNACK, or exhaust a small machine. */
const MAX_SHA512_CRYPT_ROUNDS = 10_000_000;
const MAX_BCRYPT_COST = 16;
const MAX_ARGON2_KIB = 1024 * 1024;
const MAX_ARGON2_KIB_ITERATIONS = 16 * MAX_ARGON2_KIB;
const MAX_PBKDF2_ITERATIONS = 10_000_000;

/** From these on a hash is reported at the start: some ten times what the usual parameters cost. */
const SLOW_SHA512_CRYPT_ROUNDS = 300_000;
const SLOW_BCRYPT_COST = 13;
const SLOW_ARGON2_KIB_ITERATIONS = 256 * 1024;
const SLOW_PBKDF2_ITERATIONS = 500_000;

/** Up to this many iterations a PBKDF2 need not wait for its turn among the slow hashes. */
export const FAST_PBKDF2_ITERATIONS = 1000;

const SUPPORTED =
  "expected $6$ (sha512-crypt), $2b$ (bcrypt), $argon2id$ or $7$ (mosquitto_passwd)";

/** Can {@link PasswordVerifier} verify passwords against this hash? */
export function isSupportedHash(text: string): boolean {
  try {
    parseStoredHash(text);
    return true;
  } catch (error) {
    if (error instanceof UnsupportedHashError) return false;
    throw error;
  }
}

/**
 * Takes a stored hash apart.
 *
 * @throws {UnsupportedHashError} that says why the hash is of no use.
 */
export function parseStoredHash(text: string): StoredHash {
  const scheme = /^\$([a-z0-9]+)\$/.exec(text)?.[1];
  switch (scheme) {
    case "6":
      return text.endsWith("==") ? parseSaltedSha512(text) : parseSha512Crypt(text);
    case "7":
      return parsePbkdf2(text);
    case "2a":
    case "2b":
    case "2y":
      return parseBcrypt(text);
    case "argon2i":
    case "argon2d":
    case "argon2id":
      return parseArgon2(text);
    default:
      throw new UnsupportedHashError(
        scheme === undefined
          ? `not a password hash: ${SUPPORTED}`
          : `hashes that begin with $${scheme}$ are not supported: ${SUPPORTED}`,
      );
  }
}

/** Does verifying take long enough to need the worker and its queue? */
export function needsQueue(stored: StoredHash): boolean {
  if (stored.scheme === "pbkdf2") return stored.iterations > FAST_PBKDF2_ITERATIONS;
  return stored.scheme !== "salted_sha512";
}

/** A line for people when each login with this hash will be slow; undefined when it is fine. */
export function slowHashWarning(stored: StoredHash): string | undefined {
  switch (stored.scheme) {
    case "sha512_crypt":
      return slower("sha512-crypt rounds", stored.rounds, SLOW_SHA512_CRYPT_ROUNDS);
    case "bcrypt":
      return slower("bcrypt cost", stored.cost, SLOW_BCRYPT_COST);
    case "argon2":
      return slower(
        "argon2 memory (KiB) times iterations",
        stored.memory * stored.iterations,
        SLOW_ARGON2_KIB_ITERATIONS,
      );
    case "pbkdf2":
      return slower("PBKDF2 iterations", stored.iterations, SLOW_PBKDF2_ITERATIONS);
    case "salted_sha512":
      return undefined;
  }
}

function slower(what: string, value: number, limit: number): string | undefined {
  return value < limit ? undefined : `slow to check: ${what} ${value}; below ${limit} is fine`;
}

/** `$6$[rounds=N$]SALT$DIGEST`. The specification moves rounds into 1000...999,999,999. */
function parseSha512Crypt(text: string): StoredHash {
  const match = /^\$6\$(?:rounds=(\d{1,10})\$)?([^$:\n]{0,16})\$([./0-9A-Za-z]{86})$/.exec(text);
  if (!match) throw damaged("sha512-crypt", "$6$SALT$DIGEST with 86 characters of digest");
  const rounds = match[1] === undefined
    ? SHA512_CRYPT_DEFAULT_ROUNDS
    : Math.max(1000, Number(match[1]));
  atMost("sha512-crypt rounds", rounds, MAX_SHA512_CRYPT_ROUNDS);
  return { scheme: "sha512_crypt", rounds, salt: match[2]!, digest: match[3]! };
}

/** mosquitto 1.x: `$6$SALT$DIGEST` in base64, one SHA-512 of password and salt; no sha512-crypt. */
function parseSaltedSha512(text: string): StoredHash {
  const [, , salt, digest, ...rest] = text.split("$");
  const parsed = { salt: fromBase64(salt), digest: fromBase64(digest) };
  if (!parsed.salt || parsed.digest?.length !== 64 || rest.length > 0) {
    throw damaged("mosquitto 1.x", "$6$SALT$DIGEST in base64");
  }
  return { scheme: "salted_sha512", salt: parsed.salt, digest: parsed.digest };
}

/** mosquitto 2: `$7$ITERATIONS$SALT$DIGEST` in base64, PBKDF2 with HMAC-SHA-512. */
function parsePbkdf2(text: string): StoredHash {
  const match = /^\$7\$([1-9]\d{0,9})\$([^$]+)\$([^$]+)$/.exec(text);
  const salt = fromBase64(match?.[2]);
  const digest = fromBase64(match?.[3]);
  if (!match || !salt || digest?.length !== 64) {
    throw damaged("mosquitto_passwd", "$7$ITERATIONS$SALT$DIGEST in base64");
  }
  const iterations = Number(match[1]);
  atMost("PBKDF2 iterations", iterations, MAX_PBKDF2_ITERATIONS);
  return { scheme: "pbkdf2", iterations, salt, digest };
}

function parseBcrypt(text: string): StoredHash {
  const match = /^\$2[aby]\$(\d\d)\$([./A-Za-z0-9]{22})([./A-Za-z0-9]{31})$/.exec(text);
  if (!match || Number(match[1]) < 4) throw damaged("bcrypt", "$2b$COST$ and 53 characters");
  const cost = Number(match[1]);
  atMost("bcrypt cost", cost, MAX_BCRYPT_COST);
  return { scheme: "bcrypt", cost, salt: fromBcryptBase64(match[2]!), digest: match[3]! };
}

function parseArgon2(text: string): Argon2Hash {
  const match = /^\$argon2(id|i|d)\$v=19\$m=(\d{1,10}),t=(\d{1,10}),p=(\d{1,3})\$([^$]+)\$([^$]+)$/
    .exec(text);
  const salt = fromBase64(match?.[5]);
  const digest = fromBase64(match?.[6]);
  if (!match || !salt || !digest || salt.length < 8 || digest.length < 4) {
    throw damaged("argon2", "$argon2id$v=19$m=KIB,t=ITERATIONS,p=LANES$SALT$DIGEST");
  }
  const variant = match[1] as Argon2Hash["variant"];
  const [memory, iterations, parallelism] = match.slice(2, 5).map(Number) as [
    number,
    number,
    number,
  ];
  if (iterations < 1 || parallelism < 1 || memory < 8 * parallelism) {
    throw damaged("argon2", "t and p of at least 1, and m of at least 8 times p");
  }
  atMost("argon2 memory in KiB", memory, MAX_ARGON2_KIB);
  atMost("argon2 memory times iterations", memory * iterations, MAX_ARGON2_KIB_ITERATIONS);
  return { scheme: "argon2", variant, memory, iterations, parallelism, salt, digest };
}

function damaged(scheme: string, expected: string): UnsupportedHashError {
  return new UnsupportedHashError(`damaged ${scheme} hash: expected ${expected}`);
}

function atMost(what: string, value: number, limit: number): void {
  if (value > limit) {
    throw new UnsupportedHashError(`${what} ${value}: at most ${limit} is checked`);
  }
}

/** Undefined when the text is no base64. Padding may be missing, as argon2 leaves it out. */
function fromBase64(text: string | undefined): Uint8Array | undefined {
  if (text === undefined || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined;
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return undefined; // a length that no base64 has
  }
}

const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const BCRYPT_BASE64 = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** bcrypt has base64's bit order with an alphabet of its own. */
function fromBcryptBase64(text: string): Uint8Array {
  const standard = Array.from(text, (character) => BASE64[BCRYPT_BASE64.indexOf(character)]);
  return fromBase64(standard.join(""))!;
}
