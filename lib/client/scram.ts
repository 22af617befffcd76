/**
 * SCRAM (RFC 5802, RFC 7677), the client's side, as a method of enhanced authentication: both sides prove that they
 * know the password, and it does not leave this machine. Invariants: a server that cannot prove it is not accepted;
 * what a server may ask for is bounded; the arithmetic is loaded when it is needed.
 */
import type { ScramMechanism } from "../access/passwords/scram.ts";
import { encodeBase64 } from "../encoding.ts";
import { equalBytes } from "../equal.ts";
import type { Authentication, AuthenticationExchange } from "./authentication.ts";

/** The methods that there are. */
export type ScramMethod = ScramMechanism;

const METHODS: readonly string[] = ["SCRAM-SHA-256", "SCRAM-SHA-512"] satisfies ScramMethod[];
const NONCE_BYTES = 18;
/** No channel binding: `n,,`, and its base64. */
const GS2_HEADER = "n,,";
const BINDING = "biws";
const ENCODER = new TextEncoder();
const DECODER = new TextDecoder("utf-8", { fatal: true });

/** Is it one of the methods? */
export function isScram(method: string): method is ScramMethod {
  return METHODS.includes(method);
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
    begin: () => new ScramExchange(method, username, password, makeNonce()),
  };
}

function randomNonce(): string {
  return encodeBase64(crypto.getRandomValues(new Uint8Array(NONCE_BYTES)));
}

class ScramExchange implements AuthenticationExchange {
  readonly #method: ScramMethod;
  readonly #username: string;
  readonly #password: string;
  readonly #nonce: string;
  /** What was sent first, without its header. */
  #first = "";
  #steps = 0;
  /** What the server has to prove; undefined until the client has proved its part. */
  #expected: Uint8Array | undefined;

  constructor(method: ScramMethod, username: string, password: string, nonce: string) {
    this.#method = method;
    this.#username = username;
    this.#password = password;
    this.#nonce = nonce;
  }

  async step(data: Uint8Array | undefined): Promise<Uint8Array | undefined> {
    const step = this.#steps++;
    if (step === 0) return ENCODER.encode(GS2_HEADER + await this.#begin());
    if (step === 1) return ENCODER.encode(await this.#final(textOf(data)));
    // A server may prove its part in AUTH already.
    this.finish(data);
    return undefined;
  }

  finish(data: Uint8Array | undefined): void {
    const fields = fieldsOf(textOf(data));
    const refusal = fields.get("e");
    if (refusal !== undefined) throw new Error(`the server says ${refusal}`);
    const proof = ENCODER.encode(fields.get("v"));
    if (this.#expected === undefined || !equalBytes(proof, this.#expected)) {
      throw new Error("the server did not prove that it knows the password");
    }
  }

  async #begin(): Promise<string> {
    const { saslprep } = await import("../access/passwords/saslprep.ts");
    const name = saslprep(this.#username);
    if (name === undefined) {
      throw new Error("the username has a character that SASLprep (RFC 4013) does not allow");
    }
    const escaped = name.replaceAll("=", "=3D").replaceAll(",", "=2C");
    return this.#first = `n=${escaped},r=${this.#nonce}`;
  }

  async #final(serverFirst: string): Promise<string> {
    const arithmetic = await import("../access/passwords/scram.ts");
    const { fromStrictBase64, makeScramProof, SCRAM_ITERATIONS } = arithmetic;
    const fields = fieldsOf(serverFirst);
    const nonce = fields.get("r") ?? "";
    if (!nonce.startsWith(this.#nonce) || nonce.length === this.#nonce.length) {
      throw new Error("the server's nonce does not begin with the client's");
    }
    const salt = fromStrictBase64(fields.get("s") ?? "");
    const iterations = iterationsOf(fields.get("i"), SCRAM_ITERATIONS);
    const withoutProof = `c=${BINDING},r=${nonce}`;
    const message = `${this.#first},${serverFirst},${withoutProof}`;
    const { proof, signature } = await makeScramProof(
      this.#password,
      this.#method,
      iterations,
      salt,
      message,
    );
    this.#expected = ENCODER.encode(encodeBase64(signature));
    return `${withoutProof},p=${encodeBase64(proof)}`;
  }
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

function iterationsOf(text = "", { least, most }: { least: number; most: number }): number {
  const count = /^\d+$/.test(text) ? Number(text) : NaN;
  if (count >= least && count <= most) return count;
  throw new Error(`the server wants ${text} iterations, expected ${least} to ${most}`);
}
