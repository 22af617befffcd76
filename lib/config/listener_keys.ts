/**
 * The table of a listener's keys: what `listeners.NAME` may say. Invariant: every key says for which listeners it is;
 * listeners.ts joins what belongs together.
 */
import { parseNetwork } from "../cidr.ts";
import { normalizedOrigin } from "../origin.ts";
import { BIND_FORMS } from "./bind.ts";
import {
  anything,
  countLimit,
  durationLimit,
  field,
  flag,
  oneOf,
  path,
  secretText,
  text,
  textField,
} from "./fields.ts";
import { LISTENER_LIMIT_KEYS } from "./listener_limits.ts";
import { key } from "./table.ts";

/** The values of a list, each read by `read`; undefined when one is none. */
function listOf<Value>(read: (value: unknown) => Value | undefined, expected: string) {
  return field<Value[], unknown[]>((value) => {
    if (!Array.isArray(value)) return undefined;
    const values = value.map(read);
    return values.every((one) => one !== undefined) ? values : undefined;
  }, expected);
}

const texts = (expected: string) =>
  listOf((value) => typeof value === "string" && value !== "" ? value : undefined, expected);

/** `bind` is an address or a path, by the listener's type: listeners.ts reads it. */
const bindText = field<string | number>(
  (value) => typeof value === "string" || typeof value === "number" ? value : undefined,
  `${BIND_FORMS}, or the path of a socket for type unix`,
);

/** Permissions of a file, as `chmod` takes them. YAML reads an unquoted 0660 as a number, in octal or not. */
const fileMode = field<number, string>(
  (value) =>
    typeof value === "string" && /^0?[0-7]{3}$/.test(value) ? parseInt(value, 8) : undefined,
  'three octal digits in quotes, such as "0660"',
);

/** Where it listens, and for how many. */
export const ADDRESS_KEYS = {
  type: key({
    type: oneOf("tcp", "ws", "unix"),
    default: "tcp",
    shown: "active",
    doc: "tcp, ws (MQTT over WebSocket) or unix (a socket file).",
  }),
  bind: key({
    type: bindText,
    default: "0.0.0.0:1883",
    shown: "active",
    doc:
      '"HOST:PORT", ":PORT", PORT, "HOST" or "[IPV6]:PORT". The port where it is left out: 1883, of ws ' +
      "8883 (as in aMQTT); port 0: any free one. For unix the path of the socket.",
  }),
  max_connections: key({
    // aMQTT writes -1 for no limit too.
    type: field<number>(
      (value) => countLimit.read(value === -1 ? 0 : value),
      countLimit.expected,
    ),
    default: 0,
    doc: "Connections on this listener at a time.",
  }),
  mode: key({
    type: fileMode,
    default: "0660",
    doc: "Of a unix socket: who may connect, as chmod takes it.",
  }),
  group: key({
    type: text,
    example: "mosquitto",
    doc: "Of a unix socket: the group that it belongs to; the broker's user must be in it.",
  }),
};

const CERTIFICATE_FIELD = oneOf("cn", "dn", "san_email", "san_dns", "san_uri");

/** TLS. */
export const TLS_KEYS = {
  ssl: key({ type: flag, default: false, doc: "TLS, on tcp and ws (docs/TLS.md)." }),
  certfile: key({
    type: path,
    example: "certs/server.crt",
    doc:
      "The server's certificate with its chain (PEM). The files are followed: new ones are used.",
  }),
  keyfile: key({ type: path, example: "certs/server.key", doc: "Its key (PEM)." }),
  key_passphrase: key({ type: secretText, doc: "Of a key that is encrypted." }),
  certificates: key({
    type: anything<Record<string, unknown>[]>(),
    example: [{ certfile: "certs/other.crt", keyfile: "certs/other.key" }],
    doc:
      "Further certificates (certfile, keyfile, key_passphrase): a client that names a server (SNI) gets the one that has " +
      "this name, any other the first.",
  }),
  cafile: key({
    type: path,
    example: "certs/ca.crt",
    doc: "Authorities whose client certificates are taken (PEM)...",
  }),
  capath: key({ type: path, doc: "... a folder of them ..." }),
  cadata: key({ type: text, doc: "... or their text." }),
  crlfile: key({
    type: path,
    doc:
      "What they have revoked (PEM, one list or more; midge certs revoke writes one). Who is signed by an authority " +
      "without a list here, or with one that has run out, is refused.",
  }),
  verify_client: key({
    type: oneOf("none", "optional", "required"),
    doc:
      "Is a client asked for a certificate? optional: one that is shown must be valid. Without this key: optional " +
      "where there are authorities, else none.",
  }),
  cert_as_username: key({
    type: CERTIFICATE_FIELD,
    doc:
      "The username is taken from the certificate, whatever CONNECT says: cn, dn, san_email, san_dns or san_uri. Who " +
      "comes in the plugins decide; auth_cert asks for no password then. With proxy_protocol and without ssl: cn, of " +
      "a certificate that the proxy has checked.",
  }),
  cert_as_clientid: key({ type: CERTIFICATE_FIELD, doc: "The same of the client id." }),
  min_version: key({
    type: field<"1.2" | "1.3", string | number>(
      (value) => (["1.2", "1.3"] as const).find((one) => one === String(value)),
      "1.2 or 1.3",
    ),
    default: "1.2",
    doc: "Of TLS.",
  }),
  alpn: key({
    type: texts('a list of names such as ["mqtt"]'),
    doc: "Protocols that are agreed to by ALPN. Without it: any.",
  }),
  ciphers: key({ type: text, doc: "Deno chooses them: not used." }),
};

/** WebSocket, and what stands in front of a listener. */
export const WEB_KEYS = {
  path: key({
    type: textField('a path that begins with "/"'),
    example: "/mqtt",
    doc: "Of ws: the path that is asked for. Without it: any.",
  }),
  origins: key({
    type: listOf(
      (value) => typeof value === "string" ? normalizedOrigin(value) : undefined,
      'a list of origins (no paths, no wildcards) such as ["https://example.org"]',
    ),
    example: ["https://example.org"],
    doc:
      "Of ws: web sites whose pages may connect; what is no page has no origin. Without it: any.",
  }),
  ping_interval: key({
    type: durationLimit,
    default: "30s",
    doc:
      "Of ws: a WebSocket ping is sent where nothing was sent for this time, so that proxies do not close what is idle.",
  }),
};

/** Proxies. */
export const PROXY_KEYS = {
  proxy_protocol: key({
    type: flag,
    default: false,
    doc:
      "Each connection begins with a header of the PROXY protocol (version 1 or 2) from one of trusted_proxies, which " +
      "says where it comes from. On a unix socket from all that may open it.",
  }),
  trusted_proxies: key({
    type: listOf(
      (value) => typeof value === "string" ? parseNetwork(value) : undefined,
      'a list of addresses and networks such as ["10.0.0.0/8"]',
    ),
    example: ["127.0.0.1", "10.0.0.0/8"],
    doc:
      "Who may send that header; of ws without proxy_protocol: whose X-Forwarded-For is believed.",
  }),
};

/** aMQTT has them; nothing reads them there. */
const UNUSED_KEYS = {
  reader: key({ type: anything(), shown: "hidden" }),
  writer: key({ type: anything(), shown: "hidden" }),
};

/** One of `listeners`. */
export const LISTENER_KEYS = {
  ...ADDRESS_KEYS,
  ...TLS_KEYS,
  ...WEB_KEYS,
  ...PROXY_KEYS,
  ...LISTENER_LIMIT_KEYS,
  ...UNUSED_KEYS,
};

/** One of `certificates`. */
export const CERTIFICATE_KEYS = {
  certfile: TLS_KEYS.certfile,
  keyfile: TLS_KEYS.keyfile,
  key_passphrase: TLS_KEYS.key_passphrase,
};

/** @internal */
export type ListenerKeys = typeof LISTENER_KEYS;
