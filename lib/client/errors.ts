/**
 * The one error class of the client. Thrown by every method of Client, told apart by `code`. Invariant:
 * whatever goes wrong on the way to the broker, or in what the broker sends, becomes one of these; an
 * aborted call rejects with its signal's own reason instead.
 */
import { shown } from "../shown.ts";
import { type ReasonCode, reasonName } from "../wire/codes.ts";
import type { ConnackPacket, DisconnectPacket, ReturnCode } from "../wire/packets.ts";
import type { Properties, UserProperty } from "../wire/properties.ts";

/**
 * What went wrong:
 * - `unreachable`: no connection could be made (network, TLS, WebSocket, no CONNACK in time)
 * - `refused`: CONNACK refused; `returnCode` says why, and `reasonCode` where MQTT 5 is spoken
 * - `lost`: the connection ended and the client does not, or no longer, reconnect
 * - `timeout`: the broker did not answer a packet within ack_timeout
 * - `protocol`: the broker sent what MQTT forbids, or an answer to nothing; the client is closed
 * - `subscribe-refused`: SUBACK refused the filters in `topicFilters`
 * - `queue-full`: more waits to be sent than max_queued_messages or max_queued_bytes allow
 * - `session-lost`: a QoS 2 message was under way when the broker forgot the session: it may or may not
 *   have arrived, and sending it again could deliver it twice
 * - `closed`: the client was closed, or has not been connected
 *
 * With MQTT 5, most with a `reasonCode`:
 * - `disconnected`: the broker sent DISCONNECT and the client does not, or no longer, reconnect
 * - `publish-refused`: PUBACK or PUBREC refused the message, or a request has no one who could answer it (0x10)
 * - `unsubscribe-refused`: UNSUBACK refused the filters in `topicFilters`
 * - `too-large`: the packet is larger than the broker takes; nothing was sent
 * - `unsupported`: the broker has said that it does not do this, or it needs MQTT 5; nothing was sent
 * - `expired`: the message's expiry interval was over before it could be sent
 * - `authentication`: the enhanced authentication failed on this side
 */
export type ClientErrorCode =
  | "unreachable"
  | "refused"
  | "lost"
  | "timeout"
  | "protocol"
  | "subscribe-refused"
  | "queue-full"
  | "session-lost"
  | "closed"
  | "disconnected"
  | "publish-refused"
  | "unsubscribe-refused"
  | "too-large"
  | "unsupported"
  | "expired"
  | "authentication";

/** More about an error, where its code has more. */
export interface ClientErrorDetails extends ErrorOptions {
  returnCode?: ReturnCode;
  topicFilters?: readonly string[];
  reasonCode?: ReasonCode;
  reasonCodes?: readonly ReasonCode[];
  /** What the packet said besides. */
  properties?: Properties | undefined;
}

/** An operation of the client failed. The message is one line for people. */
export class ClientError extends Error {
  /** What happened, for programs. */
  readonly code: ClientErrorCode;
  /** Of a `refused` CONNECT. */
  readonly returnCode: ReturnCode | undefined;
  /** Those refused in a `subscribe-refused` SUBSCRIBE or an `unsubscribe-refused` UNSUBSCRIBE. */
  readonly topicFilters: readonly string[] | undefined;
  /** MQTT 5's reason code, such as 0x87 (not authorized), where there is one. */
  readonly reasonCode: ReasonCode | undefined;
  /** One for each of `topicFilters`, where MQTT 5 is spoken. */
  readonly reasonCodes: readonly ReasonCode[] | undefined;
  /** What the broker said for people. */
  readonly reasonString: string | undefined;
  /** The server to use instead: with 0x9C for now, with 0x9D for good. */
  readonly serverReference: string | undefined;
  /** Of the packet that the error stands for, in order. */
  readonly userProperties: readonly UserProperty[];

  /** `message` is one line for people. */
  constructor(code: ClientErrorCode, message: string, details: ClientErrorDetails = {}) {
    super(message, details);
    this.name = "ClientError";
    this.code = code;
    this.returnCode = details.returnCode;
    this.topicFilters = details.topicFilters;
    this.reasonCode = details.reasonCode;
    this.reasonCodes = details.reasonCodes;
    this.reasonString = details.properties?.reasonString;
    this.serverReference = details.properties?.serverReference;
    this.userProperties = details.properties?.userProperties ?? [];
  }
}

const REFUSALS: Readonly<Record<number, string>> = {
  1: "unacceptable protocol version",
  2: "client id rejected",
  3: "server unavailable",
  4: "bad username or password",
  5: "not authorized",
};

/** The error of a CONNACK that does not let in, section 3.2.2.3; of MQTT 5, 3.2.2.2. */
export function refusal({ returnCode, reasonCode, properties }: ConnackPacket): ClientError {
  if (reasonCode === undefined) {
    const why = REFUSALS[returnCode] ?? "for no known reason";
    const message = `the broker refused the connection: ${why} (return code ${returnCode})`;
    return new ClientError("refused", message, { returnCode });
  }
  const message = `the broker refused the connection: ${saidBy(reasonCode, properties)}`;
  return new ClientError("refused", message, { returnCode, reasonCode, properties });
}

/** The error of a connection that the broker ended with DISCONNECT. */
export function disconnected({ reasonCode = 0, properties }: DisconnectPacket): ClientError {
  const message = `the broker disconnected the client: ${saidBy(reasonCode, properties)}`;
  return new ClientError("disconnected", message, { reasonCode, properties });
}

/** `not authorized (0x87): the broker's own words; use other.example`. */
export function saidBy(reasonCode: ReasonCode, properties: Properties | undefined): string {
  const { reasonString, serverReference } = properties ?? {};
  const code = reasonCode.toString(16).toUpperCase().padStart(2, "0");
  const words = reasonString === undefined ? "" : `: ${inLine(reasonString)}`;
  const instead = serverReference === undefined
    ? ""
    : `; it says to use ${inLine(serverReference)}`;
  return `${reasonName(reasonCode)} (0x${code})${words}${instead}`;
}

/** A message is one line. */
function inLine(text: string): string {
  return shown(text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, " "));
}
