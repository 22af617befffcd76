/** Advice by the reason code of MQTT 5, where a reason has no words of its own. */
import { ReasonCode } from "../../wire/codes.ts";
import { DENIED, LOGIN_DENIED, STANDARD } from "./advice_shared.ts";

const R = ReasonCode;

/** By reason code, where the reason has no words of its own. */
export const BY_CODE: ReadonlyMap<ReasonCode, string> = new Map<ReasonCode, string>([
  [R.SUCCESS, "Nothing: the client has said goodbye."],
  [R.DISCONNECT_WITH_WILL, "Nothing: the client has said goodbye, and wanted its will published."],
  [
    R.UNSPECIFIED_ERROR,
    "The broker's log has a line with the cause; report it where it is a fault of Midge.",
  ],
  [
    R.MALFORMED_PACKET,
    "What came is no MQTT packet: check that the client speaks MQTT on this port, and update its library.",
  ],
  [R.PROTOCOL_ERROR, STANDARD],
  [R.IMPLEMENTATION_SPECIFIC_ERROR, "See the reason: the client has said it."],
  [
    R.UNSUPPORTED_PROTOCOL_VERSION,
    "The client speaks another version of MQTT: set it to 3.1.1 or 5.",
  ],
  [R.CLIENT_IDENTIFIER_NOT_VALID, "Give the client another client id."],
  [R.BAD_USERNAME_OR_PASSWORD, LOGIN_DENIED],
  [R.NOT_AUTHORIZED, DENIED.publish],
  [
    R.SERVER_UNAVAILABLE,
    "A source of decisions could not answer: `midge ctl acl sources` has its server's state and last error.",
  ],
  [R.SERVER_BUSY, "The broker is at a limit: `midge ctl status` says at which."],
  [R.BANNED, "`midge ctl ban list` says until when and why; `midge ctl ban remove` ends it."],
  [R.SERVER_SHUTTING_DOWN, "Nothing: the client connects again when the broker runs."],
  [
    R.BAD_AUTHENTICATION_METHOD,
    "Let the client use a method that a source of this broker has, or a username and password.",
  ],
  [R.KEEP_ALIVE_TIMEOUT, "Look at the client's network, or raise its keep-alive."],
  [R.SESSION_TAKEN_OVER, "Two clients use this client id: give each its own."],
  [R.TOPIC_FILTER_INVALID, "Correct the topic filter in the client."],
  [R.TOPIC_NAME_INVALID, "Correct the topic name in the client."],
  [
    R.RECEIVE_MAXIMUM_EXCEEDED,
    "The client sends more at once than it was told to: update its library, or raise receive_maximum.",
  ],
  [
    R.TOPIC_ALIAS_INVALID,
    "The client uses topic aliases that it may not: update its library, or raise topic_alias_maximum.",
  ],
  [
    R.PACKET_TOO_LARGE,
    "Send smaller packets, or raise max_packet_size (before the login: max_connect_size).",
  ],
  [R.MESSAGE_RATE_TOO_HIGH, "Let the client send less often."],
  [R.QUOTA_EXCEEDED, "A limit is reached: the reason names its key."],
  [R.ADMINISTRATIVE_ACTION, "An administrator has done it; the log says who."],
  [
    R.PAYLOAD_FORMAT_INVALID,
    "The publisher says that the payload is text, and it is no UTF-8: correct it there.",
  ],
  [R.RETAIN_NOT_SUPPORTED, "Let the client not set RETAIN, or set retain_available: true."],
  [R.QOS_NOT_SUPPORTED, "Let the client use a lower QoS, or raise max_qos."],
  [
    R.SHARED_SUBSCRIPTIONS_NOT_SUPPORTED,
    "Let the client use no $share filters, or set shared_subscriptions: true.",
  ],
  [R.CONNECTION_RATE_EXCEEDED, "A client reconnects in a loop: read its own log."],
  [
    R.MAXIMUM_CONNECT_TIME,
    "What connects sends no CONNECT in time: check the client's protocol and network.",
  ],
  [
    R.SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED,
    "Let the client use no subscription identifiers, or set subscription_identifiers: true.",
  ],
  [
    R.WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED,
    "Let the client use filters without + and #, or set wildcard_subscriptions: true.",
  ],
]);
