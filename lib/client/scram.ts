/**
 * SCRAM (RFC 5802, RFC 7677), the client's side, as a method of enhanced authentication: both sides prove that they
 * know the password, and it does not leave this machine. Invariants: a server that cannot prove it is not accepted;
 * what a server may ask for is bounded.
 */
import { decodeBase64, encodeBase64 } from "../encoding.ts";
import { equalBytes } from "../equal.ts";
import type { Authentication, AuthenticationExchange } from "./authentication.ts";

const HASHES = { "SCRAM-SHA-256": "SHA-256", "SCRAM-SHA-512": "SHA-512" } as const;

/** The methods that there are. */
export type ScramMethod = keyof typeof HASHES;

/** RFC 7677 wants as many at least; more than the most would keep the machine busy for long. */
const FEWEST_ITERATIONS = 4096;
const MOST_ITERATIONS = 1_000_000;
const BITS = { "SHA-256": 256, "SHA-512": 512 } as const;
const NONCE_BYTES = 18;
/** No channel binding: `n,,`. */
const GS2_HEADER = "n,,";
const ENCODER = new TextEncoder();
const DECODER = new TextDecoder("utf-8", { fatal: true });

/** Is it one of the methods? */
export function isScram(method: string): method is ScramMethod {
  return Object.hasOwn(HASHES, method);
}

/**
 * Authenticates with a username and a password, to be given to `connect` and `reauthenticate`.
 * @param makeNonce printable characters without a comma, new ones each time
 */
export function scram(
  method: ScramMethod,
  username: string,
  password: string,
  makeNonce: () => string = randomNonce,
): Authentication {
  return {
    method,
    replacesPassword: true,
    begin: () => new ScramExchange(HASHES[method], username, password, makeNonce()),
  };
}

function randomNonce(): string {
  return encodeBase64(crypto.getRandomValues(new Uint8Array(NONCE_BYTES)));
}

type HashName = (typeof HASHES)[ScramMethod];

class ScramExchange implements AuthenticationExchange {
  readonly #hash: HashName;
  readonly #password: string;
  readonly #nonce: string;
  readonly #first: string;
  #steps = 0;
  /** What the server has to prove; undefined until the client has proved its part. */
  #expected: Uint8Array | undefined;

  constructor(hash: HashName, username: string, password: string, nonce: string) {
    this.#hash = hash;
    this.#password = password;
    this.#nonce = nonce;
    const name = prepared(username).replaceAll("=", "=3D").replaceAll(",", "=2C");
    this.#first = `n=${name},r=${nonce}`;
  }

  async step(data: Uint8Array | undefined): Promise<Uint8Array | undefined> {
    const step = this.#steps++;
    if (step === 0) return ENCODER.encode(GS2_HEADER + this.#first);
    if (step === 1) return ENCODER.encode(await this.#final(textOf(data)));
    // A server may prove its part in AUTH already.
    await this.finish(data);
    return undefined;
  }

  finish(data: Uint8Array | undefined): Promise<void> {
    const fields = fieldsOf(textOf(data));
    const refusal = fields.get("e");
    if (refusal !== undefined) throw new Error(`the server says ${refusal}`);
    const proof = bytesOf(fields.get("v"), "the server's signature");
    if (this.#expected === undefined || !equalBytes(proof, this.#expected)) {
      throw new Error("the server did not prove that it knows the password");
    }
    return Promise.resolve();
  }

  async #final(serverFirst: string): Promise<string> {
    const fields = fieldsOf(serverFirst);
    const nonce = fields.get("r") ?? "";
    if (!nonce.startsWith(this.#nonce) || nonce.length === this.#nonce.length) {
      throw new Error("the server's nonce does not begin with the client's");
    }
    const salt = bytesOf(fields.get("s"), "the salt");
    const withoutProof = `c=${encodeBase64(ENCODER.encode(GS2_HEADER))},r=${nonce}`;
    const message = ENCODER.encode(`${this.#first},${serverFirst},${withoutProof}`);
    const salted = await this.#salted(salt, iterationsOf(fields.get("i")));
    const clientKey = await this.#hmac(salted, ENCODER.encode("Client Key"));
    const storedKey = new Uint8Array(await crypto.subtle.digest(this.#hash, clientKey));
    const signature = await this.#hmac(storedKey, message);
    const serverKey = await this.#hmac(salted, ENCODER.encode("Server Key"));
    this.#expected = await this.#hmac(serverKey, message);
    const proof = clientKey.map((byte, at) => byte ^ signature[at]!);
    return `${withoutProof},p=${encodeBase64(proof)}`;
  }

  async #salted(
    salt: Uint8Array<ArrayBuffer>,
    iterations: number,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const password = ENCODER.encode(prepared(this.#password));
    const key = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
    const how = { name: "PBKDF2", hash: this.#hash, salt, iterations };
    return new Uint8Array(await crypto.subtle.deriveBits(how, key, BITS[this.#hash]));
  }

  async #hmac(
    key: Uint8Array<ArrayBuffer>,
    message: Uint8Array<ArrayBuffer>,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const how = { name: "HMAC", hash: this.#hash };
    const imported = await crypto.subtle.importKey("raw", key, how, false, ["sign"]);
    return new Uint8Array(await crypto.subtle.sign("HMAC", imported, message));
  }
}

/** What SASLprep makes of most texts: compatibility forms become plain ones, all blanks are the same. */
function prepared(text: string): string {
  return text.replaceAll(/\p{Zs}/gu, " ").normalize("NFKC");
}

function textOf(data: Uint8Array | undefined): string {
  if (data === undefined) throw new Error("the server has sent no data");
  return DECODER.decode(data);
}

/** `r=...,s=...`: a letter each, the first of each counts. */
function fieldsOf(text: string): Map<string, string> {
  const pairs = text.split(",").filter((one) => one[1] === "=")
    .map((one) => [one[0]!, one.slice(2)] as const);
  if (pairs.some(([letter]) => letter === "m")) throw new Error("the server wants an extension");
  return new Map(pairs.reverse());
}

function bytesOf(text: string | undefined, what: string): Uint8Array<ArrayBuffer> {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text ?? "")) {
    throw new Error(`${what} is missing or no base64`);
  }
  return decodeBase64(text ?? "");
}

function iterationsOf(text = ""): number {
  const count = /^\d+$/.test(text) ? Number(text) : NaN;
  if (count >= FEWEST_ITERATIONS && count <= MOST_ITERATIONS) return count;
  throw new Error(
    `the server wants ${text} iterations, expected ${FEWEST_ITERATIONS} to ${MOST_ITERATIONS}`,
  );
}
