/**
 * The packets of MQTT 3.1.1 as plain objects. Invariant: a packet is data only; it knows nothing of sockets or
 * sessions.
 *
 * Byte fields (`payload`, `password`, ...) of a *decoded* packet are borrowed views into the read buffer, valid until
 * the next read. To keep one, copy it.
 */

/** Quality of service level. */
export type QoS = 0 | 1 | 2;

/** Protocol level in CONNECT: 3 is MQTT 3.1 (`MQIsdp`), 4 is MQTT 3.1.1 (`MQTT`). */
export type ProtocolLevel = 3 | 4;

/** CONNACK return codes, section 3.2.2.3. */
export const ReturnCode = {
  ACCEPTED: 0,
  UNACCEPTABLE_PROTOCOL_VERSION: 1,
  IDENTIFIER_REJECTED: 2,
  SERVER_UNAVAILABLE: 3,
  BAD_USERNAME_OR_PASSWORD: 4,
  NOT_AUTHORIZED: 5,
} as const;
/** One of the six return codes of CONNACK. */
export type ReturnCode = (typeof ReturnCode)[keyof typeof ReturnCode];

/** SUBACK return code of a refused topic filter, section 3.9.3. */
export const SUBSCRIBE_FAILURE = 0x80;

/** The control packet types, section 2.2.1. */
export const PacketType = {
  CONNECT: 1,
  CONNACK: 2,
  PUBLISH: 3,
  PUBACK: 4,
  PUBREC: 5,
  PUBREL: 6,
  PUBCOMP: 7,
  SUBSCRIBE: 8,
  SUBACK: 9,
  UNSUBSCRIBE: 10,
  UNSUBACK: 11,
  PINGREQ: 12,
  PINGRESP: 13,
  DISCONNECT: 14,
} as const;

/** The message that the broker publishes when a connection ends without DISCONNECT. */
export interface Will {
  /** Checked as that of a PUBLISH. */
  topicName: string;
  /** Of a decoded CONNECT: borrowed. */
  payload: Uint8Array;
  /** The QoS it is published with. */
  qos: QoS;
  /** Is it published as a retained message? */
  retain: boolean;
}

/** CONNECT, section 3.1. */
export interface ConnectPacket {
  /** Tells it from the other packets. */
  type: "connect";
  /** What the client speaks. */
  protocolLevel: ProtocolLevel;
  /** It is a bridge, level 0x83 or 0x84: it gets no echo of its messages, and RETAIN as it was published. */
  isBridge?: boolean | undefined;
  /** Empty: the broker shall choose one. */
  clientId: string;
  /** The session begins anew and ends with the connection. */
  cleanSession: boolean;
  /** Seconds; 0 turns keep-alive off. */
  keepAlive: number;
  /** Absent: nothing is published for the client. */
  will?: Will | undefined;
  /** Absent: the User Name Flag is 0. */
  username?: string | undefined;
  /** Bytes, not text; borrowed. */
  password?: Uint8Array | undefined;
}

/** CONNACK, section 3.2. */
export interface ConnackPacket {
  /** Tells it from the other packets. */
  type: "connack";
  /** The broker goes on with a session that it has kept. */
  sessionPresent: boolean;
  /** 0: accepted. */
  returnCode: ReturnCode;
}

/** PUBLISH, section 3.3. `packetId` is 0 at QoS 0. */
export interface PublishPacket {
  /** Tells it from the other packets. */
  type: "publish";
  /** Without wildcards. */
  topicName: string;
  /** Of a decoded packet: borrowed. */
  payload: Uint8Array;
  /** That of this delivery. */
  qos: QoS;
  /** From a client: keep it. To a client: it was kept. */
  retain: boolean;
  /** It was sent before. */
  dup: boolean;
  /** 1 to 65,535; 0 at QoS 0. */
  packetId: number;
}

/** PUBACK, PUBREC, PUBREL, PUBCOMP and UNSUBACK: a packet id and nothing else. */
export interface AckPacket {
  /** Which of the five. */
  type: "puback" | "pubrec" | "pubrel" | "pubcomp" | "unsuback";
  /** Of the packet that is acknowledged. */
  packetId: number;
}

/** One topic filter of a SUBSCRIBE with the QoS asked for. */
export interface SubscriptionRequest {
  /** As the client wrote it, `$share/GROUP/` included. */
  topicFilter: string;
  /** The highest QoS that the client wants. */
  qos: QoS;
}

/** SUBSCRIBE, section 3.8. */
export interface SubscribePacket {
  /** Tells it from the other packets. */
  type: "subscribe";
  /** 1 to 65,535; SUBACK repeats it. */
  packetId: number;
  /** At least one, in order. */
  subscriptions: SubscriptionRequest[];
}

/** SUBACK, section 3.9: granted QoS or 0x80 for each filter, in order. */
export interface SubackPacket {
  /** Tells it from the other packets. */
  type: "suback";
  /** That of the SUBSCRIBE. */
  packetId: number;
  /** One per filter: the granted QoS, or 0x80. */
  returnCodes: number[];
}

/** UNSUBSCRIBE, section 3.10. */
export interface UnsubscribePacket {
  /** Tells it from the other packets. */
  type: "unsubscribe";
  /** 1 to 65,535; UNSUBACK repeats it. */
  packetId: number;
  /** At least one, as they were subscribed to. */
  topicFilters: string[];
}

/** PINGREQ, PINGRESP and DISCONNECT: the fixed header alone. */
export interface BarePacket {
  /** Which of the three. */
  type: "pingreq" | "pingresp" | "disconnect";
}

/** Any MQTT 3.1.1 control packet. */
export type Packet =
  | ConnectPacket
  | ConnackPacket
  | PublishPacket
  | AckPacket
  | SubscribePacket
  | SubackPacket
  | UnsubscribePacket
  | BarePacket;
