/** The WebSocket layer over TLS: the same handshake, frames and farewell as over TCP, on a real TLS connection. */
import { assertEquals, assertRejects } from "@std/assert";
import { writeAll } from "../../../lib/io.ts";
import { HttpRefusal } from "../../../lib/net/listen/http_refusal.ts";
import { webSocketLayer } from "../../../lib/net/listen/web_socket.ts";
import type { ByteStream } from "../../../lib/net/stream.ts";
import { WebSocketStream } from "../../../lib/net/transport/ws_frames.ts";
import { ReasonCode } from "../../../lib/wire/codes.ts";
import { within } from "../../support/raw_client.ts";
import { bytes, u16, utf8 } from "../../support/raw_packets.ts";
import { serverFrame } from "../../support/raw_websocket.ts";
import { TlsPair } from "../../support/tls_pair.ts";
import { pattern } from "../../support/websocket_side.ts";

const PEER = {
  address: "192.0.2.7",
  port: 4711,
  certificate: { commonName: "d7", subject: "CN=d7" },
};
const LAYER = webSocketLayer({
  path: "/mqtt",
  origins: undefined,
  pingInterval: Infinity,
  trustedProxies: [],
});

function request(path: string): Uint8Array {
  const lines = [
    `GET ${path} HTTP/1.1`,
    "Host: x",
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version: 13",
  ];
  return utf8([...lines, "", ""].join("\r\n"));
}

/** Reads to the end, or to so many bytes. */
async function readUpTo(stream: ByteStream, length: number): Promise<Uint8Array> {
  const into = new Uint8Array(length);
  let at = 0;
  while (at < length) {
    const count = await within(stream.read(into.subarray(at)), "a read");
    if (count === null) break;
    at += count;
  }
  return into.slice(0, at);
}

async function readAnswer(stream: ByteStream): Promise<string> {
  let head = "";
  while (!head.endsWith("\r\n\r\n")) {
    head += new TextDecoder().decode(await readUpTo(stream, 1));
  }
  return head.split("\r\n")[0]!;
}

Deno.test("ws over tls: large data both ways, and the certificate stays known", async () => {
  await using pair = await TlsPair.open();
  const arriving = LAYER({ stream: pair.server, peer: PEER });
  await writeAll(pair.client, request("/mqtt"));
  const { stream: server, peer } = await arriving;
  assertEquals(peer, PEER);
  assertEquals(await readAnswer(pair.client), "HTTP/1.1 101 Switching Protocols");
  const client = new WebSocketStream(pair.client, "client", new Uint8Array(0));
  const data = pattern(1_000_000);
  for (const [from, to] of [[client, server], [server, client]] as const) {
    const [, read] = await Promise.all([writeAll(from, data), readUpTo(to, data.length)]);
    assertEquals(read, data);
  }
});

Deno.test("ws over tls: the close frame leaves before TLS ends", async () => {
  await using pair = await TlsPair.open();
  const arriving = LAYER({ stream: pair.server, peer: PEER });
  await writeAll(pair.client, request("/mqtt"));
  const { stream } = await arriving;
  await readAnswer(pair.client);
  const last = utf8("last words");
  const writing = writeAll(stream, last);
  await stream.leave!({ code: ReasonCode.SERVER_SHUTTING_DOWN, text: "the broker stops" });
  await writing;
  const expected = bytes(
    serverFrame(2, last),
    serverFrame(8, bytes(u16(1001), "the broker stops")),
  );
  assertEquals(await readUpTo(pair.client, expected.length), expected);
});

Deno.test("ws over tls: a refusal is read before TLS ends", async () => {
  await using pair = await TlsPair.open();
  const arriving = LAYER({ stream: pair.server, peer: PEER });
  arriving.catch(() => {}); // looked at below
  await writeAll(pair.client, request("/"));
  await assertRejects(() => arriving, HttpRefusal);
  pair.server.close();
  assertEquals(await readAnswer(pair.client), "HTTP/1.1 404 Not Found");
});
