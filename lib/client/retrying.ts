/**
 * Whether a client may hope that the next attempt ends otherwise than the last. Pure. Invariant: what the broker has
 * refused for good is not asked for again and again.
 */
import { ReasonCode } from "../wire/codes.ts";
import type { ClientError } from "./errors.ts";

const SERVER_UNAVAILABLE = 3;

/** Refusals of CONNECT by MQTT 5 that pass. */
const PASSING_REFUSALS: ReadonlySet<number> = new Set([
  ReasonCode.SERVER_UNAVAILABLE,
  ReasonCode.SERVER_BUSY,
  ReasonCode.QUOTA_EXCEEDED,
  ReasonCode.CONNECTION_RATE_EXCEEDED,
]);

/**
 * Reasons of a DISCONNECT behind which the client may come back. Not among them: what would happen again (a packet that
 * is too large, not authorized), another client with the same id, another server.
 */
const PASSING_DISCONNECTS: ReadonlySet<number> = new Set([
  ReasonCode.SUCCESS,
  ReasonCode.UNSPECIFIED_ERROR,
  ReasonCode.IMPLEMENTATION_SPECIFIC_ERROR,
  ReasonCode.SERVER_UNAVAILABLE,
  ReasonCode.SERVER_BUSY,
  ReasonCode.SERVER_SHUTTING_DOWN,
  ReasonCode.KEEP_ALIVE_TIMEOUT,
  ReasonCode.MESSAGE_RATE_TOO_HIGH,
  ReasonCode.QUOTA_EXCEEDED,
  ReasonCode.ADMINISTRATIVE_ACTION,
  ReasonCode.CONNECTION_RATE_EXCEEDED,
  ReasonCode.MAXIMUM_CONNECT_TIME,
]);

/** May another attempt help? */
export function isWorthRetrying({ code, returnCode, reasonCode }: ClientError): boolean {
  switch (code) {
    case "refused":
      return reasonCode === undefined
        ? returnCode === SERVER_UNAVAILABLE
        : PASSING_REFUSALS.has(reasonCode);
    case "disconnected":
      return PASSING_DISCONNECTS.has(reasonCode ?? 0);
    default:
      return code !== "protocol" && code !== "authentication";
  }
}
