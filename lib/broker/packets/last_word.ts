/**
 * What a client of MQTT 5 hears before its connection ends: DISCONNECT, section 3.14, or CONNACK where it has not been
 * let in. Invariants: what leaves is within the client's maximum packet size [MQTT-3.1.2-24]; the reason string is the
 * log's sentence, where the client wants to hear it [MQTT-3.2.2-19] [MQTT-3.14.2-3], and no secret of the house; a code
 * that the packet has no room for becomes the nearest one.
 */
import { type CloseReason, ReasonCode, returnCodeOf } from "../../wire/codes.ts";
import { encodePacket } from "../../wire/codec.ts";
import { isPeerFault } from "../../wire/errors.ts";
import type { Properties } from "../../wire/properties.ts";
import { hasReasonCode } from "../../wire/v5/reason_codes.ts";
import type { Client } from "../client.ts";
import { saysLevel5 } from "./opening.ts";

/** From this code on something has gone wrong; what ends well needs no word. */
const FIRST_ERROR = 0x80;
/** The longest text that surely fits in a property: three bytes are the most that a character of a string takes. */
const LONGEST_TEXT = 21_845;

const REFUSED = { type: "connack", sessionPresent: false } as const;
const R = ReasonCode;

/** What DISCONNECT says for a code that it does not have. */
const FOR_DISCONNECT: ReadonlyMap<ReasonCode, ReasonCode> = new Map<ReasonCode, ReasonCode>([
  [R.UNSUPPORTED_PROTOCOL_VERSION, R.PROTOCOL_ERROR],
  [R.CLIENT_IDENTIFIER_NOT_VALID, R.IMPLEMENTATION_SPECIFIC_ERROR],
  [R.BAD_USERNAME_OR_PASSWORD, R.NOT_AUTHORIZED],
  [R.SERVER_UNAVAILABLE, R.SERVER_BUSY],
  [R.BANNED, R.NOT_AUTHORIZED],
  [R.BAD_AUTHENTICATION_METHOD, R.NOT_AUTHORIZED],
  [R.PACKET_IDENTIFIER_IN_USE, R.PROTOCOL_ERROR],
  [R.PACKET_IDENTIFIER_NOT_FOUND, R.PROTOCOL_ERROR],
]);

/** The same of CONNACK. */
const FOR_CONNACK: ReadonlyMap<ReasonCode, ReasonCode> = new Map<ReasonCode, ReasonCode>([
  [R.SERVER_SHUTTING_DOWN, R.SERVER_UNAVAILABLE],
  [R.MAXIMUM_CONNECT_TIME, R.SERVER_UNAVAILABLE],
  [R.ADMINISTRATIVE_ACTION, R.NOT_AUTHORIZED],
  [R.TOPIC_FILTER_INVALID, R.TOPIC_NAME_INVALID],
  [R.RECEIVE_MAXIMUM_EXCEEDED, R.QUOTA_EXCEEDED],
  [R.MESSAGE_RATE_TOO_HIGH, R.QUOTA_EXCEEDED],
]);

/** The last frame for a client whose connection ends; undefined: there is none. @param error not always the peer's */
export function lastWordFor(
  client: Client,
  { code, text }: CloseReason,
  error: Error | undefined,
): Uint8Array | undefined {
  const { hears, info } = client;
  if (code === undefined || code < FIRST_ERROR || hears === "nothing") return undefined;
  const told = error === undefined || isPeerFault(error) ? text : "a fault of the broker";
  if (hears === "disconnect") {
    return info.protocolLevel === 5 ? disconnect(client, code, told) : undefined;
  }
  const isRead = client.connection.outbound.protocolLevel === 5;
  if (isRead) return refusal5(client, code, told);
  // What it takes is not known, so it gets the code alone.
  return isPeerFault(error) && hasSaidLevel5(client) ? refusal5(client, code, "") : undefined;
}

/** CONNACK that lets no one in, at the client's level; undefined: the client does not take one. */
export function refusal(
  client: Client,
  code: ReasonCode,
  told: string,
): Uint8Array | undefined {
  if (client.info.protocolLevel === 5) return refusal5(client, code, told);
  return encodePacket({ ...REFUSED, returnCode: returnCodeOf(code) });
}

function refusal5(client: Client, code: ReasonCode, told: string): Uint8Array | undefined {
  const reasonCode = nearest("connack", code);
  return fitting(
    client,
    told,
    (reason) => {
      const properties = { ...reason, ...client.authentication?.last };
      const returnCode = returnCodeOf(reasonCode);
      return encodePacket({ ...REFUSED, returnCode, reasonCode, properties }, 5);
    },
  );
}

function disconnect(client: Client, code: ReasonCode, told: string): Uint8Array | undefined {
  const reasonCode = nearest("disconnect", code);
  return fitting(
    client,
    told,
    (properties) => encodePacket({ type: "disconnect", reasonCode, properties }, 5),
  );
}

/** The frame with its reason string, or without where that is not wanted or too long. */
function fitting(
  { info, connection }: Client,
  told: string,
  encode: (properties: Properties | undefined) => Uint8Array,
): Uint8Array | undefined {
  const { maximumPacketSize } = connection.outbound;
  const isWanted = info.properties?.requestProblemInformation !== false;
  if (isWanted && told !== "" && told.length <= LONGEST_TEXT) {
    const frame = encode({ reasonString: told });
    if (frame.length <= maximumPacketSize) return frame;
  }
  const bare = encode(undefined);
  return bare.length <= maximumPacketSize ? bare : undefined;
}

function nearest(packet: "connack" | "disconnect", code: ReasonCode): ReasonCode {
  if (hasReasonCode(packet, code)) return code;
  const near = (packet === "connack" ? FOR_CONNACK : FOR_DISCONNECT).get(code);
  return near ?? R.UNSPECIFIED_ERROR;
}

/** Has it begun a CONNECT of MQTT 5, which could not be read? */
function hasSaidLevel5({ phase, info, connection }: Client): boolean {
  if (phase !== "opened") return info.protocolLevel === 5;
  return saysLevel5(connection.inbound.opening);
}
