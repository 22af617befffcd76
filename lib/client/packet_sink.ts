/** Where what the client sends leaves. Invariant: nothing here waits. */

/** Where packets leave: the write side of the present connection. */
export interface PacketSink {
  /** Bytes that are not yet with the operating system. */
  readonly backlog: number;
  /** Sends a whole frame; it is copied. */
  push(frame: Uint8Array): void;
  /** Sends a QoS 0 PUBLISH made of its parts; they are copied. */
  pushMessage(header: number, topic: Uint8Array, payload: Uint8Array): void;
  /** Sends a packet of four bytes: type and packet id. */
  pushAck(header: number, packetId: number): void;
}
