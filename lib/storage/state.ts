/**
 * What is stored, as values: what a journal comes to, what an export says, what an import gives. Invariants: times are
 * milliseconds of the store's own time, which `time` is the present of; a message has a higher `order` than any older
 * one; entries are in the order in which they are to be sent (again).
 */
import type { Message } from "../session/message.ts";
import type { SubscriptionOptions } from "../session/subscription.ts";
import type { MessageProperties } from "../wire/message_properties.ts";
import type { ProtocolLevel, QoS } from "../wire/packets.ts";

/** What is kept of a client: what rules ask about while it is away. */
export interface StoredClient {
  readonly clientId: string;
  readonly username: string | undefined;
  readonly protocolLevel: ProtocolLevel;
  readonly isBridge: boolean;
  readonly cleanSession: boolean;
  readonly superuser: boolean;
  /** See ClientInfo. */
  readonly isProven: boolean;
  readonly isNamedByCertificate: boolean;
  readonly address: string;
  readonly port: number;
  readonly listener: string;
  readonly transport: string;
  readonly certificate: StoredCertificate | undefined;
}

/** What is kept of its certificate. */
export interface StoredCertificate {
  readonly commonName: string;
  readonly subject: string;
}

/** A message of one session: it waits, or is under way. */
export interface StoredEntry {
  readonly message: Message;
  readonly qos: QoS;
  readonly retain: boolean;
  readonly identifiers: readonly number[] | undefined;
  /** The shared subscription that it is for, `$share/GROUP/FILTER`; undefined: none. */
  readonly group: string | undefined;
  /** 0: it waits. */
  readonly packetId: number;
  /** PUBREC has come. */
  readonly released: boolean;
}

/** A session. */
export interface StoredSession {
  readonly client: StoredClient;
  /** Milliseconds; Infinity: it never ends; 0: it was to end with its connection. */
  expiryInterval: number;
  /** When its last connection ended; undefined: one is there. */
  detachedAt: number | undefined;
  /** The packet id that was given last to a message; 0: none. */
  lastPacketId: number;
  readonly subscriptions: Map<string, SubscriptionOptions>;
  /** Packet ids of QoS 2 messages that came from the client and await PUBREL. */
  readonly received: Set<number>;
  /** By a number of their own. */
  readonly entries: Map<number, StoredEntry>;
}

/** The will of a client that is connected, or gone with a will that is delayed. */
export interface StoredWill {
  readonly client: StoredClient;
  readonly topicName: string;
  readonly payload: Uint8Array;
  readonly qos: QoS;
  readonly retain: boolean;
  /** Will delay interval, milliseconds. */
  readonly delay: number;
  readonly properties: MessageProperties | undefined;
  /** When it is to be published; undefined: its client is connected. */
  due: number | undefined;
}

/** All of a store. */
export interface StoredState {
  /** By client id. */
  readonly sessions: Map<string, StoredSession>;
  /** By topic name. */
  readonly retained: Map<string, Message>;
  /** By client id. */
  readonly wills: Map<string, StoredWill>;
  /** The present. */
  time: number;
  /** That of the newest message. */
  lastOrder: number;
}

/** Nothing yet. */
export function emptyState(): StoredState {
  return { sessions: new Map(), retained: new Map(), wills: new Map(), time: 0, lastOrder: 0 };
}

/** All messages that a state refers to; some come several times. */
export function* messagesOf({ sessions, retained }: StoredState): Generator<Message> {
  yield* retained.values();
  for (const { entries } of sessions.values()) {
    for (const { message } of entries.values()) yield message;
  }
}
