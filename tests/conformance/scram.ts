/**
 * A client of SCRAM-SHA-256 (RFC 5802, RFC 7677) for sequences of enhanced authentication, without channel binding.
 * Written for the tests: what Midge's own SCRAM gets wrong must not be hidden by it. Invariant: user names and passwords
 * are ASCII.
 */

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder();

function base64(data: Uint8Array): string {
  return btoa(String.fromCharCode(...data));
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

async function hmac(key: Uint8Array<ArrayBuffer>, text: string): Promise<Uint8Array<ArrayBuffer>> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const imported = await crypto.subtle.importKey("raw", key, algorithm, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", imported, ENCODER.encode(text)));
}

async function pbkdf2(
  password: string,
  salt: Uint8Array<ArrayBuffer>,
  iterations: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const raw = ENCODER.encode(password);
  const key = await crypto.subtle.importKey("raw", raw, "PBKDF2", false, ["deriveBits"]);
  const algorithm = { name: "PBKDF2", hash: "SHA-256", salt, iterations };
  return new Uint8Array(await crypto.subtle.deriveBits(algorithm, key, 256));
}

/** One exchange. */
export class ScramClient {
  readonly #username: string;
  readonly #password: string;
  readonly #nonce = base64(crypto.getRandomValues(new Uint8Array(18)));
  #serverSignature = "";

  constructor(username: string, password: string) {
    this.#username = username;
    this.#password = password;
  }

  get #bare(): string {
    return `n=${this.#username},r=${this.#nonce}`;
  }

  /** The client's first message. */
  first(): Uint8Array {
    return ENCODER.encode(`n,,${this.#bare}`);
  }

  /** The client's final message, to the server's first. */
  async answer(question: Uint8Array): Promise<Uint8Array> {
    const text = DECODER.decode(question);
    const [, nonce = "", salt = "", rounds = ""] = /^r=([^,]+),s=([^,]+),i=(\d+)$/.exec(text) ?? [];
    if (!nonce.startsWith(this.#nonce) || nonce === this.#nonce) throw new Error(`asked: ${text}`);
    const salted = await pbkdf2(this.#password, fromBase64(salt), Number(rounds));
    const clientKey = await hmac(salted, "Client Key");
    const stored = new Uint8Array(await crypto.subtle.digest("SHA-256", clientKey));
    const withoutProof = `c=biws,r=${nonce}`;
    const message = `${this.#bare},${text},${withoutProof}`;
    const signature = await hmac(stored, message);
    const proof = clientKey.map((byte, i) => byte ^ signature[i]!);
    this.#serverSignature = base64(await hmac(await hmac(salted, "Server Key"), message));
    return ENCODER.encode(`${withoutProof},p=${base64(proof)}`);
  }

  /** The server's final message proves that it knows the user. */
  verify(answer: Uint8Array): void {
    const text = DECODER.decode(answer);
    if (text !== `v=${this.#serverSignature}`) throw new Error(`the server answered ${text}`);
  }
}
