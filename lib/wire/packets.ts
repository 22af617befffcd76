/**
 * The packets of MQTT 3.1.1 as plain objects. Produced by decode.ts, consumed by encode.ts, the
 * broker and the client. Invariant: a packet is data only; it knows nothing of sockets or sessions.
 *
 * Byte fields (`payload`, `password`, ...) of a *decoded* packet are borrowed views into the read
 * buffer, valid until the next read. Whoever keeps one copies it.
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
  topicName: string;
  payload: Uint8Array;
  qos: QoS;
  retain: boolean;
}

/** CONNECT, section 3.1. */
export interface ConnectPacket {
  type: "connect";
  protocolLevel: ProtocolLevel;
  clientId: string;
  cleanSession: boolean;
  /** Seconds; 0 turns keep-alive off. */
  keepAlive: number;
  will?: Will | undefined;
  username?: string | undefined;
  password?: Uint8Array | undefined;
}

/** CONNACK, section 3.2. */
export interface ConnackPacket {
  type: "connack";
  sessionPresent: boolean;
  returnCode: ReturnCode;
}

/** PUBLISH, section 3.3. `packetId` is 0 at QoS 0. */
export interface PublishPacket {
  type: "publish";
  topicName: string;
  payload: Uint8Array;
  qos: QoS;
  retain: boolean;
  dup: boolean;
  packetId: number;
}

/** PUBACK, PUBREC, PUBREL, PUBCOMP and UNSUBACK: a packet id and nothing else. */
export interface AckPacket {
  type: "puback" | "pubrec" | "pubrel" | "pubcomp" | "unsuback";
  packetId: number;
}

/** One topic filter of a SUBSCRIBE with the QoS asked for. */
export interface SubscriptionRequest {
  topicFilter: string;
  qos: QoS;
}

/** SUBSCRIBE, section 3.8. */
export interface SubscribePacket {
  type: "subscribe";
  packetId: number;
  subscriptions: SubscriptionRequest[];
}

/** SUBACK, section 3.9: granted QoS or 0x80 for each filter, in order. */
export interface SubackPacket {
  type: "suback";
  packetId: number;
  returnCodes: number[];
}

/** UNSUBSCRIBE, section 3.10. */
export interface UnsubscribePacket {
  type: "unsubscribe";
  packetId: number;
  topicFilters: string[];
}

/** PINGREQ, PINGRESP and DISCONNECT: the fixed header alone. */
export interface BarePacket {
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
