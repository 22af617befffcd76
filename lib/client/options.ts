/** What the client's methods take: the option types of Client, exported by mod.ts. */
import type { QoS } from "../wire/packets.ts";
import type { ClientState, LifeError } from "./life.ts";

/** Ends the waiting of one call; the promise rejects with the signal's reason. */
export interface Abortable {
  /** Ends the waiting. What is under way on the wire goes on. */
  signal?: AbortSignal | undefined;
}

/** How to publish one message. */
export interface PublishOptions extends Abortable {
  /** Default: that of `topics` in the configuration, else `default_qos`. */
  qos?: QoS | undefined;
  /** Default: that of `topics` in the configuration, else `default_retain`. */
  retain?: boolean | undefined;
}

/** How to subscribe. */
export interface SubscribeOptions extends Abortable {
  /** The highest QoS to receive, for filters given as text. Default 0. */
  qos?: QoS | undefined;
}

/** Told of every change of state, with the error that caused it. */
export type StateListener = (state: ClientState, error: LifeError | undefined) => void;
