/**
 * What a connection needs of a transport. Deno.TcpConn fits as it is; TLS and WebSocket bring their own.
 */

/** A two-way stream of bytes. */
export interface ByteStream {
  /** Reads some bytes into `into`; null at the end. The buffer is untouchable until it resolves. */
  read(into: Uint8Array): Promise<number | null>;
  /** Writes some of `bytes`, which is untouchable until it resolves; answers how many. */
  write(bytes: Uint8Array): Promise<number>;
  /** Ends both directions; may throw when called twice. */
  close(): void;
}

/** Counters of one broker's traffic; every connection adds to them. */
export class Traffic {
  bytesReceived = 0;
  bytesSent = 0;
  packetsReceived = 0;
  packetsSent = 0;
  publishReceived = 0;
  publishSent = 0;
}
