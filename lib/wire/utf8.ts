/**
 * UTF-8 encoded strings of MQTT, section 1.5.3: strict when read, length-prefixed when written. Invariant: U+FEFF is
 * kept, nothing is replaced or stripped.
 */
import { MalformedPacketError } from "./errors.ts";

const STRICT_DECODER = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const ENCODER = new TextEncoder();

/** Up to here a string of ASCII is put together faster than the decoder is called: an empty one takes it 2 us. */
const SHORT = 12;

/** The longest string that fits behind a two-byte length. */
export const MAX_STRING_BYTES = 65_535;

/**
 * Decodes `bytes[start, end)`.
 * @throws MalformedPacketError for ill-formed UTF-8, surrogates and U+0000
 */
export function decodeUtf8(bytes: Uint8Array, start: number, end: number, what: string): string {
  const isPlain = isAscii(bytes, start, end, what);
  if (isPlain && end - start <= SHORT) return shortAscii(bytes, start, end);
  try {
    return STRICT_DECODER.decode(bytes.subarray(start, end)); // [MQTT-1.5.3-3]
  } catch (cause) {
    const error = new MalformedPacketError(`${what} is not UTF-8`, "MQTT-1.5.3-1");
    error.cause = cause;
    throw error;
  }
}

/** Is this well-formed UTF-8, of any length and with U+0000 where it wants? */
export function isUtf8(bytes: Uint8Array): boolean {
  try {
    STRICT_DECODER.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** Throws what decodeUtf8 throws, and makes no string: a millionth of a second for each would be seconds for a packet. */
export function checkUtf8(bytes: Uint8Array, start: number, end: number, what: string): void {
  if (isAscii(bytes, start, end, what) || isWellFormed(bytes, start, end)) return;
  throw new MalformedPacketError(`${what} is not UTF-8`, "MQTT-1.5.3-1");
}

/** Table 3-7 of the Unicode Standard. */
function isWellFormed(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end;) {
    const lead = bytes[at++]!;
    if (lead < 0x80) continue;
    if (lead < 0xc2 || lead > 0xf4) return false;
    const size = lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
    if (at + size > end) return false;
    const least = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
    const most = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
    const second = bytes[at]!;
    if (second < least || second > most) return false;
    for (const behind = at++ + size; at < behind; at++) {
      if ((bytes[at]! & 0xc0) !== 0x80) return false;
    }
  }
  return true;
}

/** False: there are bytes above 127, which only the decoder can judge. */
function isAscii(bytes: Uint8Array, start: number, end: number, what: string): boolean {
  let all = 0;
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    if (byte === 0) throw new MalformedPacketError(`${what} has U+0000`, "MQTT-1.5.3-2");
    all |= byte;
  }
  return all < 0x80;
}

function shortAscii(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i]!);
  return text;
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
