/**
 * MQTT over WebSocket, chapter 6: the client's opening handshake (RFC 6455, section 4) over TCP or TLS. Own code and
 * not a library's, since a client needs what none gives on every Deno: to stop reading, headers, authorities, a client
 * certificate, a server name. Invariant: subprotocol `mqtt` [MQTT-6.0.0-3]; a server that does not agree to everything
 * is left.
 */
import { timingSafeEqual } from "@std/crypto/timing-safe-equal";
import { encodeBase64 } from "../../encoding.ts";
import type { ByteStream } from "../stream.ts";
import { dialBrokerTls } from "./broker_tls.ts";
import type { BrokerAddress, DialOptions } from "./dial_options.ts";
import { dialTcp } from "./tcp.ts";
import { acceptOf } from "./ws_accept.ts";
import { WebSocketStream } from "./ws_frames.ts";
import { writeAll } from "../../io.ts";

/** npm's copy has no types. No secret: a reader of the handshake can compute the answer. */
const haveSameBytes: (a: Uint8Array, b: Uint8Array) => boolean = timingSafeEqual;

const SUBPROTOCOL = "mqtt";
const LONGEST_ANSWER = 16_384;
const DEFAULT_PORTS: Readonly<Record<string, number>> = { ws: 80, wss: 443 };
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const ENCODER = new TextEncoder();
const DECODER = new TextDecoder("latin1");

/** Opens a WebSocket. */
export async function dialWebSocket(
  options: DialOptions,
  signal: AbortSignal,
): Promise<ByteStream> {
  const { address, headers } = options;
  const key = encodeBase64(crypto.getRandomValues(new Uint8Array(16)));
  const request = requestOf(address, headers, key);
  const stream = address.scheme === "wss"
    ? await dialBrokerTls(options, signal)
    : await dialTcp(address.hostname, address.port, signal);
  const close = once(() => stream.close());
  signal.addEventListener("abort", close, { once: true });
  try {
    signal.throwIfAborted();
    await writeAll(stream, request);
    const { head, rest } = await readAnswer(stream);
    await checkAnswer(head, key);
    return new WebSocketStream(stream, "client", rest);
  } catch (error) {
    close();
    throw signal.aborted ? signal.reason : error;
  } finally {
    signal.removeEventListener("abort", close);
  }
}

function requestOf(
  { scheme, hostname, port, path }: BrokerAddress,
  headers: Readonly<Record<string, string>>,
  key: string,
): Uint8Array {
  const host = hostname.includes(":") ? `[${hostname}]` : hostname;
  const lines = [
    `GET ${path} HTTP/1.1`,
    `Host: ${host}${port === DEFAULT_PORTS[scheme] ? "" : `:${port}`}`,
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Key: ${key}`,
    "Sec-WebSocket-Version: 13",
    `Sec-WebSocket-Protocol: ${SUBPROTOCOL}`,
  ];
  for (const [name, value] of Object.entries(headers)) {
    if (!HEADER_NAME.test(name) || /[\r\n\0]/.test(value)) {
      throw new Error(`header ${JSON.stringify(name)} cannot be sent`);
    }
    lines.push(`${name}: ${value}`);
  }
  return ENCODER.encode(`${lines.join("\r\n")}\r\n\r\n`);
}

/** The head of the answer, and what came behind it. */
async function readAnswer(stream: ByteStream): Promise<{ head: string; rest: Uint8Array }> {
  const buffer = new Uint8Array(LONGEST_ANSWER);
  for (let length = 0; length < buffer.length;) {
    const count = await stream.read(buffer.subarray(length));
    if (count === null) throw new Error("the server closed the connection during the handshake");
    length += count;
    const head = DECODER.decode(buffer.subarray(0, length));
    const end = head.indexOf("\r\n\r\n");
    if (end >= 0) return { head: head.slice(0, end), rest: buffer.slice(end + 4, length) };
  }
  throw new Error("the server's answer to the handshake is too long");
}

async function checkAnswer(head: string, key: string): Promise<void> {
  const [status = "", ...lines] = head.split("\r\n");
  const code = /^HTTP\/1\.1 (\d{3})(?: (.*))?$/.exec(status);
  if (code === null) throw new Error("the server does not speak HTTP");
  if (code[1] !== "101") {
    throw new Error(`the server answered ${code.slice(1).join(" ").trim()} and no WebSocket`);
  }
  const headers = new Map(lines.map((line) => {
    const [name = "", ...value] = line.split(":");
    return [name.trim().toLowerCase(), value.join(":").trim()];
  }));
  const isUpgrade = headers.get("upgrade")?.toLowerCase() === "websocket" &&
    /(^|,)\s*upgrade\s*(,|$)/i.test(headers.get("connection") ?? "");
  const isAccepted = isSameText(headers.get("sec-websocket-accept") ?? "", await acceptOf(key));
  if (!isUpgrade || !isAccepted) {
    throw new Error("the server's answer to the WebSocket handshake is wrong");
  }
  if (headers.get("sec-websocket-protocol") === SUBPROTOCOL) return;
  throw new Error("the server does not offer the WebSocket subprotocol mqtt [MQTT-6.0.0-3]");
}

/** The library refuses to compare other lengths. */
function isSameText(a: string, b: string): boolean {
  const [one, other] = [ENCODER.encode(a), ENCODER.encode(b)];
  return one.length === other.length && haveSameBytes(one, other);
}

function once(action: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) action();
    isDone = true;
  };
}
