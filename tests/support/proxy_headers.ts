/** Headers of the PROXY protocol, version 2, built by hand for tests. Invariant: any wrong one can be built too. */
import { bytes, u16 } from "./raw_packets.ts";

/** The twelve bytes that each begins with. */
export const SIGNATURE = bytes("\r\n\r\n\0\r\nQUIT\n");

/** 192.0.2.7:4711 to 198.51.100.1:8883. */
export const INET = bytes(192, 0, 2, 7, 198, 51, 100, 1, u16(4711), u16(8883));

/** PP2_CLIENT_SSL, PP2_CLIENT_CERT_CONN and PP2_CLIENT_CERT_SESS. */
export const CLIENT = { SSL: 1, CONN: 2, SESS: 4 } as const;

/** Type, length, value. */
export function tlv(type: number, value: Uint8Array | string): Uint8Array {
  const body = bytes(value);
  return bytes(type, u16(body.length), body);
}

/** PP2_TYPE_SSL with a common name, or without. */
export function sslField(client: number, verify: number, name?: string | Uint8Array): Uint8Array {
  const version = tlv(0x21, "TLSv1.3");
  const parts = name === undefined ? [version] : [version, tlv(0x22, name)];
  return tlv(0x20, bytes(client, 0, 0, u16(verify), ...parts));
}

/** A header; `command` has the version in its upper half, `kind` family and transport. */
export function binaryHeader(
  { command = 0x21, kind = 0x11, body = INET, fields = [] as Uint8Array[], length = -1 } = {},
): Uint8Array {
  const size = body.length + fields.reduce((sum, one) => sum + one.length, 0);
  return bytes(SIGNATURE, command, kind, u16(length < 0 ? size : length), body, ...fields);
}
