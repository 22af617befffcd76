/**
 * New passwords for database rows, as a `password_hash` option says: the other direction of spec.ts.
 * Invariant: what is made here, spec.ts verifies.
 */
import { Buffer } from "node:buffer";
import { createHash, pbkdf2, randomBytes } from "node:crypto";
import { promisify } from "node:util";
import { parsePasswordHash, type StoredPassword } from "./spec.ts";
import { hashPassword, type PasswordScheme } from "./verifier.ts";

/** 32 characters: the guide's column `salt` has room for 35. */
const SALT_BYTES = 16;
const BCRYPT_SALT_LENGTH = 29;
/** EMQ X's names where node:crypto has another. */
const ALGORITHMS: Readonly<Record<string, string>> = { sha: "sha1" };
const SELF_DESCRIBING: Readonly<Record<string, PasswordScheme>> = {
  bcrypt: "bcrypt",
  argon2: "argon2id",
  sha512_crypt: "sha512",
  "$6$": "sha512",
};

const derive = promisify(pbkdf2);

/**
 * Makes what a row holds for a password, with a fresh salt.
 * @param spec A `password_hash` option: `sha256`, `salt,sha256`, `pbkdf2,sha256,1000,20`, ...
 * @throws {RangeError} when it is not understood
 */
export async function makeStoredPassword(
  spec: string,
  password: Uint8Array,
): Promise<StoredPassword> {
  parsePasswordHash(spec);
  const [first = "", second = "", ...rest] = spec.split(",").map((part) => part.trim());
  if (first === "pbkdf2") return await makePbkdf2(password, second, rest.map(Number));
  const name = first === "salt" ? second : first;
  const scheme = SELF_DESCRIBING[name];
  if (scheme !== undefined) {
    const hash = await hashPassword(password, scheme);
    return { hash, salt: second === "" ? null : hash.slice(0, BCRYPT_SALT_LENGTH) };
  }
  if (second === "") return { hash: digest(name, password), salt: null };
  const salt = randomBytes(SALT_BYTES).toString("hex");
  const parts = first === "salt" ? [Buffer.from(salt), password] : [password, Buffer.from(salt)];
  return { hash: digest(name, Buffer.concat(parts)), salt };
}

async function makePbkdf2(
  password: Uint8Array,
  mac: string,
  [iterations = 0, bytes = 0]: number[],
): Promise<StoredPassword> {
  const salt = randomBytes(SALT_BYTES).toString("hex");
  const key = await derive(password, salt, iterations, bytes, ALGORITHMS[mac] ?? mac);
  return { hash: key.toString("hex"), salt };
}

function digest(name: string, bytes: Uint8Array): string {
  if (name === "plain") return new TextDecoder().decode(bytes);
  return createHash(ALGORITHMS[name] ?? name).update(bytes).digest("hex");
}
