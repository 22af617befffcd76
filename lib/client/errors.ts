/**
 * The one error class of the client. Thrown by every method of Client, told apart by `code`. Invariant:
 * whatever goes wrong on the way to the broker, or in what the broker sends, becomes one of these; an
 * aborted call rejects with its signal's own reason instead.
 */
import type { ReturnCode } from "../wire/packets.ts";

/**
 * What went wrong:
 * - `unreachable`: no connection could be made (network, TLS, WebSocket, no CONNACK in time)
 * - `refused`: CONNACK refused; `returnCode` says why
 * - `lost`: the connection ended and the client does not, or no longer, reconnect
 * - `timeout`: the broker did not answer a packet within ack_timeout
 * - `protocol`: the broker sent what MQTT forbids, or an answer to nothing; the client is closed
 * - `subscribe-refused`: SUBACK refused the filters in `topicFilters`
 * - `queue-full`: more waits to be sent than max_queued_messages or max_queued_bytes allow
 * - `session-lost`: a QoS 2 message was under way when the broker forgot the session: it may or may not
 *   have arrived, and sending it again could deliver it twice
 * - `closed`: the client was closed, or has not been connected
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
  | "closed";

/** More about an error, where its code has more. */
export interface ClientErrorDetails extends ErrorOptions {
  returnCode?: ReturnCode;
  topicFilters?: readonly string[];
}

/** An operation of the client failed. The message is one line for people. */
export class ClientError extends Error {
  /** What happened, for programs. */
  readonly code: ClientErrorCode;
  /** Of a `refused` CONNECT. */
  readonly returnCode: ReturnCode | undefined;
  /** Those refused in a `subscribe-refused` SUBSCRIBE. */
  readonly topicFilters: readonly string[] | undefined;

  /** `message` is one line for people. */
  constructor(code: ClientErrorCode, message: string, details: ClientErrorDetails = {}) {
    super(message, details);
    this.name = "ClientError";
    this.code = code;
    this.returnCode = details.returnCode;
    this.topicFilters = details.topicFilters;
  }
}

const REFUSALS: Readonly<Record<number, string>> = {
  1: "unacceptable protocol version",
  2: "client id rejected",
  3: "server unavailable",
  4: "bad username or password",
  5: "not authorized",
};

/** The error of a CONNACK with this return code, section 3.2.2.3. */
export function refusal(returnCode: ReturnCode): ClientError {
  const why = REFUSALS[returnCode] ?? "for no known reason";
  const message = `the broker refused the connection: ${why} (return code ${returnCode})`;
  return new ClientError("refused", message, { returnCode });
}
