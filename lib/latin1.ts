/**
 * Bytes as text, one character each (ISO 8859-1): what is kept by the million takes 16 bytes beside its own that way, a
 * Uint8Array 250. Invariant: every byte comes back.
 */
import { Buffer } from "node:buffer";

/** As Node's buffers have it, and Deno's; its types do not say so. */
type Slice = (this: Uint8Array, start: number, end: number) => string;

const { latin1Slice } = Buffer.prototype as unknown as { readonly latin1Slice: Slice };

/** The bytes as text. */
export function latin1Of(bytes: Uint8Array): string {
  return latin1Slice.call(bytes, 0, bytes.length);
}

/** The bytes of such a text, or of one of ASCII. */
export function bytesOfLatin1(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  putLatin1(bytes, 0, text);
  return bytes;
}

/** Writes them at `at`. */
export function putLatin1(bytes: Uint8Array, at: number, text: string): void {
  for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
}
