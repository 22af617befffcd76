/**
 * Why a listener of EMQ X's cannot be carried over. Invariant: what it or its zone asks of clients and Midge cannot ask
 * is a reason, of a listener that names no zone too.
 */
import type { Obstacle } from "./closed_door.ts";
import type { Settings } from "./emqx_settings.ts";
import { isOn, type Zone } from "./emqx_zone.ts";

/** A listener as its keys give it. */
export interface EmqxListener {
  readonly type: string;
  readonly name: string;
  readonly zone: Zone;
  /** `listener.TYPE.NAME`. */
  readonly prefix: string;
}

/** The types of listeners; where their zones ask different things of clients, the first one's zone holds. */
export const LISTENER_TYPES: readonly string[] = ["tcp", "ssl", "ws", "wss"];

const NAMES = ["peer_cert_as_username", "peer_cert_as_clientid"];

/** Undefined when it can. */
export function obstacleOf(listener: EmqxListener, settings: Settings): Obstacle | undefined {
  const own = ofZone(listener, settings);
  if (own !== undefined) return own;
  return hasTls(listener) ? ofTls(listener, settings) : ofPlain(listener, settings);
}

/** Is it a TLS listener? */
export function hasTls({ type }: EmqxListener): boolean {
  return type === "ssl" || type === "wss";
}

/** Is a client asked for a certificate? EMQ X does not unless told to. */
export function asksForCertificates({ prefix }: EmqxListener, settings: Settings): boolean {
  return settings.peek(`${prefix}.verify`)?.value === "verify_peer";
}

function ofZone({ zone: { name } }: EmqxListener, settings: Settings): Obstacle | undefined {
  const of = (key: string) => settings.peek(`zone.${name}.${key}`);
  if (isOn(of("bypass_auth_plugins"))) {
    return { why: `its zone, ${name}, asks nobody for a password`, keepsOut: false };
  }
  if (isOn(of("use_username_as_clientid"))) {
    return keepsOut(
      `its zone, ${name}, keeps clients from the sessions of others ` +
        "(use_username_as_clientid)",
    );
  }
  if ((of("mountpoint")?.value ?? "") === "") return undefined;
  return keepsOut(`its zone, ${name}, keeps its clients apart from the others (mountpoint)`);
}

/** Without TLS the names come from a proxy, which tells the common name alone. */
function ofPlain({ prefix }: EmqxListener, settings: Settings): Obstacle | undefined {
  const names = NAMES.map((key) => settings.peek(`${prefix}.${key}`)).filter((one) => one);
  const isTold = isOn(settings.peek(`${prefix}.proxy_protocol`)) &&
    names.every((one) => one?.value === "cn");
  const [name] = names;
  if (name === undefined || isTold) return undefined;
  const key = name.key.slice(prefix.length + 1);
  return keepsOut(`it takes names from certificates (${key}) and has no TLS`);
}

function ofTls(listener: EmqxListener, settings: Settings): Obstacle | undefined {
  const of = (key: string) => settings.peek(`${listener.prefix}.${key}`);
  if (of("psk_ciphers") !== undefined) return keepsOut("Midge has no TLS with pre-shared keys");
  const asks = asksForCertificates(listener, settings);
  if (of("certfile") === undefined || of("keyfile") === undefined) {
    return { why: "it has no certfile or no keyfile", keepsOut: asks };
  }
  if (!asks) return undefined;
  if (of("cacertfile") === undefined) {
    return keepsOut("without cacertfile no certificate is good enough for it");
  }
  if (isOn(of("enable_crl_check"))) {
    return keepsOut(
      "it asks authorities what they have revoked (enable_crl_check); crlfile takes their lists as files",
    );
  }
  const usage = of("verify_peer_ext_key_usage")?.value ?? "clientAuth";
  if (usage !== "clientAuth" && usage !== "undefined") {
    return keepsOut(`it wants certificates for ${usage} (verify_peer_ext_key_usage)`);
  }
  return ofNames(listener, settings);
}

/** Whole certificates and their hashes are no names here. */
function ofNames({ prefix }: EmqxListener, settings: Settings): Obstacle | undefined {
  const other = NAMES.map((key) => settings.peek(`${prefix}.${key}`))
    .find((one) => one !== undefined && !["cn", "dn"].includes(one.value));
  if (other === undefined) return undefined;
  const { key, value } = other;
  return keepsOut(
    `it takes ${value} of a certificate for a name (${key.slice(prefix.length + 1)})`,
  );
}

function keepsOut(why: string): Obstacle {
  return { why, keepsOut: true };
}
