/**
 * Where to connect and as whom: the options that `midge pub`, `midge sub` and `midge bench` have in common,
 * and the client's configuration that follows from them. Invariant: what a flag says wins over the file of
 * --config-file; a password in an error line is not shown.
 */
import { loadClientOptions, normalizeClientConfig } from "../client/config.ts";
import type { ClientConfig, ClientOptions, ConnectionOptions } from "../client/config_types.ts";
import { isMapping } from "../config/keys.ts";
import { dirname, resolve } from "../config/paths.ts";
import { setUpLogging } from "../log/setup.ts";
import type { QoS } from "../wire/packets.ts";
import { UsageError } from "./flags.ts";
import type { GivenOptions, OptionTable } from "./options.ts";
import { printProblem } from "./terminal.ts";

/** The common options. Names are those of aMQTT's and mosquitto's clients. */
export const CLIENT_OPTIONS = {
  "url": {
    names: ["url", "L"],
    value: "URL",
    help: "mqtt, mqtts, ws or wss://USER:PASSWORD@HOST:PORT, or\n" +
      "unix:///PATH; default mqtt://127.0.0.1",
  },
  "host": { names: ["host", "h"], value: "HOST", help: "instead of --url" },
  "port": { names: ["port", "p"], value: "PORT", help: "instead of --url; default 1883, TLS 8883" },
  "unix": { names: ["unix"], value: "PATH", help: "a Unix socket, instead of --url" },
  "username": { names: ["username", "u"], value: "NAME", help: "the username" },
  "password": { names: ["password", "pw", "P"], value: "TEXT", help: "the password" },
  "client-id": { names: ["client-id", "id", "i"], value: "ID", help: "default: random" },
  "id-prefix": { names: ["id-prefix", "I"], value: "TEXT", help: "random behind this prefix" },
  "keep-alive": {
    names: ["keep-alive", "keepalive", "k"],
    value: "SECONDS",
    help: "0 turns it off; default 10",
  },
  "clean-session": { names: ["clean-session"], help: "a clean session; this is the default" },
  "disable-clean-session": {
    names: ["disable-clean-session", "c"],
    help: "keep the session; needs --client-id",
  },
  "max-inflight": {
    names: ["max-inflight", "M"],
    value: "COUNT",
    help: "QoS 1 and 2 messages under way at once; default 256",
  },
  "config-file": {
    names: ["config-file", "config"],
    value: "FILE",
    help: "a client configuration (YAML, as aMQTT's)",
  },
  "tls": { names: ["tls", "tls-use-os-certs"], help: "TLS with the system's authorities" },
  "ca-file": {
    names: ["ca-file", "cafile"],
    value: "FILE",
    help: "an authority (PEM); turns TLS on",
  },
  "ca-path": { names: ["ca-path", "capath"], value: "FOLDER", help: "a folder of them" },
  "ca-data": { names: ["ca-data"], value: "PEM", help: "an authority as text" },
  "cert": { names: ["cert"], value: "FILE", help: "the client's certificate (PEM)" },
  "key": { names: ["key"], value: "FILE", help: "and its key" },
  "server-name": {
    names: ["server-name"],
    value: "NAME",
    help: "the broker's name in its certificate",
  },
  "insecure": { names: ["insecure"], help: "do not check that name" },
  "will-topic": { names: ["will-topic"], value: "TOPIC", help: "the will's topic" },
  "will-message": {
    names: ["will-message", "will-payload"],
    value: "TEXT",
    help: "its payload; default empty",
  },
  "will-qos": { names: ["will-qos"], value: "QOS", help: "default 0" },
  "will-retain": { names: ["will-retain"], help: "keep it as retained message" },
  "extra-headers": {
    names: ["extra-headers"],
    value: "JSON",
    help: "headers of the WebSocket handshake",
  },
  "protocol-version": {
    names: ["protocol-version", "V"],
    value: "VERSION",
    help: "mqttv311 is the one there is",
  },
  "debug": { names: ["debug", "d"], help: "log every packet on stderr" },
  "quiet": { names: ["quiet"], help: "log errors only" },
} as const satisfies OptionTable;

/** What was given of the common options. */
export type ClientFlags = GivenOptions<typeof CLIENT_OPTIONS>;

/** The connection and what else an URL says: mosquitto's URLs end with a topic. */
export interface CommandConfig {
  readonly config: ClientConfig;
  readonly topic: string | undefined;
}

/** The client's configuration; throws UsageError and UserError. Sets logging up and prints warnings. */
export async function readClientConfig(flags: ClientFlags): Promise<CommandConfig> {
  setUpLogging({ level: levelOf(flags), format: "text", loggers: {} });
  checkVersion(flags.last("protocol-version"));
  const { connection, topic } = connectionOf(flags);
  const file = flags.last("config-file");
  const base = file === undefined ? {} : await loadClientOptions(file);
  const options = merge(base, connection, optionsOf(flags));
  const directory = Deno.cwd();
  const config = normalizeClientConfig(
    options,
    file === undefined ? { directory } : { file, directory: dirname(resolve(file)) },
  );
  if (!flags.has("quiet")) {
    for (const warning of config.warnings) printProblem(`midge: ${warning}`);
  }
  return { config, topic };
}

/** The value of --qos. */
export function qosOf(flags: Pick<GivenOptions<{ qos: never }>, "integer">): QoS | undefined {
  return flags.integer("qos", 0, 2) as QoS | undefined;
}

function levelOf(flags: ClientFlags): "debug" | "warning" | "error" {
  if (flags.has("debug")) return "debug";
  return flags.has("quiet") ? "error" : "warning";
}

/** A file's options with those of the flags over them; what is no mapping is left for normalizing to refuse. */
function merge(base: unknown, connection: ConnectionOptions, options: ClientOptions): unknown {
  if (!isMapping(base)) return base ?? { ...options, connection };
  const { connection: given, broker, ...rest } = base;
  const old = given ?? broker ?? {};
  if (!isMapping(old)) return base;
  return { ...rest, ...options, connection: { ...old, ...connection } };
}

/** Only what was given, so that a file's values stay. */
function optionsOf(flags: ClientFlags): ClientOptions {
  const options: ClientOptions = {};
  const keepAlive = flags.integer("keep-alive", 0, 65_535);
  if (keepAlive !== undefined) options.keep_alive = keepAlive;
  const inflight = flags.integer("max-inflight", 1, 65_535);
  if (inflight !== undefined) options.max_inflight = inflight;
  const id = flags.last("client-id") ?? prefixedId(flags.last("id-prefix"));
  if (id !== undefined) options.client_id = id;
  if (flags.has("clean-session")) options.cleansession = true;
  if (flags.has("disable-clean-session")) options.cleansession = false;
  if (flags.has("insecure")) options.check_hostname = false;
  const will = willOf(flags);
  if (will !== undefined) options.will = will;
  return options;
}

function prefixedId(prefix: string | undefined): string | undefined {
  return prefix === undefined ? undefined : prefix + crypto.randomUUID().slice(0, 8);
}

function willOf(flags: ClientFlags): ClientOptions["will"] | undefined {
  const topic = flags.last("will-topic");
  const message = flags.last("will-message");
  if (topic === undefined) {
    const more = ["will-message", "will-qos", "will-retain"] as const;
    const given = more.find((option) => flags.has(option));
    if (given !== undefined) throw new UsageError(`--${given} needs --will-topic`);
    return undefined;
  }
  const qos = flags.integer("will-qos", 0, 2) ?? 0;
  return { topic, message: message ?? "", qos: qos as QoS, retain: flags.has("will-retain") };
}

function connectionOf(flags: ClientFlags): { connection: ConnectionOptions; topic?: string } {
  const connection: ConnectionOptions = {};
  const set = (key: keyof ConnectionOptions, option: keyof typeof CLIENT_OPTIONS) => {
    const value = flags.last(option);
    if (value !== undefined) connection[key] = value as never;
  };
  set("username", "username");
  set("password", "password");
  set("cafile", "ca-file");
  set("capath", "ca-path");
  set("cadata", "ca-data");
  set("certfile", "cert");
  set("keyfile", "key");
  set("server_name", "server-name");
  const headers = flags.last("extra-headers");
  if (headers !== undefined) connection.headers = readHeaders(headers);
  for (const key of ["cafile", "capath", "certfile", "keyfile"] as const) {
    const path = connection[key];
    // A path on the command line starts where the command runs, not beside --config-file.
    if (path) connection[key] = resolve(path);
  }
  const { uri, topic } = uriOf(flags);
  if (uri !== undefined) connection.uri = uri;
  return topic === undefined ? { connection } : { connection, topic };
}

const TLS_OPTIONS = ["tls", "ca-file", "ca-path", "ca-data", "cert", "insecure"] as const;

/** The URI of --url, or of --host and --port, or of --unix; undefined: that of the file, or the default. */
function uriOf(flags: ClientFlags): { uri?: string; topic?: string } {
  const url = flags.last("url");
  const path = flags.last("unix");
  const host = flags.last("host");
  const port = flags.integer("port", 1, 65_535);
  const isTls = TLS_OPTIONS.some((option) => flags.has(option));
  const given = [url, path, host ?? port].filter((one) => one !== undefined).length;
  if (given > 1) throw new UsageError("--url, --unix and --host with --port exclude one another");
  if (path !== undefined) return { uri: `unix:${encodeURI(resolve(path))}` };
  if (url !== undefined) return splitUrl(url);
  if (host === undefined && port === undefined) {
    return isTls && !flags.has("config-file") ? { uri: "mqtts://127.0.0.1" } : {};
  }
  const shown = host?.includes(":") ? `[${host}]` : host ?? "127.0.0.1";
  return { uri: `${isTls ? "mqtts" : "mqtt"}://${shown}${port === undefined ? "" : `:${port}`}` };
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

function readHeaders(text: string): Record<string, string> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined; // said below
  }
  if (isMapping(value)) return value as Record<string, string>;
  throw new UsageError(`--extra-headers got ${JSON.stringify(text)}, expected a JSON object`);
}

function checkVersion(version: string | undefined): void {
  if (version === undefined || /^(mqttv)?(311|3\.1\.1|4)$/.test(version)) return;
  throw new UsageError(
    `--protocol-version got ${JSON.stringify(version)}, expected mqttv311: Midge speaks MQTT 3.1.1`,
  );
}
