/**
 * The one place where passwords are checked against stored hashes. Invariant: the event loop never waits
 * for a slow hash; those go one at a time to a worker, listeners and their clients' networks in turn.
 */
import { createHash, pbkdf2, randomBytes } from "node:crypto";
import { promisify } from "node:util";
import { equalBytes } from "../../equal.ts";
import { networkOf } from "../../network.ts";
import { FairQueue } from "./fair_queue.ts";
import { HashWorker } from "./hash_worker.ts";
import { needsQueue, parseStoredHash, type StoredHash } from "./stored_hash.ts";
import { VerifiedLogins } from "./verified_logins.ts";
import type { HashJob } from "./worker.ts";

/**
 * How to store a password: `argon2id` (the best), `bcrypt`, `sha512` (sha512-crypt, `$6$`, what aMQTT
 * reads) or `pbkdf2` (`$7$`, what mosquitto reads).
 */
export type PasswordScheme = "argon2id" | "bcrypt" | "sha512" | "pbkdf2";

/** Settings of a {@link PasswordVerifier}; tests give their own. */
export interface PasswordVerifierOptions {
  /** Checks that may wait for the worker; more are refused with QueueFullError. Default 1024. */
  maxWaiting?: number;
  /** Milliseconds without work after which the worker ends. Default 10,000. */
  idleTimeout?: number;
  /** Milliseconds for which a right password of a slow hash is remembered. Default 5 minutes; 0: never. */
  rememberFor?: number;
  /** Epoch milliseconds. */
  now?: () => number;
}

/** Who asks. */
export interface VerifyOptions {
  /** Slow checks take turns between addresses, where a /64 of IPv6 is one. */
  address?: string;
  /** And before that between listeners. */
  listener?: string;
  /** Ends the waiting; the promise rejects with its reason. */
  signal?: AbortSignal;
}

/** Longer passwords are never right: a client that is not let in yet chooses them. */
export const MAX_PASSWORD_BYTES = 1024;

/** The same for sha512-crypt, whose cost grows with the password; crypt(3) takes no longer ones either. */
const MAX_SHA512_CRYPT_BYTES = 512;

const PBKDF2_ITERATIONS = 20_000;

const derive = promisify(pbkdf2);

/** Checks passwords. It costs nothing until the first slow hash. Dispose it when it is no longer needed. */
export class PasswordVerifier implements Disposable {
  readonly #queue: FairQueue;
  readonly #worker: HashWorker;
  readonly #verified: VerifiedLogins;
  #disposed = false;

  /** Starts no worker; the first slow hash does. */
  constructor(options: PasswordVerifierOptions = {}) {
    this.#queue = new FairQueue(options.maxWaiting ?? 1024);
    this.#worker = new HashWorker(options.idleTimeout ?? 10_000);
    this.#verified = new VerifiedLogins(options.rememberFor ?? 300_000, options.now ?? Date.now);
  }

  /** Is the worker running, busy or idle? */
  get workerRunning(): boolean {
    return this.#worker.running;
  }

  /**
   * Is this the password of this hash? The bytes are copied before the first wait.
   *
   * @throws {UnsupportedHashError} for a hash that isSupportedHash() refuses.
   * @throws {QueueFullError} when too many slow checks wait.
   */
  async verify(password: Uint8Array, hash: string, options: VerifyOptions = {}): Promise<boolean> {
    const stored = parseStoredHash(hash);
    if (password.length > longestFor(stored.scheme)) return false;
    if (!needsQueue(stored)) return await verifyFast(password, stored);
    if (this.#verified.has(password, hash)) return true;
    const copy = password.slice();
    const right = await this.enqueue(() => this.#verifySlow(copy, hash, stored), options);
    if (right && !this.#disposed) this.#verified.add(copy, hash);
    copy.fill(0);
    return right;
  }

  /** Hashes a password of 1 to 1024 bytes (sha512: 512; bcrypt: 72, none of them zero) with a fresh salt. */
  async hash(password: Uint8Array | string, scheme: PasswordScheme = "argon2id"): Promise<string> {
    const bytes = typeof password === "string" ? new TextEncoder().encode(password) : password;
    checkNewPassword(bytes, scheme);
    if (scheme === "pbkdf2") return await makePbkdf2(bytes);
    return await this.enqueue(() => this.#compute<string>({ password: bytes, make: scheme }), {});
  }

  /** Runs a computation of one's own in the queue of the slow ones. spec.ts does so with long PBKDF2s. */
  enqueue<T>(task: () => Promise<T>, options: VerifyOptions): Promise<T> {
    if (this.#disposed) return Promise.reject(disposedError());
    const { address = "", listener, signal } = options;
    return this.#queue.run(networkOf(address), task, signal, listener);
  }

  /** Ends the worker, rejects what waits and forgets who was verified. */
  dispose(): void {
    this.#disposed = true;
    this.#queue.dispose(disposedError());
    this.#worker.dispose();
    this.#verified.clear();
  }

  /** Ends the worker. What is being verified is rejected. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  #verifySlow(password: Uint8Array, hash: string, stored: StoredHash): Promise<boolean> {
    if (stored.scheme === "pbkdf2") return verifyFast(password, stored);
    return this.#compute<boolean>({ password, verify: hash });
  }

  /** The worker answers a `verify` with a boolean and a `make` with a string. */
  #compute<T extends boolean | string>(job: HashJob): Promise<T> {
    return this.#worker.call(job) as Promise<T>;
  }
}

/** {@link PasswordVerifier.verify} for a single password, as in a command. */
export async function verifyPassword(password: Uint8Array, hash: string): Promise<boolean> {
  using verifier = new PasswordVerifier();
  return await verifier.verify(password, hash);
}

/** {@link PasswordVerifier.hash} for a single password, as in a command. */
export async function hashPassword(
  password: Uint8Array | string,
  scheme: PasswordScheme = "argon2id",
): Promise<string> {
  using verifier = new PasswordVerifier();
  return await verifier.hash(password, scheme);
}

/** PBKDF2 runs on a thread of the runtime's own, one SHA-512 takes a microsecond: neither needs the worker. */
async function verifyFast(password: Uint8Array, stored: StoredHash): Promise<boolean> {
  switch (stored.scheme) {
    case "pbkdf2": {
      const { salt, iterations, digest } = stored;
      return equalBytes(await derive(password, salt, iterations, digest.length, "sha512"), digest);
    }
    case "salted_sha512": {
      const digest = createHash("sha512").update(password).update(stored.salt).digest();
      return equalBytes(digest, stored.digest);
    }
    default:
      throw new TypeError(`${stored.scheme} is no fast hash`);
  }
}

async function makePbkdf2(password: Uint8Array): Promise<string> {
  const salt = randomBytes(12);
  const digest = await derive(password, salt, PBKDF2_ITERATIONS, 64, "sha512");
  return `$7$${PBKDF2_ITERATIONS}$${salt.toString("base64")}$${digest.toString("base64")}`;
}

function longestFor(scheme: StoredHash["scheme"] | PasswordScheme): number {
  const isSha512Crypt = scheme === "sha512_crypt" || scheme === "sha512";
  return isSha512Crypt ? MAX_SHA512_CRYPT_BYTES : MAX_PASSWORD_BYTES;
}

function checkNewPassword(password: Uint8Array, scheme: PasswordScheme): void {
  const limit = scheme === "bcrypt" ? 72 : longestFor(scheme);
  if (password.length < 1 || password.length > limit) {
    throw new RangeError(
      `a password for ${scheme} has 1 to ${limit} bytes, this one ${password.length}`,
    );
  }
  if (scheme === "bcrypt" && password.includes(0)) {
    throw new RangeError("a password for bcrypt has no zero byte");
  }
}

function disposedError(): Error {
  return new Error("the password verifier was disposed");
}
