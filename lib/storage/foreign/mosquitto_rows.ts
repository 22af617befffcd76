/**
 * What mosquitto keeps, as rows: the same in its own file and in its SQLite database. Invariant: times are seconds since
 * the epoch; what is absent is 0 or empty, as mosquitto has it.
 */

/** A message, once, however often it is referred to (`base_msg`). */
export interface MosquittoMessage {
  /** Rises with each message. */
  readonly id: bigint;
  /** Undefined: it is not UTF-8. */
  readonly topicName: string | undefined;
  readonly payload: Uint8Array;
  readonly qos: number;
  readonly retain: boolean;
  /** The client id; empty: the broker's own. */
  readonly source: string;
  /** As PUBLISH has them, without their length and without message expiry interval. */
  readonly properties: Uint8Array;
  /** 0: never. */
  readonly expiryTime: number;
}

/** A client whose session is kept. */
export interface MosquittoClient {
  readonly clientId: string;
  readonly username: string;
  /** Seconds; 0xFFFFFFFF: never. */
  readonly expiryInterval: number;
  /** When its session ends; 0: it was connected, or never ends. */
  readonly expiryTime: number;
  readonly lastPacketId: number;
}

/** A message on its way to or from a client. */
export interface MosquittoClientMessage {
  readonly clientId: string;
  readonly messageId: bigint;
  readonly packetId: number;
  readonly qos: number;
  readonly retain: boolean;
  readonly isIncoming: boolean;
  /** See MessageState. */
  readonly state: number;
  readonly identifiers: readonly number[];
}

/** `enum mosquitto_msg_state`, as far as the file has them; a message that comes in has others. */
export const MessageState = {
  PUBLISH_QOS0: 1,
  RESEND_PUBREL: 6,
  WAIT_FOR_PUBCOMP: 9,
  QUEUED: 11,
} as const;

/** A subscription. */
export interface MosquittoSubscription {
  readonly clientId: string;
  /** `$share/GROUP/` included. */
  readonly topicFilter: string;
  /** As SUBSCRIBE of MQTT 5 has them, section 3.8.3.1. */
  readonly options: number;
  /** 0: none. */
  readonly identifier: number;
}

/** A will; its own file has none. */
export interface MosquittoWill {
  readonly clientId: string;
  readonly topicName: string;
  readonly payload: Uint8Array;
  readonly qos: number;
  readonly retain: boolean;
  /** As PUBLISH has them, without their length. */
  readonly properties: Uint8Array;
  /** Seconds. */
  readonly delay: number;
  /** When it is to be published; 0: not yet. */
  readonly due: number;
}

/** All of it. */
export interface MosquittoRows {
  readonly messages: MosquittoMessage[];
  readonly clients: MosquittoClient[];
  readonly clientMessages: MosquittoClientMessage[];
  readonly subscriptions: MosquittoSubscription[];
  /** Ids of messages. */
  readonly retained: bigint[];
  readonly wills: MosquittoWill[];
}

/** None yet. */
export function noRows(): MosquittoRows {
  return {
    messages: [],
    clients: [],
    clientMessages: [],
    subscriptions: [],
    retained: [],
    wills: [],
  };
}
