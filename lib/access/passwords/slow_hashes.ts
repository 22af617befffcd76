/**
 * Verifies and makes the hashes that block the thread they are computed on. Invariants: it runs in
 * the worker, so that WebAssembly is loaded only there; comparisons take the same time wherever two
 * digests differ.
 */
import { randomBytes } from "node:crypto";
import { argon2d, argon2i, argon2id, bcrypt, createSHA512 } from "hash-wasm";
import { type Argon2Hash, parseStoredHash } from "./stored_hash.ts";
import { sha512Crypt } from "./sha512_crypt.ts";
import { equalBytes, equalText } from "../../equal.ts";

/** The schemes that this file makes. */
export type SlowScheme = "argon2id" | "bcrypt" | "sha512";

/** OWASP's second choice of parameters: 19 MiB and 60 ms for one verification on the machine of bench/. */
const ARGON2ID = { memorySize: 19456, iterations: 2, parallelism: 1, hashLength: 32 };
const BCRYPT_COST = 10;
/** Ten times what mkpasswd writes; a thirteenth of what passlib writes. */
const SHA512_CRYPT_ROUNDS = 50_000;

/** bcrypt reads no more than this of a password. */
const BCRYPT_MAX_BYTES = 72;

/** Is this the password of this `$6$` (sha512-crypt), bcrypt or argon2 hash? */
export function verifySlowHash(password: Uint8Array, hash: string): Promise<boolean> {
  const stored = parseStoredHash(hash);
  switch (stored.scheme) {
    case "sha512_crypt":
      return verifySha512Crypt(password, stored);
    case "bcrypt":
      return verifyBcrypt(password, stored);
    case "argon2":
      return verifyArgon2(password, stored);
    default:
      throw new TypeError(`${stored.scheme} is no slow hash`);
  }
}

/** Hashes with a fresh salt. */
export async function makeSlowHash(password: Uint8Array, scheme: SlowScheme): Promise<string> {
  switch (scheme) {
    case "argon2id":
      return await argon2id({
        password,
        salt: randomBytes(16),
        ...ARGON2ID,
        outputType: "encoded",
      });
    case "bcrypt": {
      const options = { password, salt: randomBytes(16), costFactor: BCRYPT_COST };
      const hash = await bcrypt({ ...options, outputType: "encoded" });
      return hash.replace(/^\$2a\$/, "$2b$");
    }
    case "sha512": {
      const salt = randomBytes(12).toString("base64").replaceAll("+", ".");
      const digest = sha512Crypt(password, salt, SHA512_CRYPT_ROUNDS, await fastSha512());
      return `$6$rounds=${SHA512_CRYPT_ROUNDS}$${salt}$${digest}`;
    }
  }
}

async function verifySha512Crypt(
  password: Uint8Array,
  stored: { salt: string; rounds: number; digest: string },
): Promise<boolean> {
  const digest = sha512Crypt(password, stored.salt, stored.rounds, await fastSha512());
  return equalText(digest, stored.digest);
}

/** Half the time of node:crypto on inputs as short as sha512-crypt's. */
async function fastSha512(): Promise<(data: Uint8Array) => Uint8Array> {
  const sha512 = await createSHA512();
  return (data) => sha512.init().update(data).digest("binary");
}

/**
 * Everybody's bcrypt cuts a password at 72 bytes. It also repeats the password with a zero byte
 * between, so that `x` and `x\0x` are the same to it: a password with a zero byte is never right.
 */
async function verifyBcrypt(
  password: Uint8Array,
  stored: { cost: number; salt: Uint8Array; digest: string },
): Promise<boolean> {
  if (password.length === 0 || password.includes(0)) return false;
  const encoded = await bcrypt({
    password: password.subarray(0, BCRYPT_MAX_BYTES),
    salt: stored.salt,
    costFactor: stored.cost,
    outputType: "encoded",
  });
  return equalText(encoded.slice(-stored.digest.length), stored.digest);
}

async function verifyArgon2(password: Uint8Array, stored: Argon2Hash): Promise<boolean> {
  if (password.length === 0) return false; // hash-wasm refuses it, and no one should have it
  const argon2 = { i: argon2i, d: argon2d, id: argon2id }[stored.variant];
  const digest = await argon2({
    password,
    salt: stored.salt,
    memorySize: stored.memory,
    iterations: stored.iterations,
    parallelism: stored.parallelism,
    hashLength: stored.digest.length,
    outputType: "binary",
  });
  return equalBytes(digest, stored.digest);
}
