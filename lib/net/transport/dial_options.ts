/**
 * What opening a stream to a broker takes: an address, certificates, headers. Invariant: nothing here depends on who
 * dials, or on how that was configured.
 */

/** Where a broker listens. */
export interface BrokerAddress {
  /** For messages: scheme, host and port, or path; never a password. */
  readonly name: string;
  /** Of its URI. */
  readonly scheme: "mqtt" | "mqtts" | "ws" | "wss" | "unix";
  /** Empty for a Unix socket. */
  readonly hostname: string;
  /** 0 for a Unix socket. */
  readonly port: number;
  /** Of a Unix socket, or of a WebSocket's URL with its query. */
  readonly path: string;
}

/** Certificates by their files, and what is checked of the broker's; paths are absolute. */
export interface TlsFiles {
  /** Authorities in place of the system's: a PEM file, a folder of PEM files, PEM text. */
  readonly cafile: string | undefined;
  /** A folder of PEM files. */
  readonly capath: string | undefined;
  /** PEM text. */
  readonly cadata: string | undefined;
  /** The client's own certificate and key, PEM files. */
  readonly certfile: string | undefined;
  /** Its key, PEM. */
  readonly keyfile: string | undefined;
  /** The name that the broker's certificate must have, where it is not the host's; also sent as SNI. */
  readonly serverName: string | undefined;
  /** Is the name in the certificate checked? */
  readonly checkHostname: boolean;
  /** Is the certificate checked at all? */
  readonly verifyCert: boolean;
}

/** All that a dial needs. */
export interface DialOptions {
  readonly address: BrokerAddress;
  readonly tls: TlsFiles;
  /** Of the WebSocket handshake. */
  readonly headers: Readonly<Record<string, string>>;
}
