/**
 * `connection.uri` -> where to connect and as whom. Invariant: a message about a URI never shows its password.
 */
import type { BrokerAddress } from "../net/transport/dial_options.ts";

/** A URI taken apart. */
export interface BrokerUri {
  readonly address: BrokerAddress;
  readonly username: string | undefined;
  readonly password: string | undefined;
}

const PORTS = { mqtt: 1883, mqtts: 8883, ws: 80, wss: 443 } as const;

const EXPECTED = "mqtt://HOST, mqtts://HOST, ws://HOST, wss://HOST or unix:///PATH";

/** Takes a URI apart; a string is what is wrong with it. */
export function readUri(text: string): BrokerUri | string {
  const [, scheme = "", rest = ""] = /^([a-z]+):(.*)$/is.exec(text) ?? [];
  if (scheme.toLowerCase() === "unix") return readUnix(rest);
  if (!Object.hasOwn(PORTS, scheme.toLowerCase())) return `expected ${EXPECTED}`;
  // The URL class reads host names of these schemes as it does those of http.
  const url = URL.parse(`http:${rest}`);
  if (url === null || !rest.startsWith("//")) return `is no valid URI; expected ${EXPECTED}`;
  return readUrl(scheme.toLowerCase() as keyof typeof PORTS, url, rest);
}

function readUrl(scheme: keyof typeof PORTS, url: URL, rest: string): BrokerUri | string {
  const isWebSocket = scheme === "ws" || scheme === "wss";
  const path = url.pathname + url.search;
  if (!isWebSocket && path !== "/") return pathProblem(url.pathname, rest);
  const credentials = readCredentials(url);
  if (typeof credentials === "string") return credentials;
  const hostname = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const port = portOf(rest, url) ?? PORTS[scheme];
  const shown = hostname.includes(":") ? `[${hostname}]` : hostname;
  const name = `${scheme}://${shown}:${port}${isWebSocket && path !== "/" ? path : ""}`;
  return { address: { name, scheme, hostname, port, path }, ...credentials };
}

/** A password with a slash would be the path, and is not shown. */
function pathProblem(path: string, rest: string): string {
  return rest.includes("@")
    ? "has a path, or a / in its password (write %2F); only ws and wss may have a path"
    : `has a path (${path}), which only ws and wss may have`;
}

/** The URL class leaves out 80, which is the default port of http only. */
function portOf(rest: string, url: URL): number | undefined {
  if (url.port !== "") return Number(url.port);
  return /^\/\/(?:[^/@]*@)?(?:\[[^\]]*\]|[^:/?#]*):0*80(?:[/?#]|$)/.test(rest) ? 80 : undefined;
}

function readUnix(rest: string): BrokerUri | string {
  const path = decode(rest.replace(/^\/\/(?=\/)/, ""));
  if (path === undefined || path === "" || path.startsWith("//")) {
    return "is no valid URI; expected unix:///PATH";
  }
  const address: BrokerAddress = {
    name: `unix:${path}`,
    scheme: "unix",
    hostname: "",
    port: 0,
    path,
  };
  return { address, username: undefined, password: undefined };
}

function readCredentials(url: URL): Pick<BrokerUri, "username" | "password"> | string {
  const username = decode(url.username);
  const password = decode(url.password);
  if (username === undefined || password === undefined) {
    return "has a user or password with a wrong percent-encoding";
  }
  return { username: username || undefined, password: password || undefined };
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined; // the caller says what is wrong
  }
}
