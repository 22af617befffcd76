/**
 * How clients of a listener of mosquitto's come in, besides its address: WebSocket, TLS, a Unix socket, a proxy in front.
 * Invariant: a listener with TLS has it here too, and asks for certificates where it did; what is different is told.
 */
import type { Draft } from "./draft.ts";
import type { SourceFile } from "./draft.ts";
import { type Library, locateOrFail } from "./library.ts";
import type { ListenerPart } from "./mosquitto_conf.ts";
import { flagOf, wordOf } from "./mosquitto_values.ts";
import { badValue, type Statement } from "./statements.ts";
import { originsOf } from "./origins.ts";
import { setProxyProtocol } from "./trusted_proxies.ts";

type Settings = ReadonlyMap<string, Statement>;

/** Where an import is under way. */
export interface Surroundings {
  readonly library: Library;
  /** Files that name others. */
  readonly confs: readonly SourceFile[];
  readonly draft: Draft;
}

/** What a listener says besides, of TLS: why it is not carried over. */
const WITHOUT_MEANING: Readonly<Record<string, string>> = {
  ciphers: "Deno chooses the ciphers, and has only good ones",
  "ciphers_tls1.3": "Deno chooses the ciphers, and has only good ones",
  dhparamfile: "keys are exchanged by elliptic curves only",
  disable_client_cert_date_checks: "the dates of certificates are always checked",
  tls_engine_kpass_sha1: "of no use without tls_engine",
};

/** Does mosquitto serve TLS? Without these two it does not, whatever else is said of TLS. */
export function hasTls(settings: Settings): boolean {
  return settings.has("certfile") && settings.has("keyfile");
}

/** Is a switch there, and on? */
export function isOn(settings: Settings, key: string): boolean {
  const statement = settings.get(key);
  return statement !== undefined && flagOf(statement);
}

/** Is it `protocol websockets`? */
export function isWebSocket(settings: Settings): boolean {
  const protocol = settings.get("protocol");
  return protocol !== undefined && wordOf(protocol) === "websockets";
}

/** Could one listener stand for both? */
export function sameTransport(one: ListenerPart, other: ListenerPart): boolean {
  const textOf = ({ settings }: ListenerPart) =>
    [...settings.values()].filter(({ key }) => !["max_connections", "socket_domain"].includes(key))
      .map(({ key, value }) => `${key} ${value}`).sort().join("\n");
  return textOf(one) === textOf(other);
}

/** Writes the type; it stands in front of the address. */
export function setType(name: string, { port, settings }: ListenerPart, draft: Draft): void {
  const protocol = settings.get("protocol");
  if (port === 0) draft.set(["listeners", name, "type"], "unix");
  else if (isWebSocket(settings)) draft.set(["listeners", name, "type"], "ws", protocol?.place);
}

/** Writes the rest. @throws {UserError} where a file that is named is not here */
export async function setTransport(
  name: string,
  { settings }: ListenerPart,
  around: Surroundings,
): Promise<void> {
  if (hasTls(settings)) await setTls(name, settings, around);
  if (isWebSocket(settings)) setOrigins(name, settings, around.draft);
  const proxy = settings.get("enable_proxy_protocol");
  if (proxy !== undefined && wordOf(proxy) !== "0") {
    setProxyProtocol(name, "mosquitto", proxy, around.draft);
  }
  for (const { key, place } of settings.values()) {
    if (key === "disable_client_cert_date_checks" && !isOn(settings, key)) continue;
    if (Object.hasOwn(WITHOUT_MEANING, key)) around.draft.skip(key, place, WITHOUT_MEANING[key]!);
  }
}

/** Each statement is one origin. */
function setOrigins(name: string, settings: Settings, draft: Draft): void {
  const origins = [...settings.values()].filter(({ key }) => key === "websockets_origin");
  if (origins.length === 0) return;
  const values = originsOf(origins.map(({ value }) => value));
  draft.set(["listeners", name, "origins"], values, origins[0]!.place);
}

async function setTls(name: string, settings: Settings, around: Surroundings): Promise<void> {
  const { draft } = around;
  const set = (key: string, value: string | boolean, { place }: Statement) =>
    draft.set(["listeners", name, key], value, place);
  const setPath = async (key: string) => {
    const statement = settings.get(key);
    if (statement === undefined) return;
    set(key, await locateOrFail(around.library, statement, around.confs), statement);
  };
  draft.set(["listeners", name, "ssl"], true);
  await setPath("certfile");
  await setPath("keyfile");
  setVersion(name, settings.get("tls_version"), draft);
  const asks = settings.get("require_certificate");
  if (asks === undefined || !flagOf(asks)) return noteAuthorities(settings, draft);
  for (const key of ["cafile", "capath", "crlfile"]) await setPath(key);
  set("verify_client", "required", asks);
  setNames(name, settings, draft);
}

function noteAuthorities(settings: Settings, draft: Draft): void {
  for (const key of ["cafile", "capath", "crlfile"]) {
    const statement = settings.get(key);
    const what =
      "no client is asked for a certificate (require_certificate); certificates between the " +
      "server's and its authority's belong into certfile";
    if (statement !== undefined) draft.skip(key, statement.place, what);
  }
}

/** What takes user names from certificates, where something does; the identity counts before the subject. */
export function namingKey(settings: Settings): keyof typeof NAMES | undefined {
  const keys = ["use_identity_as_username", "use_subject_as_username"] as const;
  return keys.find((key) => isOn(settings, key));
}

const NAMES = { use_identity_as_username: "cn", use_subject_as_username: "dn" } as const;

function setNames(name: string, settings: Settings, draft: Draft): void {
  const naming = namingKey(settings);
  if (naming === undefined) return;
  const set = (key: string, from: string) =>
    draft.set(["listeners", name, key], NAMES[naming], settings.get(from)?.place);
  set("cert_as_username", naming);
  const asId = "use_username_as_clientid";
  if (isOn(settings, asId)) set("cert_as_clientid", asId);
}

/** The least version; mosquitto 2 takes 1.2 where nothing is said. */
function setVersion(name: string, statement: Statement | undefined, draft: Draft): void {
  if (statement === undefined) return;
  const version = statement.value;
  if (!["tlsv1.1", "tlsv1.2", "tlsv1.3"].includes(version)) {
    throw badValue(statement, "tlsv1.1, tlsv1.2 or tlsv1.3");
  }
  const isOld = version === "tlsv1.1";
  if (isOld) draft.differ(statement.key, statement.place, "TLS 1.2 is the oldest that is spoken");
  draft.set(["listeners", name, "min_version"], isOld ? "1.2" : version.slice(4), statement.place);
}
