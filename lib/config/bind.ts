/**
 * Addresses to listen on, as people write them. Pure. Invariant: an address that is accepted can be given to
 * Deno.listen; anything else is refused with what is wrong.
 */
import { type Field, field } from "./fields.ts";
import { show } from "./problems.ts";

/** Host and port; port 0 lets the system choose. */
export interface BindAddress {
  /** An address, or a name that stands for one. */
  hostname: string;
  /** 0: any that is free. */
  port: number;
}

/** What is listened on where `bind` leaves it out. */
const DEFAULT_HOSTNAME = "0.0.0.0";
/** The port registered for MQTT. */
const DEFAULT_PORT = 1883;

/** What they may look like. */
export const BIND_FORMS = '"HOST:PORT", ":PORT", PORT, "HOST" or "[IPV6]:PORT"';

function readPort(text: string): number | undefined {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65_535 ? Number(text) : undefined;
}

/** Splits `host:port`, `[v6]:port`, `:port`, `port`, `host` without judging the parts. */
function split(text: string): { host: string; port: string } {
  if (/^\d+$/.test(text)) return { host: "", port: text };
  const parts = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/.exec(text);
  return parts === null ? { host: text, port: "" } : { host: parts[1]!, port: parts[2] ?? "" };
}

/** An IPv4 address, or labels of letters, digits and inner hyphens; the last one is not a number. */
function isHostname(text: string): boolean {
  const labels = text.split(".");
  if (/^\d+$/.test(labels.at(-1)!)) {
    return labels.length === 4 && labels.every((one) => /^\d{1,3}$/.test(one) && Number(one) < 256);
  }
  return labels.every((one) => /^[a-z0-9_]([\w-]{0,61}[a-z0-9_])?$/i.test(one));
}

/**
 * A bind text or a bare port number. A string is the problem, written to follow `got VALUE, `.
 * @param defaultPort where the text has none
 */
export function readBind(value: unknown, defaultPort = DEFAULT_PORT): BindAddress | string {
  const expected = `expected ${BIND_FORMS}`;
  if (typeof value !== "string" && typeof value !== "number") return expected;
  const text = String(value).trim();
  if (text === "") return expected;
  if (text.includes("://")) return `which has a scheme; ${expected}`;
  if (!text.startsWith("[") && text.split(":").length > 2) {
    return 'an IPv6 address without brackets; expected "[IPV6]:PORT"';
  }
  const { host, port } = split(text);
  if (host.startsWith("[") && !/^\[[0-9a-f:.]+(%[\w.-]+)?\]$/i.test(host)) {
    return `which has no IPv6 address in its brackets; ${expected}`;
  }
  const hostname = host.startsWith("[") ? host.slice(1, -1) : host || DEFAULT_HOSTNAME;
  if (!host.startsWith("[") && !isHostname(hostname)) return expected;
  const number = port === "" ? defaultPort : readPort(port);
  if (number === undefined) return `whose port is not a number from 0 to 65535; ${expected}`;
  return { hostname, port: number };
}

/** An address: `host:port`, `:port`, `port`, `host`, `[v6]:port`. */
export const bind: Field<BindAddress, string | number> = field((value) => {
  const address = readBind(value);
  return typeof address === "string" ? new Error(`got ${show(value)}, ${address}`) : address;
}, BIND_FORMS);

/** Does only this machine reach what listens there? */
export function isLoopback(hostname: string): boolean {
  return /^(127\.\d+\.\d+\.\d+|\[?::1\]?|localhost)$/.test(hostname);
}

/** An address of this machine alone, with a port; a bare port is one of 127.0.0.1. */
export const loopbackBind: Field<BindAddress, string | number> = field((value) => {
  const address = bind.read(value);
  if (address === undefined || address instanceof Error) return address;
  const written = String(value).trim();
  if (!/(^|:)\d+$/.test(written)) {
    return new Error(`got ${show(value)}, which has no port; expected ${BIND_FORMS}`);
  }
  const isBare = address.hostname === DEFAULT_HOSTNAME && !written.startsWith(DEFAULT_HOSTNAME);
  const hostname = isBare ? "127.0.0.1" : address.hostname;
  return isLoopback(hostname) ? { hostname, port: address.port } : undefined;
}, "an address of this machine alone: 127.0.0.1");
