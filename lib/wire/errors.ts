/**
 * What can be wrong with bytes from a peer. Invariant: caught in one place, the connection's loop, which logs one
 * line and closes; each error is the reason for that close, code and text.
 */
import { type CodedReason, ReasonCode } from "./codes.ts";

const STATEMENT = /\[(MQTT-[\d.]+-\d+)\]$/;

/** The parts that both kinds have. */
abstract class PacketError extends Error implements CodedReason {
  /** The violated statement, like `MQTT-2.2.2-2`, or its section. */
  statement: string;
  readonly code: ReasonCode;

  /** @param message may end with the statement that it knows best, which then counts */
  constructor(message: string, statement: string, code: ReasonCode) {
    const known = STATEMENT.exec(message)?.[1];
    super(known === undefined ? `${message} [${statement}]` : message);
    this.statement = known ?? statement;
    this.code = code;
  }

  get text(): string {
    return this.message;
  }
}

/** Bytes that are no MQTT packet: lengths, reserved bits, UTF-8. */
export class MalformedPacketError extends PacketError {
  override readonly name = "MalformedPacketError";

  constructor(message: string, statement: string) {
    super(message, statement, ReasonCode.MALFORMED_PACKET);
  }
}

/** A well-formed packet that is forbidden here and now. */
export class ProtocolError extends PacketError {
  override readonly name: string = "ProtocolError";

  constructor(
    message: string,
    statement: string,
    code: ReasonCode = ReasonCode.PROTOCOL_ERROR,
  ) {
    super(message, statement, code);
  }
}

/** CONNECT asks for a protocol level that is not served; MQTT 3.1.1 gives it return code 1 [MQTT-3.1.2-2]. */
export class UnsupportedProtocolLevelError extends ProtocolError {
  override readonly name = "UnsupportedProtocolLevelError";
  readonly level: number;
  /** For the log, as far as it could be read where versions have it. */
  readonly clientId: string | undefined;

  constructor(level: number, clientId: string | undefined) {
    const message = `protocol level ${level} is not supported`;
    super(message, "MQTT-3.1.2-2", ReasonCode.UNSUPPORTED_PROTOCOL_VERSION);
    this.level = level;
    this.clientId = clientId;
  }
}

/** What MQTT 5.0 calls the statements and sections that the shared parts name by their numbers in 3.1.1. */
const IN_VERSION_5: ReadonlyMap<string, string> = new Map([
  ["2.2.1", "2.1.2"],
  ["2.2.3", "2.1.4"],
  ["MQTT-1.5.3-1", "MQTT-1.5.4-1"],
  ["MQTT-1.5.3-2", "MQTT-1.5.4-2"],
  ["MQTT-2.2.2-2", "MQTT-2.1.3-1"],
  ["MQTT-2.3.1-1", "MQTT-2.2.1-3"],
]);

/** The same error, if it is one of a peer, with the statement's number in MQTT 5.0; again changes nothing. */
export function inVersion5<T>(error: T): T {
  if (!(error instanceof PacketError)) return error;
  const known = IN_VERSION_5.get(error.statement);
  if (known === undefined) return error;
  error.message = error.message.replace(`[${error.statement}]`, `[${known}]`);
  error.statement = known;
  return error;
}

/** Is this what a peer did wrong, and not a fault of our own? */
export function isPeerFault(error: unknown): error is MalformedPacketError | ProtocolError {
  return error instanceof PacketError;
}
