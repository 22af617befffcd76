/** Bytes as text, by the platform. The types of Deno 2.6 have no Uint8Array.toBase64 yet. */
import { Buffer } from "node:buffer";

/** Base64 of section 4 of RFC 4648, padded. */
export function encodeBase64(bytes: Uint8Array): string {
  return viewOf(bytes).toString("base64");
}

/** Base64url of section 5 of RFC 4648, without padding. */
export function encodeBase64Url(bytes: Uint8Array): string {
  return viewOf(bytes).toString("base64url");
}

/** The bytes of a text in base64 or base64url; what is neither is left out. */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(text, "base64"));
}

/** Lower-case hexadecimal digits. */
export function encodeHex(bytes: Uint8Array): string {
  return viewOf(bytes).toString("hex");
}

/** The same bytes, not a copy. */
function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
