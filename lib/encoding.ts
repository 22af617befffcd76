/** Bytes as text, by the platform. The types of Deno 2.6 have no Uint8Array.toBase64 yet. */
import { Buffer } from "node:buffer";

/** Base64 of section 4 of RFC 4648, padded. */
export function encodeBase64(bytes: Uint8Array): string {
  return viewOf(bytes).toString("base64");
}

/** Lower-case hexadecimal digits. */
export function encodeHex(bytes: Uint8Array): string {
  return viewOf(bytes).toString("hex");
}

/** The same bytes, not a copy. */
function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
