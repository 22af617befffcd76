/** What a connection needs of a transport, and what is known of the other end. Deno.TcpConn is a ByteStream as it is. */
import type { CloseReason } from "../wire/codes.ts";
import type { LatencyMeter } from "./latency.ts";

/** A two-way stream of bytes. */
export interface ByteStream {
  /** Reads some bytes into `into`; null at the end. The buffer is untouchable until it resolves. */
  read(into: Uint8Array): Promise<number | null>;
  /** Writes some of `bytes`, which is untouchable until it resolves; answers how many. */
  write(bytes: Uint8Array): Promise<number>;
  /** Ends both directions; may throw when called twice. */
  close(): void;
  /** Ends what is written, where the transport can do so alone. */
  closeWrite?(): Promise<void>;
  /** Where less is read than came (frames have heads): did the last read take all the room that it had? */
  readonly isFull?: boolean;
  /** Ends both directions as the transport's peers are told of it, within a moment; never rejects. Absent: `close`. */
  leave?(reason: CloseReason): Promise<void>;
  /** Asked every now and then, at this time of the monotonic clock: keeps open what is closed where it is idle. */
  keepOpen?(now: number): void;
}

/** Ends a stream in its best way; never throws. A promise where that takes a moment. */
export function leave(stream: ByteStream, reason: CloseReason): Promise<void> | undefined {
  if (stream.leave !== undefined) return stream.leave(reason);
  try {
    stream.close();
  } catch {
    // The peer's end of the connection closed it first.
  }
  return undefined;
}

/** What is known of a peer's certificate, where TLS asked for one and checked it. */
export interface PeerCertificate {
  /** CN of its subject, `%C`; empty where there is none, more than one, or one with control characters. */
  readonly commonName: string;
  /** As EMQ X's `%d` has it: `CN=d7,O=Org`, the last part first, escaped by RFC 4514. Empty: there is none. */
  readonly subject: string;
  /** Of its subjectAltName, in order. */
  readonly emails?: readonly string[] | undefined;
  /** Of its subjectAltName, in order. */
  readonly dnsNames?: readonly string[] | undefined;
  /** Of its subjectAltName, in order. */
  readonly uris?: readonly string[] | undefined;
}

/** Who is at the other end of a stream. */
export interface Peer {
  /** Without port: `192.0.2.7`, `2001:db8::1`; empty where there is none. */
  readonly address: string;
  /** 0 where there is none. */
  readonly port: number;
  readonly certificate?: PeerCertificate | undefined;
}

/** Counters of one broker's traffic; every connection adds to them. */
export class Traffic {
  bytesReceived = 0;
  bytesSent = 0;
  packetsReceived = 0;
  packetsSent = 0;
  publishReceived = 0;
  publishSent = 0;
  /** Payloads of these. */
  payloadBytesReceived = 0;
  payloadBytesSent = 0;
  /** Undefined: no one wants to know how long messages take. */
  latency: LatencyMeter | undefined = undefined;
}
