/**
 * The header of the PROXY protocol, versions 1 and 2 (HAProxy's doc/proxy-protocol.txt): where a proxy says that a
 * connection comes from. Pure. Invariants: what is no header is refused at the first byte that shows it; no header is
 * longer than MAX_HEADER; nothing is taken from one that does not hold to the last byte.
 */
import { addressText } from "../../address_text.ts";
import { type IpAddress, parseAddress } from "../../cidr.ts";
import type { PeerCertificate } from "../stream.ts";
import { type Knock, knockOf } from "./knock.ts";
import { readBinaryHeader, SIGNATURE } from "./proxy_binary.ts";
import { wrongHeader } from "./proxy_error.ts";

/** Bytes of the longest header that is taken. Version 2 could have 64 KiB; a proxy sends some hundred. */
export { MAX_HEADER } from "./proxy_binary.ts";

/** What a header says. */
export interface ProxyHeader {
  /** Bytes; what is behind them belongs to the connection. */
  readonly size: number;
  /**
   * Who is connected with the proxy; undefined where the header does not say (LOCAL, UNKNOWN): the socket's own peer
   * counts then. An empty address and port 0: it has none, for it came by a socket file.
   */
  readonly peer: { readonly address: string; readonly port: number } | undefined;
  /** Of the client, where the proxy has asked for one and checked it; its subject is not told, and empty. */
  readonly certificate: PeerCertificate | undefined;
}

/** Bytes of the longest line of version 1, with its end. */
const MAX_LINE = 107;
const LINE_START = new TextEncoder().encode("PROXY ");
const CR = 13;
const LF = 10;

/**
 * Reads the header at the beginning of these bytes; undefined: it is not whole yet.
 * @throws Error with one line, for what is no header, or a wrong one
 */
export function readProxyHeader(bytes: Uint8Array): ProxyHeader | undefined {
  if (beginsAs(bytes, LINE_START)) return readLine(bytes);
  if (beginsAs(bytes, SIGNATURE)) return readBinaryHeader(bytes);
  const knock = knockOf(bytes);
  const what = knock === undefined ? "" : ` (this is ${NAMES[knock]})`;
  throw new Error(`no header of the PROXY protocol${what}: does the proxy send one?`);
}

const NAMES: Record<Knock, string> = {
  mqtt: "MQTT",
  tls: "TLS",
  http: "HTTP",
  websocket: "a WebSocket",
};

/** As far as there are bytes. */
function beginsAs(bytes: Uint8Array, start: Uint8Array): boolean {
  const length = Math.min(bytes.length, start.length);
  return bytes.subarray(0, length).every((byte, index) => byte === start[index]);
}

/** Version 1: `PROXY TCP4 SOURCE DESTINATION PORT PORT`. */
function readLine(bytes: Uint8Array): ProxyHeader | undefined {
  const end = bytes.subarray(0, MAX_LINE).findIndex((byte) => byte === CR || byte === LF);
  if (end < 0 ? bytes.length >= MAX_LINE : end === MAX_LINE - 1) {
    throw wrongHeader(`its line has more than ${MAX_LINE} bytes`);
  }
  if (end < 0) return undefined;
  if (bytes[end] === LF) throw wrongHeader("its line ends without CR");
  if (bytes.length === end + 1) return undefined;
  if (bytes[end + 1] !== LF) throw wrongHeader("its line has a CR alone");
  const line = String.fromCharCode(...bytes.subarray(LINE_START.length, end));
  return { size: end + 2, peer: peerOf(line), certificate: undefined };
}

function peerOf(line: string): ProxyHeader["peer"] {
  const fields = line.split(" ");
  const [family, source, destination, sourcePort, destinationPort] = fields;
  if (family === "UNKNOWN") return undefined; // whatever follows is to be ignored
  if (family !== "TCP4" && family !== "TCP6") {
    throw wrongHeader("expected TCP4, TCP6 or UNKNOWN behind PROXY");
  }
  if (fields.length !== 5) {
    throw wrongHeader(`expected two addresses and two ports behind ${family}`);
  }
  const address = readAddress(family, source);
  readAddress(family, destination);
  const port = readPort(sourcePort);
  readPort(destinationPort);
  return { address: addressText(address), port };
}

function readAddress(family: "TCP4" | "TCP6", text = ""): IpAddress {
  const isFamily = text.includes(":") === (family === "TCP6") && !text.includes("%");
  const address = isFamily ? parseAddress(text) : undefined;
  if (address === undefined) {
    throw wrongHeader(`expected an address of ${family}, got ${quoted(text)}`);
  }
  return address;
}

function readPort(text = ""): number {
  const isPort = /^(?:0|[1-9]\d{0,4})$/.test(text) && Number(text) <= 65_535;
  if (!isPort) throw wrongHeader(`expected a port from 0 to 65535, got ${quoted(text)}`);
  return Number(text);
}

/** Short, for a line has an end; escaped, for it may be anything. */
function quoted(text: string): string {
  return JSON.stringify(text);
}
