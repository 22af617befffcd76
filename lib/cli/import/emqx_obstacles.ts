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

const NO_SUCH: Readonly<Record<string, string>> = {
  ssl: "Midge has no TLS listeners yet",
  ws: "Midge has no WebSocket listeners yet",
  wss: "Midge has no WebSocket listeners yet",
};

/** The types of listeners, those that Midge has last. */
export const LISTENER_TYPES: readonly string[] = [...Object.keys(NO_SUCH), "tcp"];

/** Undefined when it can. */
export function obstacleOf(listener: EmqxListener, settings: Settings): Obstacle | undefined {
  const own = ofClients(listener, settings);
  const noSuch = NO_SUCH[listener.type];
  if (noSuch === undefined) return own;
  const verify = settings.peek(`${listener.prefix}.verify`);
  return { why: noSuch, keepsOut: own?.keepsOut === true || verify?.value === "verify_peer" };
}

function ofClients({ prefix, zone: { name } }: EmqxListener, settings: Settings) {
  const ofZone = (key: string) => settings.peek(`zone.${name}.${key}`);
  const ofListener = (key: string) => settings.peek(`${prefix}.${key}`);
  if (isOn(ofZone("bypass_auth_plugins"))) {
    return { why: `its zone, ${name}, asks nobody for a password`, keepsOut: false };
  }
  if (isOn(ofZone("use_username_as_clientid"))) {
    return keepsOut(
      `its zone, ${name}, keeps clients from the sessions of others ` +
        "(use_username_as_clientid)",
    );
  }
  if ((ofZone("mountpoint")?.value ?? "") !== "") {
    return keepsOut(`its zone, ${name}, keeps its clients apart from the others (mountpoint)`);
  }
  if (isOn(ofListener("proxy_protocol"))) {
    return keepsOut("Midge does not speak the PROXY protocol yet");
  }
  const certificate = ["peer_cert_as_username", "peer_cert_as_clientid"].find(ofListener);
  if (certificate === undefined) return undefined;
  return keepsOut(`it takes names from certificates (${certificate})`);
}

function keepsOut(why: string): Obstacle {
  return { why, keepsOut: true };
}
