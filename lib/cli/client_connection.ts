/**
 * The connection that the options of a client command ask for. Invariant: only what was given is said, so that the
 * values of --config-file stay; a path on the command line starts where the command runs, not beside that file.
 */
import type { ConnectionOptions } from "../client/config_types.ts";
import { isMapping } from "../config/keys.ts";
import { resolve } from "../config/paths.ts";
import type { ConnectionFlags } from "./client_options.ts";
import { UsageError } from "./usage_error.ts";

/** A connection, and the topic that stands at the end of mosquitto's URLs. */
export interface GivenConnection {
  readonly connection: ConnectionOptions;
  readonly topic: string | undefined;
}

/** Keys of a configuration, and the options that say them. */
const TEXTS = [
  ["username", "username"],
  ["password", "password"],
  ["cadata", "ca-data"],
  ["server_name", "server-name"],
] as const;
const PATHS = [
  ["cafile", "ca-file"],
  ["capath", "ca-path"],
  ["certfile", "cert"],
  ["keyfile", "key"],
] as const;
const TLS_OPTIONS = ["tls", "ca-file", "ca-path", "ca-data", "cert", "insecure"] as const;

/** @throws {UsageError} where options exclude one another, or a value is not understood */
export function connectionOf(given: ConnectionFlags): GivenConnection {
  const { uri, topic } = uriOf(given);
  const connection: ConnectionOptions = {};
  for (const [key, option] of TEXTS) {
    const text = given.last(option);
    if (text !== undefined) connection[key] = text;
  }
  for (const [key, option] of PATHS) {
    const path = given.last(option);
    if (path) connection[key] = resolve(path);
  }
  const headers = headersOf(given);
  if (headers !== undefined) connection.headers = headers;
  if (uri !== undefined) connection.uri = uri;
  return { connection, topic };
}

/** The URI of --url, or of --host and --port, or of --unix; undefined: that of the file, or the default. */
function uriOf(given: ConnectionFlags): { uri?: string; topic?: string } {
  const url = given.last("url");
  const path = given.last("unix");
  const host = given.last("host");
  const port = given.integer("port", 1, 65_535);
  const isTls = TLS_OPTIONS.some((option) => given.has(option));
  const ways = [url, path, host ?? port].filter((one) => one !== undefined).length;
  if (ways > 1) throw new UsageError("--url, --unix and --host with --port exclude one another");
  if (path !== undefined || /^(?:mqtt|ws|unix):/i.test(url ?? "")) checkNoTls(given);
  if (path !== undefined) return { uri: `unix:${encodeURI(resolve(path))}` };
  if (url !== undefined) return splitUrl(url);
  if (host === undefined && port === undefined) {
    return isTls && !given.has("config-file") ? { uri: "mqtts://127.0.0.1" } : {};
  }
  const shown = host?.includes(":") ? `[${host}]` : host ?? "127.0.0.1";
  return { uri: `${isTls ? "mqtts" : "mqtt"}://${shown}${port === undefined ? "" : `:${port}`}` };
}

/** An authority that is given and not used would be taken for a check. */
function checkNoTls(given: ConnectionFlags): void {
  const option = TLS_OPTIONS.find((one) => given.has(one));
  if (option === undefined) return;
  throw new UsageError(`${given.nameOf(option)} is for TLS; expected a URL with mqtts or wss`);
}

/** `mqtt://host/topic`: mosquitto's way to give the topic. */
function splitUrl(url: string): { uri: string; topic?: string } {
  const [, base, topic] = /^(mqtts?:\/\/[^/]+)\/(.+)$/i.exec(url) ?? [];
  if (base === undefined || topic === undefined) return { uri: url };
  try {
    return { uri: base, topic: decodeURIComponent(topic) };
  } catch {
    throw new UsageError("the topic in --url has a wrong percent-encoding");
  }
}

function headersOf(given: ConnectionFlags): Record<string, string> | undefined {
  const text = given.last("extra-headers");
  if (text === undefined) return undefined;
  const value = parsed(text);
  if (isHeaders(value)) return value;
  throw given.wrong("extra-headers", "a JSON object of texts");
}

/** Undefined for what is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the caller says what was expected
  }
}

function isHeaders(value: unknown): value is Record<string, string> {
  return isMapping(value) && Object.values(value).every((one) => typeof one === "string");
}
