/**
 * The words that plugins share with the rooms of the house: clients, messages, listeners, the log.
 * Invariant: types only, and views are read-only.
 */
import type { CertificateField } from "../config/types.ts";
import type { PeerCertificate } from "../net/stream.ts";
import type { ProvenUser } from "./management.ts";
import type { ProtocolLevel, QoS } from "../wire/packets.ts";
import type { Properties } from "../wire/properties.ts";

/** A value now or later. */
export type MaybePromise<T> = T | Promise<T>;

/** Publish and subscribe are asked of clients; receive is asked for each delivery. */
export type Action = "publish" | "subscribe" | "receive";

/** A read-only view of a client, alike before and after it is let in. */
export interface ClientView {
  /** Empty before CONNECT; then the client's own, or the one the broker chose. */
  readonly clientId: string;
  /** Undefined when CONNECT had none. */
  readonly username: string | undefined;
  /**
   * The peer's address without port: `192.0.2.7`, `2001:db8::1`; behind the PROXY protocol the one that the proxy has
   * told. Empty for a client of a Unix socket, which has none.
   */
  readonly address: string;
  /** The peer's port; 0 where there is none. */
  readonly port: number;
  /** The listener's name in the configuration. */
  readonly listener: string;
  /** `tcp`, `tls`, `ws`, `wss`, `unix`, or what a plugin that accepted it says. */
  readonly transport: string;
  /** 3 is MQTT 3.1, 4 is MQTT 3.1.1, 5 is MQTT 5. */
  readonly protocolLevel: ProtocolLevel;
  /** What CONNECT of MQTT 5 said beside that. Absent: nothing. */
  readonly properties?: Properties | undefined;
  /** Does its session end with the connection? */
  readonly cleanSession: boolean;
  /** Seconds. */
  readonly keepAlive: number;
  /** Decided once, at CONNECT. */
  readonly superuser: boolean;
  /** May it publish nothing, whatever the rules say? As a page of one who may only look; absent: no. */
  readonly isReadOnly?: boolean | undefined;
  /** Let in without a username. */
  readonly anonymous: boolean;
  /** The client certificate's common name and subject, where TLS asked for one. */
  readonly certificate?: PeerCertificate | undefined;
  /** Is its username its certificate's (`cert_as_username`)? Then CONNECT's was not looked at. Absent: no. */
  readonly isNamedByCertificate?: boolean | undefined;
  /** A place for plugins to leave data on a client; keys are plugin names. */
  readonly attributes: Map<string, unknown>;
}

/** An application message as observers see it. */
export interface MessageView {
  /** What it was published to. */
  readonly topicName: string;
  /** Borrowed: valid during the call; copy to keep. */
  readonly payload: Uint8Array;
  /** What it was published with. */
  readonly qos: QoS;
  /** What it was published with. */
  readonly retain: boolean;
  /** Who sent it into the broker. */
  readonly origin: "client" | "broker";
  /** Of MQTT 5, as it is handed on; borrowed. Absent: none. */
  readonly properties?: Properties | undefined;
}

/** A message to publish in the broker's own name. */
export interface OutgoingMessage {
  /** Without wildcards. */
  topicName: string;
  /** A text is sent as UTF-8. */
  payload: Uint8Array | string;
  /** Default 0. */
  qos?: QoS;
  /** Default false. */
  retain?: boolean;
  /** Of MQTT 5: what PUBLISH carries, but topic alias and subscription identifiers. Default: none. */
  properties?: Properties | undefined;
}

/** Who is at the other end of a connection that is handed to the broker. */
export interface PeerOptions {
  /** Without port: `192.0.2.7`; what rules by address and the log have. Empty: none. */
  readonly address: string;
  /** Default 0: none. */
  readonly port?: number | undefined;
  /** Of a certificate that was checked: `%C` and `%d`. */
  readonly certificate?: PeerCertificate | undefined;
  /** What of the certificate becomes the username, whatever CONNECT says. Default: nothing. */
  readonly certAsUsername?: CertificateField | undefined;
  /** The same of the client id. */
  readonly certAsClientid?: CertificateField | undefined;
  /** What `ClientView.listener` says. Default: the plugin's name. */
  readonly listener?: string | undefined;
  /** What `ClientView.transport` says. Default `stream`. */
  readonly transport?: string | undefined;
  /** Who it is, proven where it came in: the username and password of its CONNECT are not looked at. Default: unknown. */
  readonly user?: ProvenUser | undefined;
  /** Its connection is closed when this fires: what proved who it is holds no longer. Default: never. */
  readonly until?: AbortSignal | undefined;
}

/** An open listener. */
export interface ListenerView {
  /** Its name in the configuration. */
  readonly name: string;
  /** `tcp`, ... */
  readonly type: string;
  /** `host:port` as bound, the port known also where 0 was asked for. */
  readonly address: string;
  /** As bound. */
  readonly port: number;
}

/** Writes to the broker's log under the plugin's name. */
export interface Logger {
  /** Every event, for those who look for something. */
  debug(message: string, properties?: Record<string, unknown>): void;
  /** What an operator may want to know. */
  info(message: string, properties?: Record<string, unknown>): void;
  /** What ought to be looked after. */
  warn(message: string, properties?: Record<string, unknown>): void;
  /** What went wrong. */
  error(message: string, properties?: Record<string, unknown>): void;
  /** Would a record of this level be written anywhere? */
  isEnabledFor(level: "debug" | "info" | "warning" | "error"): boolean;
}
