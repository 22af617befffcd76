/**
 * What a header of the PROXY protocol, version 2, has behind its addresses: type, length, value. Pure. Invariants:
 * none reaches over the end; what counts stands there once, or the header is wrong; a client's name is taken only
 * where the proxy says that it has checked a certificate.
 */
import type { PeerCertificate } from "../stream.ts";
import { wrongHeader } from "./proxy_error.ts";

const FIELD_HEAD = 3;
/** Who has more of them means no good. */
const MAX_FIELDS = 64;

/** The client spoke TLS with the proxy. */
const CLIENT_SSL = 0x01;
/** It gave a certificate on this connection (CONN), or on the one whose session this one resumes (SESS). */
const CLIENT_CERTIFICATE = 0x02 | 0x04;
const COMMON_NAME = 0x22;
const SSL_HEAD = 5;

/**
 * The fields from `start` to the end, by type, each a view into the bytes.
 * @throws Error with one line, where one reaches over the end, or stands there twice
 */
export function fieldsOf(bytes: Uint8Array, start: number): Map<number, Uint8Array> {
  const fields = new Map<number, Uint8Array>();
  let count = 0;
  for (let at = start; at < bytes.length;) {
    if (at + FIELD_HEAD > bytes.length) throw wrongHeader("a field is cut off");
    const type = bytes[at]!;
    const end = at + FIELD_HEAD + bytes[at + 1]! * 256 + bytes[at + 2]!;
    if (end > bytes.length) throw wrongHeader(`field ${type} reaches over its end`);
    if (++count > MAX_FIELDS) throw wrongHeader(`it has more than ${MAX_FIELDS} fields`);
    if (fields.has(type) && COUNTS.has(type)) throw wrongHeader(`field ${type} is there twice`);
    fields.set(type, bytes.subarray(at + FIELD_HEAD, end));
    at = end;
  }
  return fields;
}

/** Fields that are read: two of them would be two truths. */
const COUNTS: ReadonlySet<number> = new Set([0x03, 0x20, COMMON_NAME]);

/**
 * The client's certificate by PP2_TYPE_SSL: its common name, where one was given and checked. A session that is
 * resumed counts (CERT_SESS): only the holder of the certificate's key has it, and the proxy keeps what it found.
 */
export function clientName(ssl: Uint8Array): PeerCertificate | undefined {
  if (ssl.length < SSL_HEAD) throw wrongHeader("its field about TLS is cut off");
  const client = ssl[0]!;
  const isVerified = ssl.subarray(1, SSL_HEAD).every((byte) => byte === 0);
  const name = fieldsOf(ssl, SSL_HEAD).get(COMMON_NAME);
  if (!isVerified || (client & CLIENT_SSL) === 0) return undefined;
  if ((client & CLIENT_CERTIFICATE) === 0 || name === undefined) return undefined;
  const commonName = textOf(name);
  return commonName === "" ? undefined : { commonName, subject: "" };
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw wrongHeader("the common name is no UTF-8");
  }
}
