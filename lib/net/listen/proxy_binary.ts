/**
 * Version 2 of the PROXY protocol's header: addresses in binary, and what else the proxy knows. Pure. Invariants:
 * every length is checked against the header's own; a checksum that is there is right; LOCAL says nothing at all.
 */
import { addressText } from "../../address_text.ts";
import { type IpAddress, plainAddress } from "../../cidr.ts";
import { crc32c } from "./crc32c.ts";
import { wrongHeader } from "./proxy_error.ts";
import type { ProxyHeader } from "./proxy_header.ts";
import { clientName, fieldsOf } from "./proxy_fields.ts";

/** The first bytes: `\r\n\r\n\0\r\nQUIT\n`. */
export const SIGNATURE = Uint8Array.of(13, 10, 13, 10, 0, 13, 10, 81, 85, 73, 84, 10);

/** Bytes of the longest header that is taken. Version 2 could have 64 KiB; a proxy sends some hundred. */
export const MAX_HEADER = 4096;

const HEAD = 16;
const VERSION = 2;
const LOCAL = 0;
const PROXY = 1;

const UNSPECIFIED = 0;
const INET = 1;
const INET6 = 2;
const UNIX = 3;

const STREAM = 1;
const DATAGRAM = 2;

/** Bytes of both addresses, with their ports, by family. */
const ADDRESS_SIZES: Record<number, number> = { [INET]: 12, [INET6]: 36, [UNIX]: 216 };

const CRC32C = 0x03;
const SSL = 0x20;

/** Reads bytes that begin with the signature; undefined: the header is not whole yet. Throws as readProxyHeader does. */
export function readBinaryHeader(bytes: Uint8Array): ProxyHeader | undefined {
  checkKind(bytes);
  if (bytes.length < HEAD) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const size = HEAD + view.getUint16(14);
  if (size > MAX_HEADER) throw wrongHeader(`it has ${size} bytes, the limit is ${MAX_HEADER}`);
  if (bytes.length < size) return undefined;
  const isLocal = (bytes[12]! & 0x0f) === LOCAL;
  return { size, ...(isLocal ? NOTHING : readBody(bytes.subarray(0, size))) };
}

type Said = Pick<ProxyHeader, "peer" | "certificate">;

const NOTHING: Said = { peer: undefined, certificate: undefined };

/** Version, command, family and protocol, as far as they are here. */
function checkKind(bytes: Uint8Array): void {
  if (bytes.length < 13) return;
  const version = bytes[12]! >> 4;
  const command = bytes[12]! & 0x0f;
  if (version !== VERSION) throw wrongHeader(`its version is ${version}, expected ${VERSION}`);
  if (command > PROXY) {
    throw wrongHeader(`its command is ${command}, expected 0 (LOCAL) or 1 (PROXY)`);
  }
  if (command === LOCAL || bytes.length < 14) return;
  const family = bytes[13]! >> 4;
  const protocol = bytes[13]! & 0x0f;
  if (family > UNIX) throw wrongHeader(`its address family is ${family}, expected 0 to 3`);
  if (protocol === DATAGRAM) throw wrongHeader("it is about datagrams, and MQTT is a stream");
  if (protocol > DATAGRAM) throw wrongHeader(`its transport is ${protocol}, expected 1 (STREAM)`);
}

function readBody(header: Uint8Array): Said {
  const family = header[13]! >> 4;
  const isUnspecified = family === UNSPECIFIED || (header[13]! & 0x0f) !== STREAM;
  if (isUnspecified) return NOTHING; // what follows has no known form
  const fieldsAt = HEAD + ADDRESS_SIZES[family]!;
  if (fieldsAt > header.length) {
    throw wrongHeader(
      `it has ${header.length - HEAD} bytes of addresses, expected ${fieldsAt - HEAD}`,
    );
  }
  const fields = fieldsOf(header, fieldsAt);
  checkSum(header, fields.get(CRC32C));
  const ssl = fields.get(SSL);
  return {
    peer: readPeer(header, family),
    certificate: ssl === undefined ? undefined : clientName(ssl),
  };
}

function readPeer(header: Uint8Array, family: number): Said["peer"] {
  const view = new DataView(header.buffer, header.byteOffset + HEAD);
  if (family === UNIX) return { address: "", port: 0 };
  if (family === INET) return { address: addressText(words(view, 1)), port: view.getUint16(8) };
  return { address: plainAddress(addressText(words(view, 4))), port: view.getUint16(32) };
}

function words(view: DataView, count: number): IpAddress {
  return Array.from({ length: count }, (_, index) => view.getUint32(4 * index));
}

/** It is computed with zeros in its own place. */
function checkSum(header: Uint8Array, field: Uint8Array | undefined): void {
  if (field === undefined) return;
  if (field.length !== 4) throw wrongHeader(`its checksum has ${field.length} bytes, expected 4`);
  const expected = new DataView(field.buffer, field.byteOffset).getUint32(0);
  const copy = header.slice();
  copy.fill(0, field.byteOffset - header.byteOffset, field.byteOffset - header.byteOffset + 4);
  if (crc32c(copy) !== expected) throw wrongHeader("its checksum does not match");
}
