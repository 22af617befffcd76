/** Who a client is, as rules, plugins and the log see it. Invariant: it outlives its connection where the session does. */
import type { ClientView } from "../plugin/types.ts";
import { keptProperties } from "./kept_properties.ts";
import type { Loser } from "./incidents/incidents.ts";
import type { Peer } from "../net/stream.ts";
import { shown } from "../shown.ts";
import type { StoredClient } from "../storage/state.ts";
import type { ConnectPacket, ProtocolLevel } from "../wire/packets.ts";
import type { Properties } from "../wire/properties.ts";

/** The listener a client came by. */
export interface ListenerInfo {
  readonly name: string;
  readonly type: string;
}

/** One client's identity. */
export class ClientInfo implements ClientView, Loser {
  clientId = "";
  username: string | undefined = undefined;
  protocolLevel: ProtocolLevel = 4;
  isBridge = false;
  cleanSession = true;
  keepAlive = 0;
  superuser = false;
  /** May it publish nothing? */
  isReadOnly = false;
  anonymous = false;
  /** A source, or its certificate, has been a proof that the username is this client's; else it is a claim. */
  isProven = false;
  isNamedByCertificate = false;
  /** Of a CONNECT of MQTT 5; byte fields are copies. */
  properties: Properties | undefined = undefined;
  readonly address: string;
  readonly port: number;
  readonly listener: string;
  readonly transport: string;
  readonly certificate: ClientView["certificate"];
  #attributes: Map<string, unknown> | undefined;
  /** What of its messages was dropped last, for the incidents. */
  lastDrop: Loser["lastDrop"] = undefined;

  constructor(peer: Peer, listener: ListenerInfo) {
    this.address = peer.address;
    this.port = peer.port;
    this.certificate = peer.certificate;
    this.listener = listener.name;
    this.transport = listener.type;
  }

  /** A client of before a restart; what its connection had beside is gone. */
  static restored(stored: StoredClient): ClientInfo {
    const { address, port, certificate, listener: name, transport: type } = stored;
    const info = new ClientInfo({ address, port, certificate }, { name, type });
    info.clientId = stored.clientId;
    info.username = stored.username;
    info.protocolLevel = stored.protocolLevel;
    info.isBridge = stored.isBridge;
    info.cleanSession = stored.cleanSession;
    info.superuser = stored.superuser;
    info.anonymous = stored.username === undefined;
    info.isProven = stored.isProven;
    info.isNamedByCertificate = stored.isNamedByCertificate;
    return info;
  }

  get attributes(): Map<string, unknown> {
    return this.#attributes ??= new Map();
  }

  /** Takes over what CONNECT says; an empty username is none. */
  connectWith(packet: ConnectPacket): void {
    this.clientId = packet.clientId;
    this.username = packet.username === "" ? undefined : packet.username;
    this.protocolLevel = packet.protocolLevel;
    this.isBridge = packet.isBridge === true;
    this.properties = packet.properties && keptProperties(packet.properties);
    this.cleanSession = packet.protocolLevel === 5
      ? (packet.properties?.sessionExpiryInterval ?? 0) === 0
      : packet.cleanSession;
    this.keepAlive = packet.keepAlive;
  }

  /** For the log. */
  toString(): string {
    const peer = nameOf(this, { name: this.listener });
    return this.clientId === "" ? peer : `${shown(this.clientId)} (${peer})`;
  }
}

/** A peer for the log: its address and port, as far as it has them; else by which listener it came. */
export function nameOf({ address, port }: Peer, { name }: { readonly name: string }): string {
  if (address === "") return `a client of ${name}`;
  return port === 0 ? address : `${address}:${port}`;
}
