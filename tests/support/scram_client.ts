/** The client's side of SCRAM, RFC 5802, by the platform's cryptography: independent of Midge's. */
import { Buffer } from "node:buffer";

/** A hash as WebCrypto names it, by mechanism. */
const HASHES: Readonly<Record<string, string>> = {
  "SCRAM-SHA-256": "SHA-256",
  "SCRAM-SHA-512": "SHA-512",
};

const encoder = new TextEncoder();

/** One exchange. */
export class ScramClient {
  readonly #hash: string;
  readonly #password: string;
  readonly #header: string;
  readonly #bare: string;
  #signature = "";

  constructor(mechanism: string, user: string, password: string, header = "n,,", nonce = "abc123") {
    this.#hash = HASHES[mechanism]!;
    this.#password = password;
    this.#header = header;
    this.#bare = `n=${user},r=${nonce}`;
  }

  /** The first message. */
  get first(): string {
    return this.#header + this.#bare;
  }

  /** The last message; `change` alters what stands in front of the proof after it was counted in. */
  async final(
    serverFirst: string,
    change: (text: string) => string = (text) => text,
  ): Promise<string> {
    const fields = new Map(serverFirst.split(",").map((one) => [one[0], one.slice(2)]));
    const salted = await this.#salted(fields.get("s")!, Number(fields.get("i")));
    const binding = Buffer.from(this.#header).toString("base64");
    const withoutProof = `c=${binding},r=${fields.get("r")}`;
    const message = `${this.#bare},${serverFirst},${withoutProof}`;
    const clientKey = await this.#hmac(salted, "Client Key");
    const storedKey = new Uint8Array(await crypto.subtle.digest(this.#hash, clientKey));
    const signature = await this.#hmac(storedKey, message);
    const proof = clientKey.map((byte, at) => byte ^ signature[at]!);
    const serverKey = await this.#hmac(salted, "Server Key");
    this.#signature = Buffer.from(await this.#hmac(serverKey, message)).toString("base64");
    return `${change(withoutProof)},p=${Buffer.from(proof).toString("base64")}`;
  }

  /** Does the server's last message show that it knows the keys? */
  trusts(serverFinal: string): boolean {
    return serverFinal === `v=${this.#signature}`;
  }

  async #salted(salt: string, iterations: number): Promise<Uint8Array<ArrayBuffer>> {
    const name = "PBKDF2";
    const key = await crypto.subtle.importKey("raw", encoder.encode(this.#password), name, false, [
      "deriveBits",
    ]);
    const bits = this.#hash === "SHA-256" ? 256 : 512;
    const parameters = { name, hash: this.#hash, salt: Buffer.from(salt, "base64"), iterations };
    return new Uint8Array(await crypto.subtle.deriveBits(parameters, key, bits));
  }

  async #hmac(key: Uint8Array<ArrayBuffer>, text: string): Promise<Uint8Array<ArrayBuffer>> {
    const algorithm = { name: "HMAC", hash: this.#hash };
    const imported = await crypto.subtle.importKey("raw", key, algorithm, false, ["sign"]);
    return new Uint8Array(await crypto.subtle.sign("HMAC", imported, encoder.encode(text)));
  }
}
