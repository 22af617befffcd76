/**
 * Payloads in lines of JSON: text where people can read it, base64 elsewhere, each under a key of its own. Invariant:
 * the bytes come back as they were.
 */
import { encodeBase64 } from "../../encoding.ts";
import type { Fields } from "./fields.ts";

const STRICT_DECODER = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const ENCODER = new TextEncoder();

/** Controls, what reorders text or cannot be seen, and line ends. */
const UNREADABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

/** One of the two. */
export type PayloadFields = { readonly payload: string } | { readonly payloadBase64: string };

/** A payload on its way into a line. */
export function payloadFields(payload: Uint8Array): PayloadFields {
  const text = readable(payload);
  return text === undefined ? { payloadBase64: encodeBase64(payload) } : { payload: text };
}

function readable(payload: Uint8Array): string | undefined {
  try {
    const text = STRICT_DECODER.decode(payload);
    return UNREADABLE.test(text) ? undefined : text;
  } catch {
    return undefined; // not UTF-8
  }
}

/** @throws UserError where it has none of the two keys, or what is in it is not as expected */
export function readPayload(fields: Fields): Uint8Array {
  if (fields.has("payloadBase64")) return fields.base64("payloadBase64");
  const text = fields.text("payload");
  return text.isWellFormed() ? ENCODER.encode(text) : fields.wrong("payload", "Unicode");
}
