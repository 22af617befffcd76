/**
 * Close frames of a WebSocket (RFC 6455, sections 5.5.1 and 7.4): what they say, and what may be said. Invariant:
 * pure; what is made here is a payload that every peer must take.
 */
import { type CloseReason, ReasonCode } from "../../wire/codes.ts";
import { LONGEST_CONTROL } from "./ws_frame.ts";

/** The codes that we send. */
export const CloseCode = {
  NORMAL: 1000,
  GOING_AWAY: 1001,
  PROTOCOL_ERROR: 1002,
  UNSUPPORTED_DATA: 1003,
  INVALID_DATA: 1007,
  POLICY_VIOLATION: 1008,
  TOO_BIG: 1009,
  INTERNAL_ERROR: 1011,
  TRY_AGAIN_LATER: 1013,
} as const;
/** One of the codes that we send. */
export type CloseCode = (typeof CloseCode)[keyof typeof CloseCode];

/** What the peer of a WebSocket must not send, and the close code that it is told. */
export class WebSocketFault extends Error {
  readonly closeCode: CloseCode;

  constructor(closeCode: CloseCode, text: string) {
    super(text);
    this.name = "WebSocketFault";
    this.closeCode = closeCode;
  }
}

/** The close codes of MQTT's reasons; all others are refusals. */
const CODES: ReadonlyMap<ReasonCode, CloseCode> = new Map<ReasonCode, CloseCode>([
  [ReasonCode.SUCCESS, CloseCode.NORMAL],
  [ReasonCode.DISCONNECT_WITH_WILL, CloseCode.NORMAL],
  [ReasonCode.SERVER_SHUTTING_DOWN, CloseCode.GOING_AWAY],
  [ReasonCode.MALFORMED_PACKET, CloseCode.PROTOCOL_ERROR],
  [ReasonCode.PROTOCOL_ERROR, CloseCode.PROTOCOL_ERROR],
  [ReasonCode.PACKET_TOO_LARGE, CloseCode.TOO_BIG],
  [ReasonCode.UNSPECIFIED_ERROR, CloseCode.INTERNAL_ERROR],
  [ReasonCode.IMPLEMENTATION_SPECIFIC_ERROR, CloseCode.INTERNAL_ERROR],
  [ReasonCode.SERVER_UNAVAILABLE, CloseCode.TRY_AGAIN_LATER],
  [ReasonCode.SERVER_BUSY, CloseCode.TRY_AGAIN_LATER],
]);

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder("utf-8", { fatal: true });
const CODE_SIZE = 2;

/** What a close frame says of MQTT's reason; undefined: the connection is lost, and nothing can be said. */
export function farewellFor({ code, text }: CloseReason): Uint8Array | undefined {
  if (code === undefined) return undefined;
  return closePayload(CODES.get(code) ?? CloseCode.POLICY_VIOLATION, text);
}

/** A close frame's payload; what of the text has no room is left out, never a part of a character. */
export function closePayload(code: CloseCode, text: string): Uint8Array {
  const payload = new Uint8Array(LONGEST_CONTROL);
  const { written } = ENCODER.encodeInto(text, payload.subarray(CODE_SIZE));
  payload[0] = code >> 8;
  payload[1] = code & 0xff;
  return payload.subarray(0, CODE_SIZE + written);
}

/** What answers a close frame of the peer: its own code. Throws WebSocketFault for a payload that it must not have. */
export function closeAnswer(payload: Uint8Array): Uint8Array {
  if (payload.length === 0) return payload;
  const code = payload.length < CODE_SIZE ? 0 : payload[0]! << 8 | payload[1]!;
  if (!mayBeSent(code)) {
    throw new WebSocketFault(
      CloseCode.PROTOCOL_ERROR,
      payload.length < CODE_SIZE
        ? "a WebSocket close frame with half a code"
        : `a WebSocket close frame with code ${code}`,
    );
  }
  try {
    DECODER.decode(payload.subarray(CODE_SIZE));
  } catch {
    throw new WebSocketFault(
      CloseCode.INVALID_DATA,
      "a WebSocket close frame whose reason is no UTF-8",
    );
  }
  return payload.subarray(0, CODE_SIZE);
}

/** Section 7.4, and the registry that it begins: 1004 to 1006 and 1015 are never sent. */
function mayBeSent(code: number): boolean {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
    (code >= 3000 && code <= 4999);
}
