/**
 * The key of an account, and what is signed with it: JWS with ES256 (RFC 7515, RFC 8555 section 6.2). Invariant: the
 * file has the key from before its account is made, and is its owner's alone.
 */
import { decodeBase64, encodeBase64, encodeBase64Url } from "../encoding.ts";
import { replaceFile } from "../replaced_file.ts";
import { readText } from "../text_file.ts";
import { UserError } from "../user_error.ts";

const CURVE = { name: "ECDSA", namedCurve: "P-256" } as const;
const SIGNATURE = { name: "ECDSA", hash: "SHA-256" } as const;
const ENCODER = new TextEncoder();

/** The public half as JSON; its members are in the order that RFC 7638 hashes. */
interface PublicJwk {
  readonly crv: string;
  readonly kty: string;
  readonly x: string;
  readonly y: string;
}

/** A key that signs. */
export class AccountKey {
  /** The public half. */
  readonly jwk: PublicJwk;
  readonly #key: CryptoKey;

  private constructor(key: CryptoKey, jwk: PublicJwk) {
    this.#key = key;
    this.jwk = jwk;
  }

  /**
   * The key in this file, which is made where it is missing.
   * @throws UserError where there is something else; what the system says
   */
  static async open(file: string): Promise<AccountKey> {
    const isThere = await Deno.lstat(file).then(() => true, () => false);
    if (isThere) return await AccountKey.#read(file);
    const { privateKey } = await crypto.subtle.generateKey(CURVE, true, ["sign", "verify"]);
    await replaceFile(file, await keyPem(privateKey));
    return await AccountKey.#of(privateKey);
  }

  /** SHA-256 of the public half (RFC 7638), in base64url. */
  async thumbprint(): Promise<string> {
    const { crv, kty, x, y } = this.jwk;
    const text = ENCODER.encode(JSON.stringify({ crv, kty, x, y }));
    return encodeBase64Url(new Uint8Array(await crypto.subtle.digest("SHA-256", text)));
  }

  /** A signed request as it is sent; `payload` undefined: an empty one, which asks (RFC 8555 section 6.3). */
  async sign(header: Readonly<Record<string, unknown>>, payload?: unknown): Promise<string> {
    const parts = partsOf({ alg: "ES256", ...header }, payload);
    const signature = await crypto.subtle.sign(SIGNATURE, this.#key, signedText(parts));
    return JSON.stringify({ ...parts, signature: encodeBase64Url(new Uint8Array(signature)) });
  }

  static async #read(file: string): Promise<AccountKey> {
    const text = await readText(file);
    try {
      const der = decodeBase64(text.replaceAll(/-----[A-Z ]+-----|\s/g, ""));
      const key = await crypto.subtle.importKey("pkcs8", der, CURVE, true, ["sign"]);
      return await AccountKey.#of(key);
    } catch (cause) {
      const expected = "expected the key of an account (P-256, PKCS #8 in PEM)";
      throw new UserError(`${file}: ${expected}; without the file a new one is made`, { cause });
    }
  }

  static async #of(key: CryptoKey): Promise<AccountKey> {
    const { crv = "", kty = "", x = "", y = "" } = await crypto.subtle.exportKey("jwk", key);
    return new AccountKey(key, { crv, kty, x, y });
  }
}

/** A private key as PKCS #8 in PEM. */
export async function keyPem(key: CryptoKey): Promise<string> {
  const der = new Uint8Array(await crypto.subtle.exportKey("pkcs8", key));
  const lines = encodeBase64(der).match(/.{1,64}/g)!.join("\n");
  return `-----BEGIN PRIVATE KEY-----\n${lines}\n-----END PRIVATE KEY-----\n`;
}

/** Binds a new account to one that was made elsewhere (RFC 8555 section 7.3.4): the account's key, signed by that one's. */
export async function externalBinding(
  { keyId, hmacKey }: { readonly keyId: string; readonly hmacKey: string },
  jwk: PublicJwk,
  url: string,
): Promise<unknown> {
  const algorithm = { name: "HMAC", hash: "SHA-256" } as const;
  const key = await crypto.subtle.importKey("raw", decodeBase64(hmacKey), algorithm, false, [
    "sign",
  ]);
  const parts = partsOf({ alg: "HS256", kid: keyId, url }, jwk);
  const signature = await crypto.subtle.sign("HMAC", key, signedText(parts));
  return { ...parts, signature: encodeBase64Url(new Uint8Array(signature)) };
}

interface Parts {
  readonly protected: string;
  readonly payload: string;
}

function partsOf(header: unknown, payload: unknown): Parts {
  const encoded = (value: unknown) => encodeBase64Url(ENCODER.encode(JSON.stringify(value)));
  return { protected: encoded(header), payload: payload === undefined ? "" : encoded(payload) };
}

function signedText(parts: Parts): Uint8Array<ArrayBuffer> {
  return ENCODER.encode(`${parts.protected}.${parts.payload}`);
}
