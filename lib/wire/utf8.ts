/**
 * UTF-8 encoded strings of MQTT, section 1.5.3: strict when read, length-prefixed when written. Invariant: U+FEFF is
 * kept, nothing is replaced or stripped.
 */
import { MalformedPacketError } from "./errors.ts";

const STRICT_DECODER = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const ENCODER = new TextEncoder();

/** The longest string that fits behind a two-byte length. */
export const MAX_STRING_BYTES = 65_535;

/**
 * Decodes `bytes[start, end)`.
 * @throws MalformedPacketError for ill-formed UTF-8, surrogates and U+0000
 */
export function decodeUtf8(bytes: Uint8Array, start: number, end: number, what: string): string {
  for (let i = start; i < end; i++) {
    if (bytes[i] === 0) throw new MalformedPacketError(`${what} has U+0000`, "MQTT-1.5.3-2");
  }
  try {
    return STRICT_DECODER.decode(bytes.subarray(start, end)); // [MQTT-1.5.3-3]
  } catch (cause) {
    const error = new MalformedPacketError(`${what} is not UTF-8`, "MQTT-1.5.3-1");
    error.cause = cause;
    throw error;
  }
}

/**
 * The UTF-8 bytes of a string that goes on the wire.
 * @throws RangeError for more than 65,535 bytes, U+0000 or a lone surrogate
 */
export function encodeUtf8(text: string, what: string): Uint8Array {
  if (text.includes("\0")) throw new RangeError(`${what} has U+0000 [MQTT-1.5.3-2]`);
  if (!text.isWellFormed()) throw new RangeError(`${what} has a lone surrogate [MQTT-1.5.3-1]`);
  const bytes = ENCODER.encode(text);
  if (bytes.length > MAX_STRING_BYTES) {
    throw new RangeError(`${what} is longer than ${MAX_STRING_BYTES} bytes of UTF-8`);
  }
  return bytes;
}

/** How many bytes of UTF-8 a string takes. */
export function byteLength(text: string): number {
  return ENCODER.encode(text).length;
}
