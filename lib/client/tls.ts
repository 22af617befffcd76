/**
 * TLS to the broker. Called by transport.ts and websocket.ts. Deno's own TLS serves; node:tls where it has no
 * way to say what is asked: another server name together with a client certificate, or no check at all.
 * Invariant: certificates are read for each connection, so that renewed ones are used.
 */
import type { ConnectionOptions, TLSSocket } from "node:tls";
import type { TlsConfig } from "../config/client_types.ts";
import { ConfigError } from "../config/error.ts";
import { whyUnreadable } from "../config/load.ts";
import { join } from "../config/paths.ts";
import type { ByteStream } from "../net/stream.ts";
import { ChunkSource } from "./chunk_source.ts";
import { abandonable } from "./tcp.ts";
import type { DialConfig } from "./transport.ts";

/** PEM texts. */
export interface TlsMaterial {
  /** Authorities that the user has named. */
  readonly authorities: string[];
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

/** Reads the files; throws ConfigError for one that cannot be read. */
export async function readMaterial(tls: TlsConfig): Promise<TlsMaterial> {
  const authorities: string[] = [];
  if (tls.cadata !== undefined) authorities.push(tls.cadata);
  if (tls.cafile !== undefined) authorities.push(await readPem(tls.cafile));
  if (tls.capath !== undefined) authorities.push(...await readFolder(tls.capath));
  return {
    authorities,
    cert: tls.certfile === undefined ? undefined : await readPem(tls.certfile),
    key: tls.keyfile === undefined ? undefined : await readPem(tls.keyfile),
  };
}

/** Opens a TLS connection. */
export async function dialTls(config: DialConfig, signal: AbortSignal): Promise<ByteStream> {
  const { tls, endpoint } = config;
  const material = await readMaterial(tls);
  if (tls.serverName !== undefined || !tls.verifyCert) {
    return await dialNode(config, material, signal);
  }
  const { authorities, cert, key } = material;
  const opening = Deno.connectTls({
    hostname: endpoint.hostname,
    port: endpoint.port,
    caCerts: authorities,
    unsafelyDisableHostnameVerification: !tls.checkHostname,
    ...(cert !== undefined && key !== undefined ? { cert, key } : {}),
  });
  return await abandonable(opening, signal);
}

/**
 * The options that node:tls, node:https and ws understand. Own authorities stand in place of the system's
 * here: to read those takes a permission (sys) that nothing else in a client needs.
 */
export function nodeTlsOptions(tls: TlsConfig, material: TlsMaterial): ConnectionOptions {
  const { authorities, cert, key } = material;
  return {
    ...(authorities.length > 0 ? { ca: authorities } : {}),
    ...(cert !== undefined && key !== undefined ? { cert, key } : {}),
    ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
    ...(tls.checkHostname ? {} : { checkServerIdentity: () => undefined }),
    rejectUnauthorized: tls.verifyCert,
  };
}

async function dialNode(
  { endpoint, tls }: DialConfig,
  material: TlsMaterial,
  signal: AbortSignal,
): Promise<ByteStream> {
  const { connect } = await import("node:tls");
  const options = nodeTlsOptions(tls, material);
  const socket = connect({ host: endpoint.hostname, port: endpoint.port, ...options });
  const stream = new NodeStream(socket);
  const opening = new Promise<NodeStream>((resolve, reject) => {
    socket.once("secureConnect", () => resolve(stream));
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("closed during the TLS handshake")));
  });
  try {
    return await abandonable(opening, signal);
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** A socket of node:tls as ByteStream. */
class NodeStream implements ByteStream {
  readonly #socket: TLSSocket;
  readonly #source: ChunkSource;
  /** What ended the socket; a write only hears that it has ended. */
  #failure: Error | undefined;

  constructor(socket: TLSSocket) {
    this.#socket = socket;
    this.#source = new ChunkSource(socket);
    socket.on("data", (chunk: Uint8Array) => this.#source.push(chunk));
    socket.on("error", (error) => {
      this.#failure ??= error;
      this.#source.end(error);
    });
    socket.on("close", () => this.#source.end());
    socket.on("end", () => this.#source.end());
  }

  read(into: Uint8Array): Promise<number | null> {
    return this.#source.read(into);
  }

  write(bytes: Uint8Array): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#socket.write(bytes, (error) => {
        if (error) reject(this.#failure ?? error);
        else resolve(bytes.length);
      });
    });
  }

  close(): void {
    this.#socket.destroy();
    this.#source.end();
  }
}

async function readPem(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (cause) {
    throw new ConfigError([`${path}: ${whyUnreadable(cause)}`], { cause });
  }
}

/** All certificates of a folder, as OpenSSL's capath has them: `*.pem`, `*.crt`, `HASH.N`. */
async function readFolder(path: string): Promise<string[]> {
  const texts: string[] = [];
  try {
    for await (const { name, isDirectory } of Deno.readDir(path)) {
      if (isDirectory || !/\.(?:pem|crt|cer|\d+)$/.test(name)) continue;
      texts.push(await readPem(join(path, name)));
    }
  } catch (cause) {
    if (cause instanceof ConfigError) throw cause;
    throw new ConfigError([`${path}: ${whyUnreadable(cause)}`], { cause });
  }
  return texts;
}
