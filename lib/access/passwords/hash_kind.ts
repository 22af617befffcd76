/** Kinds of password hashes: their names for people, and which one new hashes of a file are to be. Pure. */
import { parseStoredHash, type StoredHash } from "./stored_hash.ts";
import type { PasswordScheme } from "./verifier.ts";

/** `argon2id`, `sha512-crypt`, `bcrypt`, `pbkdf2-sha512`, `salted-sha512`. */
export function hashName(stored: StoredHash): string {
  switch (stored.scheme) {
    case "argon2":
      return `argon2${stored.variant}`;
    case "sha512_crypt":
      return "sha512-crypt";
    case "bcrypt":
      return "bcrypt";
    case "pbkdf2":
      return "pbkdf2-sha512";
    case "salted_sha512":
      return "salted-sha512";
  }
}

/**
 * What a new hash among these is to be: of their kind, where they all are of one that can be made, for another program
 * may read the file too; else argon2id.
 * @param hashes that can be read
 */
export function usualScheme(hashes: Iterable<string>): PasswordScheme {
  const kinds = new Set<PasswordScheme | undefined>();
  for (const hash of hashes) {
    kinds.add(schemeOf(parseStoredHash(hash)));
    if (kinds.size > 1) return "argon2id";
  }
  const [only] = kinds;
  return only ?? "argon2id";
}

function schemeOf(stored: StoredHash): PasswordScheme | undefined {
  switch (stored.scheme) {
    case "argon2":
      return "argon2id";
    case "sha512_crypt":
      return "sha512";
    case "salted_sha512":
      return undefined; // only mosquitto 1.x makes such
    default:
      return stored.scheme;
  }
}
