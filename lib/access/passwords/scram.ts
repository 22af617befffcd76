/**
 * SCRAM's keys, RFC 5802 and 7677: what is kept of a password, and what proofs are compared with. The text is the one
 * that PostgreSQL keeps too: `SCRAM-SHA-256$ITERATIONS:SALT$STORED_KEY:SERVER_KEY`. Invariants: comparing takes the same
 * time wherever proofs differ; neither password nor proof can be had from what is kept.
 */
import { createHash, createHmac, pbkdf2, randomBytes } from "node:crypto";
import { promisify } from "node:util";
import { decodeBase64, encodeBase64 } from "../../encoding.ts";
import { equalBytes } from "../../equal.ts";
import { saslprep } from "./saslprep.ts";

/** A mechanism without channel binding. */
export type ScramMechanism = "SCRAM-SHA-256" | "SCRAM-SHA-512";

/** node:crypto's name and the length in bytes of each mechanism's hash. */
const HASHES: Readonly<Record<ScramMechanism, readonly [hash: string, length: number]>> = {
  "SCRAM-SHA-256": ["sha256", 32],
  "SCRAM-SHA-512": ["sha512", 64],
};

/** Those that there are. */
export const SCRAM_MECHANISMS: readonly ScramMechanism[] = ["SCRAM-SHA-256", "SCRAM-SHA-512"];

/** The fewest iterations, RFC 7677; the most, which a client of a minute's patience can still do. */
export const SCRAM_ITERATIONS = { least: 4096, usual: 15_000, most: 10_000_000 } as const;
const SALT_BYTES = 16;
/** A salt is told to clients: so long a one is a mistake. */
const LONGEST_SALT = 1024;

/** What is kept of one password for one mechanism. */
export interface ScramSecret {
  readonly mechanism: ScramMechanism;
  readonly iterations: number;
  readonly salt: Uint8Array;
  readonly storedKey: Uint8Array;
  readonly serverKey: Uint8Array;
}

/** Is this the name of a mechanism that is known here? */
export function isScramMechanism(name: string): name is ScramMechanism {
  return Object.hasOwn(HASHES, name);
}

/** HMAC under a mechanism's hash. */
export function scramHmac(
  mechanism: ScramMechanism,
  key: Uint8Array,
  text: string | Uint8Array,
): Uint8Array {
  return createHmac(HASHES[mechanism][0], key).update(text).digest();
}

/** Length of keys, proofs and signatures of a mechanism, bytes. */
export function scramKeyLength(mechanism: ScramMechanism): number {
  return HASHES[mechanism][1];
}

/**
 * Makes what is to be kept of a password.
 * @throws Error for a password that is empty, or that SASLprep (RFC 4013) refuses
 */
export async function makeScramSecret(
  password: string,
  mechanism: ScramMechanism,
  iterations: number = SCRAM_ITERATIONS.usual,
  salt: Uint8Array = randomBytes(SALT_BYTES),
): Promise<ScramSecret> {
  const prepared = preparedPassword(password, true);
  if (prepared === "") throw new Error("the password is empty");
  const { storedKey, serverKey } = await keysOf(prepared, mechanism, iterations, salt);
  return { mechanism, iterations, salt, storedKey, serverKey };
}

/** A client's proof of a password, and the signature that shows it the right server. */
export interface ScramProof {
  readonly proof: Uint8Array;
  readonly signature: Uint8Array;
}

/**
 * The client's side of the same keys.
 * @param authMessage RFC 5802, section 3
 * @throws Error for a password that SASLprep (RFC 4013) refuses
 */
export async function makeScramProof(
  password: string,
  mechanism: ScramMechanism,
  iterations: number,
  salt: Uint8Array,
  authMessage: string,
): Promise<ScramProof> {
  const prepared = preparedPassword(password, false);
  const { clientKey, storedKey, serverKey } = await keysOf(prepared, mechanism, iterations, salt);
  const stored = scramHmac(mechanism, storedKey, authMessage);
  const proof = clientKey.map((byte, at) => byte ^ stored[at]!);
  return { proof, signature: scramHmac(mechanism, serverKey, authMessage) };
}

function preparedPassword(password: string, isStored: boolean): string {
  const prepared = saslprep(password, isStored);
  if (prepared !== undefined) return prepared;
  throw new Error("the password has a character that SASLprep (RFC 4013) does not allow");
}

async function keysOf(
  prepared: string,
  mechanism: ScramMechanism,
  iterations: number,
  salt: Uint8Array,
): Promise<{ clientKey: Uint8Array; storedKey: Uint8Array; serverKey: Uint8Array }> {
  const [hash, length] = HASHES[mechanism];
  const salted = await promisify(pbkdf2)(prepared, salt, iterations, length, hash);
  const clientKey = scramHmac(mechanism, salted, "Client Key");
  const storedKey = createHash(hash).update(clientKey).digest();
  return { clientKey, storedKey, serverKey: scramHmac(mechanism, salted, "Server Key") };
}

/** Is this the proof of someone who knows the password? @param authMessage RFC 5802, section 3 */
export function isScramProof(
  { mechanism, storedKey }: ScramSecret,
  authMessage: string,
  proof: Uint8Array,
): boolean {
  const [hash, length] = HASHES[mechanism];
  if (proof.length !== length) return false;
  const signature = scramHmac(mechanism, storedKey, authMessage);
  const clientKey = signature.map((byte, at) => byte ^ proof[at]!);
  return equalBytes(createHash(hash).update(clientKey).digest(), storedKey);
}

/** What shows the client that the server knows its keys. */
export function scramSignature(secret: ScramSecret, authMessage: string): Uint8Array {
  return scramHmac(secret.mechanism, secret.serverKey, authMessage);
}

/** As it stands in a file. */
export function formatScramSecret(secret: ScramSecret): string {
  const { mechanism, iterations, salt, storedKey, serverKey } = secret;
  const [saltText, stored, server] = [salt, storedKey, serverKey].map((one) => encodeBase64(one));
  return `${mechanism}$${iterations}:${saltText}$${stored}:${server}`;
}

/**
 * Reads what stands in a file.
 * @throws Error that says what is wrong, without a part of the text
 */
export function parseScramSecret(text: string): ScramSecret {
  const [, mechanism = "", count = "", saltText = "", stored = "", server = ""] =
    /^([A-Z0-9-]+)\$(\d+):([^$:]+)\$([^$:]+):([^$:]+)$/.exec(text) ?? [];
  if (!isScramMechanism(mechanism)) {
    const names = SCRAM_MECHANISMS.join(" or ");
    throw new Error(`expected ${names}, then $ITERATIONS:SALT$STORED_KEY:SERVER_KEY`);
  }
  const iterations = Number(count);
  const { least, most } = SCRAM_ITERATIONS;
  if (!(iterations >= least && iterations <= most)) {
    throw new Error(`${count} iterations, expected ${least} to ${most}`);
  }
  const salt = bytesOf(saltText, "salt");
  if (salt.length === 0 || salt.length > LONGEST_SALT) {
    throw new Error(`a salt of ${salt.length} bytes, expected 1 to ${LONGEST_SALT}`);
  }
  const storedKey = keyOf(mechanism, stored, "stored key");
  const serverKey = keyOf(mechanism, server, "server key");
  return { mechanism, iterations, salt, storedKey, serverKey };
}

function keyOf(mechanism: ScramMechanism, text: string, what: string): Uint8Array {
  const key = bytesOf(text, what);
  const length = scramKeyLength(mechanism);
  if (key.length === length) return key;
  throw new Error(`a ${what} of ${key.length} bytes, expected ${length} for ${mechanism}`);
}

function bytesOf(text: string, what: string): Uint8Array {
  try {
    return fromStrictBase64(text);
  } catch (cause) {
    throw new Error(`its ${what} is no base64`, { cause });
  }
}

/** @throws Error for a text that is not base64 of RFC 4648 to the letter: padded, no blanks, no bits left over */
export function fromStrictBase64(text: string): Uint8Array {
  const bytes = decodeBase64(text);
  if (encodeBase64(bytes) !== text) throw new Error("it is no base64 to the letter");
  return bytes;
}
