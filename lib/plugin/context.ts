/**
 * What a plugin gets from its host, in a broker and in a client. Invariant: types only; functions need no
 * `this`, so that a plugin may take the context apart.
 */
import type { Clock } from "../clock.ts";
import type { Metrics } from "./metrics.ts";
import type { ByteStream } from "../net/stream.ts";
import type {
  Caller,
  HttpHandler,
  HttpOptions,
  HttpServer,
  LoginResult,
  TokenCheck,
} from "./management.ts";
import type { ClientView, Logger, OutgoingMessage, PeerOptions } from "./types.ts";

/** What a plugin gets from its host. */
export interface PluginContext {
  /** The plugin's name as the configuration has it. */
  readonly name: string;
  /** Who loads the plugin. */
  readonly side: "broker" | "client";
  /** Midge's version, `0.1.0`. */
  readonly version: string;
  /** Writes under `midge.plugins.NAME`. */
  readonly logger: Logger;
  /** Relative paths in options are relative to this folder, that of the configuration file. */
  readonly directory: string;
  /** Of the whole broker or client. */
  readonly metrics: Metrics;
  /** Time, as the host has it; timers end with the plugin. Its functions need no `this`. */
  readonly clock: Clock;
  /** Publishes in the broker's own name; not checked, may go to `$` topics. */
  publish(message: OutgoingMessage): void;
  /** The connected clients. */
  clients(): Iterable<ClientView>;
  /** Names of the plugins that the configuration has, in order. */
  readonly plugins: readonly string[];
  /**
   * Does a loaded plugin other than this one authenticate clients, those left out that admit without proof?
   * Known once all plugins are set up: from the first hook on, not yet in `setup`.
   */
  readonly hasOtherAuthenticator: boolean;
  /**
   * May clients come with certificates: does a listener ask for them (verify_client), or get them from a proxy
   * (proxy_protocol)? Undefined on a client.
   */
  readonly asksForCertificates?: boolean | undefined;
  /** `acl_wildcards` as it is now; undefined on a client. */
  readonly wildcards?: "strict" | "emqx" | undefined;
  /**
   * Rises when what a plugin remembers of earlier answers is void: plugins or rules may have changed, or
   * `midge ctl acl cache-clean` asks for it. Undefined on a client.
   */
  readonly answersGeneration?: number | undefined;
  /** Closes a client's connection; false when it is not connected. */
  kick(clientId: string): boolean;
  /**
   * Serves a connection that came in elsewhere, as if a listener had accepted it: limits, time-outs and access rules
   * hold for it. Undefined on a client.
   * @returns resolves when the connection is over
   * @throws Error while the broker does not run; the stream is closed then
   */
  accept?(stream: ByteStream, peer: PeerOptions): Promise<void>;
  /**
   * Has the broker do a command of `midge ctl`: what they are, and what they answer, says `@midge/midge/manage`.
   * Undefined on a client.
   * @returns a result, an iterator of a listing's parts, or an async iterator of a stream's events
   * @throws UserError for what people should read: wrong arguments, an unknown client, a caller without the right
   */
  manage?(command: string, args: unknown, caller: Caller): Promise<unknown>;
  /**
   * Serves HTTP: connections, heads and bodies are bounded and timed. Undefined on a client.
   * @throws UserError where the address or a file cannot be used
   */
  serveHttp?(options: HttpOptions, handler: HttpHandler): Promise<HttpServer>;
  /**
   * Is this password right? Asks the sources of the broker that ask for a proof, behind the same limits on failed
   * logins as CONNECT. Undefined on a client.
   * @param address who asks, without port
   */
  authenticate?(
    login: { readonly username: string; readonly password: string; readonly address: string },
  ): Promise<LoginResult>;
  /** Tokens for the HTTP API. Undefined on a client. */
  readonly tokens?: TokenCheck | undefined;
  /**
   * Says a line to who has just started the broker, on their terminal and never in the log. Undefined where there is no
   * terminal, or where the broker is part of another program.
   */
  readonly tell?: ((line: string) => void) | undefined;
  /**
   * From now on the broker measures what costs it something: the latency of messages, and the event loop's delay.
   * Undefined on a client.
   * @param keep true: the last hour is kept too, for the command `history`
   */
  measure?(keep?: boolean): void;
  /** Rules changed: forget cached verdicts and check living subscriptions again. */
  rulesChanged(): void;
}
