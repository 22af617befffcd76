/**
 * Keys of certificates, by WebCrypto. Invariant: an authority's key is used only with the certificate that has its
 * public half.
 */
import type { X509Certificate } from "@peculiar/x509";
import { UserError } from "../../user_error.ts";

/** How certificates are signed. */
export const ALGORITHM = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" } as const;
const PUBLIC_EXPONENT = Uint8Array.of(1, 0, 1);

/** A new RSA key of that many bits. */
export function generateKeys(bits: number): Promise<CryptoKeyPair> {
  const algorithm = { ...ALGORITHM, modulusLength: bits, publicExponent: PUBLIC_EXPONENT };
  return crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
}

/**
 * The authority's key in whatever form it is.
 * @throws {UserError} where it is none, or not the one of the certificate
 */
export async function readKey(issuer: X509Certificate, pem: string): Promise<CryptoKey> {
  const { pkcs8, spki } = await parseKey(pem);
  const certified = new Uint8Array(issuer.publicKey.rawData);
  if (spki.length !== certified.length || spki.some((byte, at) => byte !== certified[at])) {
    throw new UserError("the authority's key is not the one of its certificate");
  }
  const { algorithm } = issuer.publicKey;
  const isElliptic = "namedCurve" in algorithm;
  return await crypto.subtle.importKey("pkcs8", pkcs8, isElliptic ? algorithm : ALGORITHM, false, [
    "sign",
  ]);
}

/** Both halves as DER. */
async function parseKey(
  pem: string,
): Promise<{ pkcs8: Uint8Array<ArrayBuffer>; spki: Uint8Array }> {
  const { createPrivateKey, createPublicKey } = await import("node:crypto");
  try {
    const pkcs8 = createPrivateKey(pem).export({ type: "pkcs8", format: "der" });
    const spki = createPublicKey(pem).export({ type: "spki", format: "der" });
    return { pkcs8: new Uint8Array(pkcs8), spki };
  } catch (cause) {
    throw new UserError("the authority's key is no unencrypted PEM private key", { cause });
  }
}
