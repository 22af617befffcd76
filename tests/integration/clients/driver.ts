/**
 * What the scenarios ask of a foreign MQTT client, whatever it is written in. Implemented by
 * mosquitto.ts (one process a command) and agent.ts (a small program that speaks JSON lines);
 * used by scenarios.ts. Invariant: every method resolves on the client's own evidence (SUBACK, the
 * last acknowledgement of a PUBLISH, a line of output), never after a guessed time.
 */
import type { QoS } from "../../../lib/wire/packets.ts";
import type { BrokerAddress } from "../../support/raw_client.ts";

/** How a client reaches the broker. */
export type Transport = "tcp" | "ws";

/** An application message; payloads of these tests are text. */
export interface Message {
  readonly topic: string;
  readonly payload: string;
  readonly qos: QoS;
  readonly retain: boolean;
}

/** How a listener connects and what it subscribes to. */
export interface ListenOptions {
  readonly clientId: string;
  readonly cleanSession: boolean;
  readonly topicFilters: readonly string[];
  /** Asked for every filter. */
  readonly qos: QoS;
  readonly will?: Message;
  /** The session has its subscriptions already: a client that can do without does not subscribe. */
  readonly resumed?: boolean;
}

/** A connected client with subscriptions. */
export interface Listener {
  /** The next message, in order of arrival. Rejects when none comes or the client has ended. */
  next(): Promise<Message>;
  /** Ends the connection with DISCONNECT. */
  leave(): Promise<void>;
  /** Ends the connection without DISCONNECT: the client's process is killed. */
  vanish(): Promise<void>;
}

/** A foreign client library or tool. */
export interface Driver {
  /** As people know it; tests are named after it. */
  readonly name: string;
  /** What the broker's listener must be. */
  readonly transport: Transport;
  /** Why it cannot be used here, or undefined when it can. */
  missing(): Promise<string | undefined>;
  /** Connects and subscribes; resolves when every filter is granted. */
  listen(broker: BrokerAddress, options: ListenOptions): Promise<Listener>;
  /** Connects, publishes in order, and disconnects once everything is acknowledged. */
  publish(broker: BrokerAddress, messages: readonly Message[]): Promise<void>;
}
