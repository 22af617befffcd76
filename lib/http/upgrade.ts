/**
 * A request that becomes an MQTT connection: the WebSocket handshake of a page (RFC 6455; MQTT 3.1.1, section 6).
 * Invariant: what is no proper upgrade to MQTT is refused, and stays HTTP.
 */
import { BufferPool } from "../net/buffer_pool.ts";
import type { RequestHead } from "../net/listen/http_head.ts";
import { HttpRefusal } from "../net/listen/http_refusal.ts";
import { answerTo } from "../net/listen/web_socket.ts";
import { judgeUpgrade } from "../net/listen/web_socket_request.ts";
import type { ByteStream } from "../net/stream.ts";
import { WebSocketStream } from "../net/transport/ws_frames.ts";

/** Proxies close what is idle; milliseconds. */
const PING_INTERVAL_MS = 30_000;
const ANY = { path: undefined, origins: undefined };
const SERVICES = { pool: new BufferPool(), pingInterval: PING_INTERVAL_MS };

/** The bytes that agree to an upgrade; rejects with an HttpRefusal for what is none. */
export async function agreeToUpgrade(head: RequestHead): Promise<Uint8Array> {
  const upgrade = judgeUpgrade(head, ANY);
  if (upgrade.subprotocol !== undefined) return await answerTo(upgrade);
  throw new HttpRefusal(400, "expected the WebSocket subprotocol mqtt [MQTT-6.0.0-3]");
}

/** What the connection is behind the handshake. @param rest bytes that came with it */
export function webSocketOver(stream: ByteStream, rest: Uint8Array): ByteStream {
  return new WebSocketStream(stream, "server", rest, SERVICES);
}
