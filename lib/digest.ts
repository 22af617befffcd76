/** SHA-256 as text, by the platform. */
import { encodeHex } from "./encoding.ts";

/**
 * The SHA-256 of a text or of bytes, in lower-case hexadecimal.
 * @param bytes only the first ones of its 32
 */
export async function sha256Hex(
  data: string | Uint8Array<ArrayBuffer>,
  bytes = 32,
): Promise<string> {
  const input = typeof data === "string" ? new TextEncoder().encode(data) : data;
  const digest = await crypto.subtle.digest("SHA-256", input);
  return encodeHex(new Uint8Array(digest, 0, bytes));
}
