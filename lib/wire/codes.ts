/**
 * Why something is refused, closed or dropped, as a value: MQTT 5's reason codes (MQTT 5.0, section 2.4), and what
 * MQTT 3.1.1 makes of each. Logs, hooks and counters read the same value that a packet will carry.
 */
import type { ReturnCode } from "./packets.ts";

/** The reason codes of MQTT 5.0, section 2.4. Code 0 has three names there; here it has that of most packets. */
export const ReasonCode = {
  SUCCESS: 0x00,
  GRANTED_QOS_1: 0x01,
  GRANTED_QOS_2: 0x02,
  DISCONNECT_WITH_WILL: 0x04,
  NO_MATCHING_SUBSCRIBERS: 0x10,
  NO_SUBSCRIPTION_EXISTED: 0x11,
  CONTINUE_AUTHENTICATION: 0x18,
  REAUTHENTICATE: 0x19,
  UNSPECIFIED_ERROR: 0x80,
  MALFORMED_PACKET: 0x81,
  PROTOCOL_ERROR: 0x82,
  IMPLEMENTATION_SPECIFIC_ERROR: 0x83,
  UNSUPPORTED_PROTOCOL_VERSION: 0x84,
  CLIENT_IDENTIFIER_NOT_VALID: 0x85,
  BAD_USERNAME_OR_PASSWORD: 0x86,
  NOT_AUTHORIZED: 0x87,
  SERVER_UNAVAILABLE: 0x88,
  SERVER_BUSY: 0x89,
  BANNED: 0x8a,
  SERVER_SHUTTING_DOWN: 0x8b,
  BAD_AUTHENTICATION_METHOD: 0x8c,
  KEEP_ALIVE_TIMEOUT: 0x8d,
  SESSION_TAKEN_OVER: 0x8e,
  TOPIC_FILTER_INVALID: 0x8f,
  TOPIC_NAME_INVALID: 0x90,
  PACKET_IDENTIFIER_IN_USE: 0x91,
  PACKET_IDENTIFIER_NOT_FOUND: 0x92,
  RECEIVE_MAXIMUM_EXCEEDED: 0x93,
  TOPIC_ALIAS_INVALID: 0x94,
  PACKET_TOO_LARGE: 0x95,
  MESSAGE_RATE_TOO_HIGH: 0x96,
  QUOTA_EXCEEDED: 0x97,
  ADMINISTRATIVE_ACTION: 0x98,
  PAYLOAD_FORMAT_INVALID: 0x99,
  RETAIN_NOT_SUPPORTED: 0x9a,
  QOS_NOT_SUPPORTED: 0x9b,
  USE_ANOTHER_SERVER: 0x9c,
  SERVER_MOVED: 0x9d,
  SHARED_SUBSCRIPTIONS_NOT_SUPPORTED: 0x9e,
  CONNECTION_RATE_EXCEEDED: 0x9f,
  MAXIMUM_CONNECT_TIME: 0xa0,
  SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED: 0xa1,
  WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED: 0xa2,
} as const;
/** One of the reason codes of MQTT 5.0. */
export type ReasonCode = (typeof ReasonCode)[keyof typeof ReasonCode];

/** Why a connection ends, a CONNECT is refused, a message is dropped. */
export interface CloseReason {
  /** Undefined: the network connection was lost, so that no packet can carry a code. */
  readonly code: ReasonCode | undefined;
  /** For people, one line; the log and MQTT 5's reason string have the same. */
  readonly text: string;
}

/** A reason whose code a packet can carry. */
export interface CodedReason extends CloseReason {
  /** What the packet says. */
  readonly code: ReasonCode;
}

const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(ReasonCode).map(([key, code]) => [code, key.toLowerCase().replaceAll("_", " ")]),
);

/** A code's name in lower case, `not authorized`; `connection lost` where there is none. */
export function reasonName(code: ReasonCode | undefined): string {
  if (code === undefined) return "connection lost";
  return NAMES.get(code) ?? `reason code ${code}`;
}

/** What CONNACK of MQTT 3.1.1 says in place of a reason code (section 3.2.2.3); what it has no word for is 3. */
const RETURN_CODES: ReadonlyMap<ReasonCode, ReturnCode> = new Map([
  [ReasonCode.SUCCESS, 0],
  [ReasonCode.UNSUPPORTED_PROTOCOL_VERSION, 1],
  [ReasonCode.CLIENT_IDENTIFIER_NOT_VALID, 2],
  [ReasonCode.BAD_USERNAME_OR_PASSWORD, 4],
  [ReasonCode.NOT_AUTHORIZED, 5],
  [ReasonCode.BANNED, 5],
  [ReasonCode.BAD_AUTHENTICATION_METHOD, 5],
]);

/** MQTT 3.1.1's return code for a refused CONNECT. */
export function returnCodeOf(code: ReasonCode): ReturnCode {
  return RETURN_CODES.get(code) ?? 3;
}

const REASON_CODES: Readonly<Record<ReturnCode, ReasonCode>> = {
  0: ReasonCode.SUCCESS,
  1: ReasonCode.UNSUPPORTED_PROTOCOL_VERSION,
  2: ReasonCode.CLIENT_IDENTIFIER_NOT_VALID,
  3: ReasonCode.SERVER_UNAVAILABLE,
  4: ReasonCode.BAD_USERNAME_OR_PASSWORD,
  5: ReasonCode.NOT_AUTHORIZED,
};

/** The reason code that a return code of MQTT 3.1.1 stands for. */
export function reasonCodeOf(returnCode: ReturnCode): ReasonCode {
  return REASON_CODES[returnCode];
}
