/**
 * What the broker needs of a listener, whatever its transport. Opening one binds its address, `run` accepts, `close`
 * ends both. Invariant: no error of a single peer ends a listener; a handshake costs no one else time.
 */
import type { ListenerConfig } from "../../config/types.ts";
import type { ByteStream, Peer } from "../stream.ts";

/** A connection whose bytes can be read. */
export interface Arrived {
  readonly stream: ByteStream;
  readonly peer: Peer;
  /** Bytes that came with the handshake, and are read before all others. */
  readonly rest?: Uint8Array | undefined;
}

/** A connection as it came in. */
export interface Incoming {
  /** As far as it is known: a header of the PROXY protocol tells more while the handshakes are under way. */
  readonly peer: Peer;
  /** Closing it ends a handshake too; it is the connection itself where there is no handshake. */
  readonly stream: ByteStream;
  /**
   * Settles when the handshakes (PROXY protocol, TLS, WebSocket) have ended: with the connection as it is then, or
   * with why there is none. Undefined: bytes can be read at once.
   */
  readonly handshake?: Promise<Arrived> | undefined;
}

/** A certificate that a listener shows, for people. */
export interface ShownCertificate {
  /** Its file. */
  readonly file: string;
  /** Its first name, or its subject. */
  readonly title: string;
  /** Of servers, as they stand in it. */
  readonly names: readonly string[];
  /** Milliseconds since 1970: until when it is valid. */
  readonly notAfter: number;
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
  /** What it shows now; absent: nothing. */
  readonly certificates?: readonly ShownCertificate[];
  /**
   * From now on new connections are taken as this configuration says, whose address and transport are the same; files
   * are read again. Absent: nothing of it concerns the listener.
   * @returns a line for each problem (`KEY: FILE: WHAT`): all that was there before holds then
   */
  update?(config: ListenerConfig): Promise<readonly string[]>;
}
