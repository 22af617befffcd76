/**
 * The packets of MQTT 3.1, 3.1.1 and 5 as plain objects, one type for all versions: what a version does not have is
 * absent. Invariant: a packet is data only; it knows nothing of sockets or sessions.
 *
 * Byte fields (`payload`, `password`, ...) of a *decoded* packet are borrowed views into the read buffer, valid until
 * the next read. To keep one, copy it.
 */

import type { ReasonCode } from "./codes.ts";
import type { Properties } from "./properties.ts";

/** Quality of service level. */
export type QoS = 0 | 1 | 2;

/** Protocol level in CONNECT: 3 is MQTT 3.1 (`MQIsdp`), 4 is MQTT 3.1.1, 5 is MQTT 5 (both `MQTT`). */
export type ProtocolLevel = 3 | 4 | 5;

/** What a subscription of MQTT 5 does with the retained messages there are: 0 sends them, 1 if it is new, 2 does not. */
export type RetainHandling = 0 | 1 | 2;

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
  AUTH: 15,
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
  /** MQTT 5: the will delay, and what its PUBLISH carries; byte fields of a decoded CONNECT: borrowed. */
  properties?: Properties | undefined;
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
  /** The session begins anew; before MQTT 5, which calls it Clean Start, it also ends with the connection. */
  cleanSession: boolean;
  /** Seconds; 0 turns keep-alive off. */
  keepAlive: number;
  /** Absent: nothing is published for the client. */
  will?: Will | undefined;
  /** Absent: the User Name Flag is 0. */
  username?: string | undefined;
  /** Bytes, not text; borrowed. */
  password?: Uint8Array | undefined;
  /** MQTT 5. */
  properties?: Properties | undefined;
}

/** CONNACK, section 3.2. */
export interface ConnackPacket {
  /** Tells it from the other packets. */
  type: "connack";
  /** The broker goes on with a session that it has kept. */
  sessionPresent: boolean;
  /** 0: accepted. Of MQTT 5: what 3.1.1 makes of `reasonCode`. */
  returnCode: ReturnCode;
  /** MQTT 5. */
  reasonCode?: ReasonCode | undefined;
  /** MQTT 5. */
  properties?: Properties | undefined;
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
  /** MQTT 5. `topicName` is empty where a topic alias stands for it. */
  properties?: Properties | undefined;
}

/** PUBACK, PUBREC, PUBREL and PUBCOMP, sections 3.4 to 3.7. */
export interface AckPacket {
  /** Which of the four. */
  type: "puback" | "pubrec" | "pubrel" | "pubcomp";
  /** Of the packet that is acknowledged. */
  packetId: number;
  /** MQTT 5; absent: 0. */
  reasonCode?: ReasonCode | undefined;
  /** MQTT 5. */
  properties?: Properties | undefined;
}

/** One topic filter of a SUBSCRIBE with the QoS asked for. */
export interface SubscriptionRequest {
  /** As the client wrote it, `$share/GROUP/` included. */
  topicFilter: string;
  /** The highest QoS that the client wants. */
  qos: QoS;
  /** MQTT 5: the client's own messages do not come back to it. */
  noLocal?: boolean | undefined;
  /** MQTT 5: live messages keep the RETAIN flag of their publisher. */
  retainAsPublished?: boolean | undefined;
  /** MQTT 5; absent: 0. */
  retainHandling?: RetainHandling | undefined;
}

/** SUBSCRIBE, section 3.8. */
export interface SubscribePacket {
  /** Tells it from the other packets. */
  type: "subscribe";
  /** 1 to 65,535; SUBACK repeats it. */
  packetId: number;
  /** At least one, in order. */
  subscriptions: SubscriptionRequest[];
  /** MQTT 5. */
  properties?: Properties | undefined;
}

/** SUBACK, section 3.9: granted QoS or what refuses it for each filter, in order. */
export interface SubackPacket {
  /** Tells it from the other packets. */
  type: "suback";
  /** That of the SUBSCRIBE. */
  packetId: number;
  /** One per filter: the granted QoS, or 0x80; of MQTT 5 any reason code of a refusal. */
  returnCodes: number[];
  /** MQTT 5. */
  properties?: Properties | undefined;
}

/** UNSUBSCRIBE, section 3.10. */
export interface UnsubscribePacket {
  /** Tells it from the other packets. */
  type: "unsubscribe";
  /** 1 to 65,535; UNSUBACK repeats it. */
  packetId: number;
  /** At least one, as they were subscribed to. */
  topicFilters: string[];
  /** MQTT 5. */
  properties?: Properties | undefined;
}

/** UNSUBACK, section 3.11. */
export interface UnsubackPacket {
  /** Tells it from the other packets. */
  type: "unsuback";
  /** That of the UNSUBSCRIBE. */
  packetId: number;
  /** MQTT 5: one per filter, in order. */
  reasonCodes?: ReasonCode[] | undefined;
  /** MQTT 5. */
  properties?: Properties | undefined;
}

/** PINGREQ and PINGRESP: the fixed header alone. */
export interface BarePacket {
  /** Which of the two. */
  type: "pingreq" | "pingresp";
}

/** DISCONNECT, section 3.14; before MQTT 5 the fixed header alone. */
export interface DisconnectPacket {
  /** Tells it from the other packets. */
  type: "disconnect";
  /** MQTT 5; absent: 0. */
  reasonCode?: ReasonCode | undefined;
  /** MQTT 5. */
  properties?: Properties | undefined;
}

/** AUTH of MQTT 5, section 3.15. */
export interface AuthPacket {
  /** Tells it from the other packets. */
  type: "auth";
  /** 0, 0x18 or 0x19. */
  reasonCode: ReasonCode;
  /** Method and data. */
  properties?: Properties | undefined;
}

/** Any control packet. */
export type Packet =
  | ConnectPacket
  | ConnackPacket
  | PublishPacket
  | AckPacket
  | SubscribePacket
  | SubackPacket
  | UnsubscribePacket
  | UnsubackPacket
  | BarePacket
  | DisconnectPacket
  | AuthPacket;
