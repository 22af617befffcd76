/**
 * The options that `midge pub`, `midge sub`, `midge rr` and `midge bench` have in common, with the names that aMQTT's and
 * mosquitto's clients give them. Invariant: an option means the same in each.
 */
import type { GivenOptions } from "./given_options.ts";
import type { OptionTable } from "./option_table.ts";
import { PROPERTY_OPTIONS } from "./property_options.ts";
import { printText } from "./terminal.ts";
import { VERSION } from "../version.ts";

/** The values of --qos. */
export const QOS_CHOICES = ["0", "1", "2"] as const;

/** Where to connect, and as whom. */
export const CONNECTION_OPTIONS = {
  url: {
    names: ["url", "L"],
    value: "URL",
    help: "mqtt, mqtts, ws or wss://USER:PASSWORD@HOST:PORT, or\n" +
      "unix:///PATH; default mqtt://127.0.0.1",
  },
  host: { names: ["host", "h"], value: "HOST", help: "instead of --url" },
  port: { names: ["port", "p"], value: "PORT", help: "instead of --url; default 1883, TLS 8883" },
  unix: { names: ["unix"], value: "PATH", help: "a Unix socket, instead of --url" },
  username: { names: ["username", "u"], value: "NAME", help: "the username" },
  password: { names: ["password", "pw", "P"], value: "TEXT", help: "the password" },
  "config-file": {
    names: ["config-file", "config"],
    value: "FILE",
    help: "a client configuration (YAML, as aMQTT's)",
  },
  tls: { names: ["tls", "tls-use-os-certs"], help: "TLS with the system's authorities" },
  "ca-file": {
    names: ["ca-file", "cafile"],
    value: "FILE",
    help: "an authority (PEM); turns TLS on",
  },
  "ca-path": { names: ["ca-path", "capath"], value: "FOLDER", help: "a folder of them" },
  "ca-data": { names: ["ca-data"], value: "PEM", help: "an authority as text" },
  cert: { names: ["cert"], value: "FILE", help: "the client's certificate (PEM)" },
  key: { names: ["key"], value: "FILE", help: "and its key" },
  "server-name": {
    names: ["server-name"],
    value: "NAME",
    help: "the broker's name in its certificate",
  },
  insecure: { names: ["insecure"], help: "do not check that name" },
  "extra-headers": {
    names: ["extra-headers"],
    value: "JSON",
    help: "headers of the WebSocket handshake",
  },
} as const satisfies OptionTable;

/** What is spoken. */
export const VERSION_OPTIONS = {
  "protocol-version": {
    names: ["protocol-version", "V"],
    value: "VERSION",
    choices: ["5", "3.1.1", "3.1"],
    help: "5, 3.1.1 or 3.1, also as mqttv5, mqttv311, mqttv31;\n" +
      "default 3.1.1, or 5 where an option needs it",
  },
} as const satisfies OptionTable;

/** What CONNECT says besides. */
export const SESSION_OPTIONS = {
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
  "will-topic": { names: ["will-topic"], value: "TOPIC", help: "the will's topic" },
  "will-message": {
    names: ["will-message", "will-payload"],
    value: "TEXT",
    help: "its payload; default empty",
  },
  "will-qos": {
    names: ["will-qos"],
    value: "QOS",
    default: "0",
    choices: QOS_CHOICES,
    help: "its QoS",
  },
  "will-retain": { names: ["will-retain"], help: "keep it as retained message" },
  ...VERSION_OPTIONS,
  "session-expiry-interval": {
    names: ["session-expiry-interval", "x"],
    value: "SECONDS",
    help: "MQTT 5: so long the broker keeps the session; -1: for ever",
  },
  ...PROPERTY_OPTIONS,
} as const satisfies OptionTable;

/** What every client command has. */
export const GENERAL_OPTIONS = {
  debug: { names: ["debug", "d"], help: "log every packet on stderr" },
  quiet: { names: ["quiet"], help: "log errors only" },
  version: { names: ["version"], help: "the version" },
  help: { names: ["help"], help: "this text" },
} as const satisfies OptionTable;

/** What was given of CONNECTION_OPTIONS. */
export type ConnectionFlags = GivenOptions<typeof CONNECTION_OPTIONS>;
/** What was given of SESSION_OPTIONS. */
export type SessionFlags = GivenOptions<typeof SESSION_OPTIONS>;
/** What was given of VERSION_OPTIONS. */
export type VersionFlags = GivenOptions<typeof VERSION_OPTIONS>;
/** What was given of GENERAL_OPTIONS. */
export type GeneralFlags = GivenOptions<typeof GENERAL_OPTIONS>;

/** Prints what --help or --version ask for; was that all? */
export function isAnswered(given: GeneralFlags, help: string): boolean {
  if (given.has("help")) printText(help);
  else if (given.has("version")) printText(`midge ${VERSION}`);
  else return false;
  return true;
}
