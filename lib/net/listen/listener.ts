/**
 * What the broker needs of a listener, whatever its transport. Opening one binds its address, `run` accepts, `close`
 * ends both. Invariant: no error of a single peer ends a listener; a handshake costs no one else time.
 */
import type { ByteStream, Peer } from "../stream.ts";

/** A connection as it came in. */
export interface Incoming {
  /** As far as it is known before a handshake. */
  readonly peer: Peer;
  /** Closing it ends a handshake too. */
  readonly stream: ByteStream;
  /**
   * Settles when the transport's handshake (TLS, WebSocket) has ended: with what is known of the peer then, or with
   * why there is no connection. Undefined: bytes can be read at once.
   */
  readonly handshake?: Promise<Peer> | undefined;
}

/** An open address. */
export interface Listener {
  /** For people, as bound: `127.0.0.1:1883`, `[::1]:1883`, a path. */
  readonly address: string;
  /** The bound port, also where 0 was asked for; 0 where there is none. */
  readonly port: number;
  /**
   * Accepts until closed; never rejects.
   * @param failed called once for each run of failures, for the log
   */
  run(accept: (incoming: Incoming) => void, failed: (cause: unknown) => void): Promise<void>;
  /** Accepts no longer; connections that came in stay. Does nothing the second time. */
  close(): void;
}
