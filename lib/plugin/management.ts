/**
 * What a plugin that steers its broker gets: the commands of `midge ctl`, HTTP, and the question who someone is.
 * Invariant: types only.
 */
import type { MaybePromise, PeerOptions } from "./types.ts";

/** Who has a command done. */
export interface Caller {
  /** For the log and for `by`: `midge ctl`, a username, a token's name. */
  readonly name: string;
  /** May they change anything? */
  readonly isAdmin: boolean;
  /**
   * The user of the broker whose rights hold for topics: what they may publish, and which payloads they may see.
   * Undefined: all of them, as for who can open the socket of `midge ctl`.
   */
  readonly user: ProvenUser | undefined;
}

/** A user who has proven who they are, where they came in. */
export interface ProvenUser {
  /** As sources of decisions are asked about it. */
  readonly username: string;
  /** May it do everything? */
  readonly superuser: boolean;
  /** May it publish nothing, whatever the rules say? Absent: no. */
  readonly isReadOnly?: boolean | undefined;
}

/** A login as the sources of the broker judge it; those that let in without a proof are not asked. */
export interface LoginResult {
  /** Is the password right? */
  readonly allowed: boolean;
  /** The name that the source gave it. */
  readonly username: string;
  /** What the source said of it. */
  readonly superuser: boolean;
  /** Why not, for the log. */
  readonly because: string;
}

/** Who has shown a token of `midge ctl token new`. */
export interface TokenHolder {
  /** Of the token, as `midge ctl token list` has it. */
  readonly id: string;
  /** What it was called when it was made; may be empty. */
  readonly name: string;
  /** May it change anything? */
  readonly role: "admin" | "viewer";
}

/** The tokens of the broker, for a plugin that lets in by them. */
export interface TokenCheck {
  /** Whose token is this? Undefined: it is none, or void. Counts as a use of it. */
  holderOf(token: string): Promise<TokenHolder | undefined>;
  /** Does the token with this id still let in? */
  isValid(id: string): Promise<boolean>;
  /** Is there none that lets in? */
  isEmpty(): Promise<boolean>;
}

/** Where HTTP is served, and how. Certificates are followed at a reload. */
export interface HttpOptions {
  /** `127.0.0.1:18083`, `[::1]:0`, ... */
  readonly bind: string;
  /** A file of a certificate and its chain: HTTPS. Relative to the configuration. */
  readonly certfile?: string | undefined;
  /** The file of its key. */
  readonly keyfile?: string | undefined;
  /** Of an encrypted key. */
  readonly keyPassphrase?: string | undefined;
  /** Connections at once. Default 100. */
  readonly maxConnections?: number | undefined;
  /** Bytes of a request's body. Default 1 MiB. */
  readonly maxBody?: number | undefined;
}

/** A request with what is known of who sent it. */
export interface HttpExchange {
  /** The request; reading its body counts against `maxBody`. Its URL has the Host that was sent. */
  readonly request: Request;
  /** Of the connection. */
  readonly address: string;
  /** Of the connection; 0 where there is none. */
  readonly port: number;
  /** Did it come by TLS? */
  readonly isSecure: boolean;
  /** Fires when the connection is over. */
  readonly signal: AbortSignal;
}

/** In place of a Response: the request is an upgrade to MQTT over WebSocket, and becomes a connection of the broker. */
export interface MqttUpgrade {
  /** Who it is. */
  readonly acceptAs: PeerOptions;
}

/** Answers a request. What it throws is a 500 that says nothing, and a line in the log. */
export type HttpHandler = (exchange: HttpExchange) => MaybePromise<Response | MqttUpgrade>;

/** An open HTTP server; it ends with the plugin. */
export interface HttpServer {
  /** `http://127.0.0.1:18083`, the port known also where 0 was asked for. */
  readonly url: string;
  /** As bound. */
  readonly port: number;
  /** Closes it with its connections. */
  close(): Promise<void>;
}
