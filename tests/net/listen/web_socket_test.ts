/** The WebSocket layer on a byte stream: the handshake's answers, what is behind it, who it says is there. */
import { assertEquals, assertRejects } from "@std/assert";
import { parseNetwork } from "../../../lib/cidr.ts";
import { HttpRefusal } from "../../../lib/net/listen/http_refusal.ts";
import { webSocketLayer, type WebSocketOptions } from "../../../lib/net/listen/web_socket.ts";
import type { Peer } from "../../../lib/net/stream.ts";
import { FakeStream } from "../../support/fake_stream.ts";
import { bytes, hex, utf8 } from "../../support/raw_packets.ts";
import { frame, Opcode } from "../../support/raw_websocket.ts";
import { turn } from "../../support/until.ts";

const PEER: Peer = { address: "127.0.0.1", port: 4711 };
const ANY: WebSocketOptions = {
  path: undefined,
  origins: undefined,
  pingInterval: Infinity,
  trustedProxies: [],
};
/** The standard's own example, section 1.3. */
const REQUEST = [
  "GET /mqtt HTTP/1.1",
  "Host: server.example.com",
  "Upgrade: websocket",
  "Connection: Upgrade",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  "Sec-WebSocket-Version: 13",
];
const ANSWER = [
  "HTTP/1.1 101 Switching Protocols",
  "Upgrade: websocket",
  "Connection: Upgrade",
  "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
];

function request(...more: string[]): Uint8Array {
  return utf8([...REQUEST, ...more, "", ""].join("\r\n"));
}

function open(options: Partial<WebSocketOptions>, ...parts: Uint8Array[]) {
  const stream = new FakeStream();
  stream.give(...parts);
  const arrived = webSocketLayer({ ...ANY, ...options })({ stream, peer: PEER });
  return { stream, arrived, said: () => new TextDecoder().decode(Uint8Array.from(stream.written)) };
}

Deno.test("ws layer: the standard's own handshake, with and without a subprotocol", async () => {
  const plain = open({}, request());
  assertEquals((await plain.arrived).peer, PEER);
  assertEquals(plain.said(), [...ANSWER, "", ""].join("\r\n"));
  for (const name of ["mqtt", "mqttv3.1"]) {
    const named = open({}, request(`Sec-WebSocket-Protocol: chat, ${name}`));
    await named.arrived;
    assertEquals(named.said(), [...ANSWER, `Sec-WebSocket-Protocol: ${name}`, "", ""].join("\r\n"));
  }
});

Deno.test("ws layer: no extension is agreed to", async () => {
  const it = open({}, request("Sec-WebSocket-Extensions: permessage-deflate"));
  await it.arrived;
  assertEquals(it.said(), [...ANSWER, "", ""].join("\r\n"));
});

Deno.test("ws layer: what comes behind the head is the first frame", async () => {
  const first = frame(Opcode.BINARY, utf8("hello"));
  for (let at = 0; at <= first.length; at++) {
    const it = open({}, bytes(request(), first.slice(0, at)), first.slice(at));
    const { stream, rest } = await it.arrived;
    assertEquals(rest, undefined);
    const into = new Uint8Array(100);
    let said = "";
    while (said.length < 5) {
      said += new TextDecoder().decode(into.subarray(0, (await stream.read(into))!));
    }
    assertEquals(said, "hello");
  }
});

Deno.test("ws layer: bytes that another layer has read are the beginning", async () => {
  const stream = new FakeStream();
  const rest = bytes(request(), frame(Opcode.BINARY, utf8("hello")));
  const arrived = await webSocketLayer(ANY)({ stream, peer: PEER, rest });
  const into = new Uint8Array(100);
  assertEquals(await arrived.stream.read(into), 5);
});

Deno.test("ws layer: a refusal is answered, and is why there is no connection", async () => {
  const cases: [data: Uint8Array, options: Partial<WebSocketOptions>, status: string][] = [
    [utf8("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), {}, "426 Upgrade Required"],
    [utf8("POST / HTTP/1.1\r\nHost: x\r\n\r\n"), {}, "405 Method Not Allowed"],
    [utf8("nonsense\r\n\r\n"), {}, "400 Bad Request"],
    [utf8("x".repeat(9000)), {}, "431 Request Header Fields Too Large"],
    [request(), { path: "/other" }, "404 Not Found"],
    [
      request("Origin: https://evil.example"),
      { origins: ["https://good.example"] },
      "403 Forbidden",
    ],
    [hex("10 0e 00 04 4d 51 54 54"), {}, "400 Bad Request"],
    [hex("16 03 01"), {}, "400 Bad Request"],
  ];
  for (const [data, options, status] of cases) {
    const it = open(options, data);
    const refusal = await assertRejects(() => it.arrived, HttpRefusal);
    assertEquals(it.said().split("\r\n")[0], `HTTP/1.1 ${status}`);
    assertEquals(it.said().endsWith(`\r\n\r\n${refusal.message}\n`), true);
    assertEquals(refusal.message.includes("\n"), false);
  }
});

Deno.test("ws layer: a refusal is one also where the peer has gone", async () => {
  const stream = new FakeStream();
  stream.failWrites(new Error("gone"));
  stream.give(utf8("nonsense\r\n\r\n"));
  await assertRejects(() => webSocketLayer(ANY)({ stream, peer: PEER }), HttpRefusal);
});

Deno.test("ws layer: closing the stream below ends a handshake", async () => {
  const it = open({}, utf8("GET / HT"));
  await turn();
  it.stream.close();
  await assertRejects(() => it.arrived, Deno.errors.BadResource);
});

Deno.test("ws layer: X-Forwarded-For of a trusted proxy only", async () => {
  const forwarded = request("X-Forwarded-For: 192.0.2.7");
  const trusted = open({ trustedProxies: [parseNetwork("127.0.0.0/8")!] }, forwarded);
  assertEquals((await trusted.arrived).peer, { address: "192.0.2.7", port: 0 });
  const stranger = open({ trustedProxies: [parseNetwork("10.0.0.0/8")!] }, forwarded);
  assertEquals((await stranger.arrived).peer, PEER);
});
