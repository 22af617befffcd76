/**
 * The two ways in which bytes can be wrong. Thrown by the codec and the handlers, caught in one
 * place, the connection's loop, which logs one line and closes.
 */

/** Bytes that are no MQTT packet: lengths, reserved bits, UTF-8. */
export class MalformedPacketError extends Error {
  /** The violated statement, like `MQTT-2.2.2-2`. */
  readonly statement: string;
  constructor(message: string, statement: string) {
    super(`${message} [${statement}]`);
    this.name = "MalformedPacketError";
    this.statement = statement;
  }
}

/** A well-formed packet that is forbidden here and now. */
export class ProtocolError extends Error {
  /** The violated statement, like `MQTT-3.1.0-2`. */
  readonly statement: string;
  constructor(message: string, statement: string) {
    super(`${message} [${statement}]`);
    this.name = "ProtocolError";
    this.statement = statement;
  }
}
