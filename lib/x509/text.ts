/** Strings in certificates as texts. Pure. Invariant: a text is well-formed Unicode; what cannot be one is undefined. */
import type { Element } from "./der.ts";

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const UTF16 = new TextDecoder("utf-16be", { fatal: true, ignoreBOM: true });

/** Longer ones name no one. */
const MAX_BYTES = 8192;

const DECODERS: Readonly<Record<number, (bytes: Uint8Array) => string | undefined>> = {
  0x0c: (bytes) => UTF8.decode(bytes),
  0x12: ascii, // NumericString
  0x13: ascii, // PrintableString
  0x14: ascii, // TeletexString: what its other bytes mean no two readers agree on
  0x16: ascii, // IA5String
  0x1a: ascii, // VisibleString
  0x1c: (bytes) => universal(bytes),
  0x1e: (bytes) => UTF16.decode(bytes),
};

/** The text of a string of any kind. */
export function directoryText({ tag, content }: Element): string | undefined {
  if (content.length > MAX_BYTES) return undefined;
  try {
    return DECODERS[tag]?.(content);
  } catch {
    return undefined; // no UTF-8, no UTF-16
  }
}

/** Seven bits a character; undefined where there are more. */
export function ascii(bytes: Uint8Array): string | undefined {
  if (bytes.length > MAX_BYTES || bytes.some((byte) => byte >= 0x80)) return undefined;
  return String.fromCharCode(...bytes);
}

function universal(bytes: Uint8Array): string | undefined {
  if (bytes.length % 4 !== 0) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const points = Array.from({ length: bytes.length / 4 }, (_, at) => view.getUint32(at * 4));
  const text = String.fromCodePoint(...points);
  return text.isWellFormed() ? text : undefined;
}
