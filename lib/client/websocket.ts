/**
 * MQTT over WebSocket, chapter 6, through npm's ws: unlike Deno's WebSocket it can stop reading, and takes
 * headers, authorities and client certificates on every Deno. Called by transport.ts. Invariants: subprotocol
 * `mqtt` [MQTT-6.0.0-3]; binary frames only [MQTT-6.0.0-1], whose borders mean nothing [MQTT-6.0.0-2].
 */
// @ts-types="@types/ws"
import { WebSocket } from "ws";
import { MAX_REMAINING_LENGTH } from "../wire/frame.ts";
import type { ByteStream } from "../net/stream.ts";
import { ChunkSource } from "./chunk_source.ts";
import { nodeTlsOptions, readMaterial } from "./tls.ts";
import { abandonable, type DialConfig } from "./transport.ts";

const SUBPROTOCOL = "mqtt";
const ABNORMAL_CLOSURE = 1006;

/** Opens a WebSocket. */
export async function dialWebSocket(config: DialConfig, signal: AbortSignal): Promise<ByteStream> {
  const { endpoint, headers, tls } = config;
  const host = endpoint.hostname.includes(":") ? `[${endpoint.hostname}]` : endpoint.hostname;
  const isSecure = endpoint.scheme === "wss";
  const socket = new WebSocket(
    `${endpoint.scheme}://${host}:${endpoint.port}${endpoint.path}`,
    SUBPROTOCOL,
    {
      headers,
      perMessageDeflate: false,
      maxPayload: MAX_REMAINING_LENGTH + 5,
      ...(isSecure ? nodeTlsOptions(tls, await readMaterial(tls)) : {}),
    },
  );
  const stream = new WebSocketStream(socket);
  try {
    await abandonable(stream.opened, signal);
  } catch (error) {
    stream.close();
    throw error;
  }
  if (socket.protocol === SUBPROTOCOL) return stream;
  stream.close();
  throw new Error("the server does not offer the WebSocket subprotocol mqtt [MQTT-6.0.0-3]");
}

/** A WebSocket as ByteStream. */
class WebSocketStream implements ByteStream {
  readonly opened: Promise<WebSocketStream>;
  readonly #socket: WebSocket;
  readonly #source: ChunkSource;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    this.#source = new ChunkSource(socket);
    socket.on("message", (data: Uint8Array, isBinary: boolean) => this.#receive(data, isBinary));
    socket.on("close", (code: number) => {
      this.#source.end(code === ABNORMAL_CLOSURE ? new Error("WebSocket cut off") : undefined);
    });
    this.opened = new Promise((resolve, reject) => {
      socket.once("open", () => resolve(this));
      socket.on("error", (error: Error) => {
        reject(error);
        this.#source.end(error);
      });
    });
  }

  read(into: Uint8Array): Promise<number | null> {
    return this.#source.read(into);
  }

  write(bytes: Uint8Array): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#socket.send(bytes, (error) => error ? reject(error) : resolve(bytes.length));
    });
  }

  close(): void {
    this.#socket.terminate();
    this.#source.end();
  }

  #receive(data: Uint8Array, isBinary: boolean): void {
    if (isBinary) return this.#source.push(data);
    this.#source.end(new Error("the broker sent a text frame [MQTT-6.0.0-1]"));
    this.#socket.terminate();
  }
}
