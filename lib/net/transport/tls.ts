/**
 * TLS to the broker, for mqtts and wss. Called by transport.ts and websocket.ts. Through node:tls, since Deno's
 * own client has no server name beside a client certificate, no way to check nothing, and leaves the socket
 * of a handshake open that was given up. Invariant: certificates are read for each connection, so that
 * renewed ones are used.
 */
import { connect, type ConnectionOptions, type TLSSocket } from "node:tls";
import type { TlsConfig } from "../../client/config_types.ts";
import { UserError } from "../../user_error.ts";
import { whyUnreadable } from "../../text_file.ts";
import { join } from "../../config/paths.ts";
import type { ByteStream } from "../stream.ts";
import { ChunkSource } from "./chunk_source.ts";
import { abandonable } from "./tcp.ts";
import type { DialConfig } from "./dial.ts";

/** Opens a TLS connection; rejects with what the system or the certificates say, or the signal's reason. */
export async function dialTls(config: DialConfig, signal: AbortSignal): Promise<ByteStream> {
  const { endpoint, tls } = config;
  const options = await optionsOf(tls);
  signal.throwIfAborted();
  const socket = connect({ host: endpoint.hostname, port: endpoint.port, ...options });
  socket.setNoDelay(true);
  const stream = new TlsStream(socket);
  try {
    return await abandonable(stream.opened, signal);
  } catch (error) {
    stream.close();
    throw error;
  }
}

async function optionsOf(tls: TlsConfig): Promise<ConnectionOptions> {
  const authorities = await readAuthorities(tls);
  const { certfile, keyfile, serverName, checkHostname, verifyCert } = tls;
  return {
    ...(authorities.length > 0 ? { ca: authorities } : {}),
    ...(certfile === undefined ? {} : { cert: await readPem(certfile) }),
    ...(keyfile === undefined ? {} : { key: await readPem(keyfile) }),
    ...(serverName === undefined ? {} : { servername: serverName }),
    ...(checkHostname ? {} : { checkServerIdentity: () => undefined }),
    rejectUnauthorized: verifyCert,
  };
}

/** PEM texts. */
async function readAuthorities({ cafile, capath, cadata }: TlsConfig): Promise<string[]> {
  return [
    ...(cadata === undefined ? [] : [cadata]),
    ...(cafile === undefined ? [] : [await readPem(cafile)]),
    ...(capath === undefined ? [] : await readFolder(capath)),
  ];
}

/** A socket of node:tls as ByteStream. */
class TlsStream implements ByteStream {
  /** Resolves when the handshake is done. */
  readonly opened: Promise<TlsStream>;
  readonly #socket: TLSSocket;
  readonly #source: ChunkSource;
  /** What ended the socket; a write only hears that it has ended. */
  #failure: Error | undefined;

  constructor(socket: TLSSocket) {
    this.#socket = socket;
    this.#source = new ChunkSource(socket);
    socket.on("data", (chunk: Uint8Array) => this.#source.push(chunk));
    socket.on("end", () => this.#source.end());
    this.opened = new Promise((resolve, reject) => {
      socket.once("secureConnect", () => resolve(this));
      socket.on("error", (error) => {
        this.#failure ??= error;
        this.#source.end(error);
        reject(error);
      });
      socket.on("close", () => {
        this.#source.end();
        reject(new Error("closed during the TLS handshake"));
      });
    });
    this.opened.catch(() => {}); // whoever opens it hears of it
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
    throw new UserError(`${path}: ${whyUnreadable(cause)}`, { cause });
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
    if (cause instanceof UserError) throw cause;
    throw new UserError(`${path}: ${whyUnreadable(cause)}`, { cause });
  }
  return texts;
}
