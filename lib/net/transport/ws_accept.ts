/** What a server answers to the key of a WebSocket handshake (RFC 6455, section 4.2.2). Invariant: pure. */
import { encodeBase64 } from "../../encoding.ts";

/** Shows that the server knows the protocol; the standard's own constant. */
const ACCEPT_SUFFIX = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const ENCODER = new TextEncoder();

/** Sec-WebSocket-Accept for this Sec-WebSocket-Key. */
export async function acceptOf(key: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-1", ENCODER.encode(key + ACCEPT_SUFFIX));
  return encodeBase64(new Uint8Array(hash));
}
