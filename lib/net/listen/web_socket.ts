/**
 * MQTT over WebSocket as a layer: the server's opening handshake (RFC 6455, section 4.2) on any byte stream, and then
 * its frames. Own code and not the runtime's: Deno's WebSocket cannot stop reading, and its HTTP server has no bounds
 * that a flood of connections would need. Invariants: a refusal is a whole HTTP answer before the end; how long a
 * handshake takes is the concern of who waits for it.
 */
import type { Network } from "../../cidr.ts";
import { writeAll } from "../../io.ts";
import { BufferPool } from "../buffer_pool.ts";
import { acceptOf } from "../transport/ws_accept.ts";
import { type WebSocketServices, WebSocketStream } from "../transport/ws_frames.ts";
import { forwardedPeer } from "./forwarded_for.ts";
import { readRequest } from "./http_head.ts";
import { HttpRefusal } from "./http_refusal.ts";
import type { Layer } from "./layered.ts";
import type { Arrived } from "./listener.ts";
import { judgeUpgrade, type Upgrade, type WebSocketRules } from "./web_socket_request.ts";

/** How a listener speaks WebSocket. */
export interface WebSocketOptions {
  /** The path that is asked for, without a query; undefined: any. */
  readonly path: string | undefined;
  /** Of pages that may connect, as normalizedOrigin gives them; undefined: any. */
  readonly origins: readonly string[] | undefined;
  /** Milliseconds, see WebSocketServices. */
  readonly pingInterval: number;
  /** Whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly Network[];
}

const ENCODER = new TextEncoder();

/** The layer; all connections of a listener share one. */
export function webSocketLayer(options: WebSocketOptions): Layer {
  const rules = { path: options.path, origins: options.origins && new Set(options.origins) };
  const services = { pool: new BufferPool(), pingInterval: options.pingInterval };
  return async (below) => {
    try {
      return await shakeHands(below, rules, services, options.trustedProxies);
    } catch (cause) {
      // The refusal is what counts, also to a peer that has gone meanwhile.
      if (cause instanceof HttpRefusal) await writeAll(below.stream, cause.bytes).catch(() => {});
      throw cause;
    }
  };
}

async function shakeHands(
  { stream, peer, rest: early }: Arrived,
  rules: WebSocketRules,
  services: WebSocketServices,
  trustedProxies: readonly Network[],
): Promise<Arrived> {
  const { head, rest } = await readRequest(stream, early);
  const upgrade = judgeUpgrade(head, rules);
  await writeAll(stream, await answerTo(upgrade));
  return {
    stream: new WebSocketStream(stream, "server", rest, services),
    peer: forwardedPeer(peer, head.headers.get("x-forwarded-for") ?? [], trustedProxies),
  };
}

/**
 * The answer to an opening handshake that was judged. Extensions are not agreed to: compressing costs memory per
 * connection, and MQTT's packets are short.
 */
export async function answerTo({ key, subprotocol }: Upgrade): Promise<Uint8Array> {
  const lines = [
    "HTTP/1.1 101 Switching Protocols",
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Accept: ${await acceptOf(key)}`,
  ];
  if (subprotocol !== undefined) lines.push(`Sec-WebSocket-Protocol: ${subprotocol}`);
  return ENCODER.encode(`${lines.join("\r\n")}\r\n\r\n`);
}
