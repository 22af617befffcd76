/** A listener of type ws of a whole broker: who comes in, what is refused, how it ends, what time does. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import type { ListenerOptions } from "../../lib/config/types.ts";
import type { BrokerOptions } from "../../mod.ts";
import { Client } from "../../mod.ts";
import { ClockedBroker } from "../support/clocked_broker.ts";
import {
  bytes,
  connack,
  connect,
  DISCONNECT,
  hex,
  PINGREQ,
  PINGRESP,
  publish,
  suback,
  subscribe,
  utf8,
} from "../support/raw_packets.ts";
import { frame, headersOf, Opcode, RawWebSocket, readHead } from "../support/raw_websocket.ts";
import { until } from "../support/until.ts";

/** A broker with a listener `web`, in the hands of a test. */
async function start(web: Partial<ListenerOptions> = {}, options: BrokerOptions = {}) {
  const listeners = {
    default: { bind: "127.0.0.1:0" },
    web: { ...web, type: "ws" as const, bind: "127.0.0.1:0" },
  };
  const it = await ClockedBroker.start({ ...options, listeners });
  const { port } = it.broker.listeners[1]!;
  const address = { hostname: "127.0.0.1", port, path: "/mqtt" };
  return {
    ...{ clock: it.clock, broker: it.broker, log: it.log, address, tcp: it },
    dial: (headers: string[] = [], path = "/mqtt") =>
      RawWebSocket.dial({ ...address, path }, "mqtt", headers),
    async open(clientId: string, keepAlive = 0) {
      const socket = await RawWebSocket.dial(address);
      await socket.send(connect({ clientId, keepAlive }));
      await socket.expect(connack(false, 0));
      return socket;
    },
    [Symbol.asyncDispose]: () => it[Symbol.asyncDispose](),
  };
}

Deno.test("ws listener: messages between WebSocket and TCP, the transport is known", async () => {
  await using it = await start();
  await using socket = await it.open("web");
  assertEquals(socket.answer.headers.get("sec-websocket-protocol"), "mqtt");
  await socket.send(subscribe(1, ["a/#", 1]));
  await socket.expect(suback(1, 1));
  const peer = await it.tcp.open("tcp");
  await peer.subscribed(["b", 0]);
  await peer.publish("a/b", "over tcp", { qos: 1 });
  await socket.expect(publish("a/b", "over tcp", { qos: 1, id: 1 }));
  await socket.send(publish("b", "over ws"));
  assertEquals((await peer.receive()).payload, "over ws");
  const views = it.broker.listeners.map(({ name, type }) => [name, type]);
  assertEquals(views, [["default", "tcp"], ["web", "ws"]]);
});

Deno.test("ws listener: all that a flush has leaves in one frame", async () => {
  await using it = await start();
  await using socket = await it.open("web");
  await socket.send(bytes(PINGREQ, PINGREQ, subscribe(1, ["x", 0]), PINGREQ));
  const answer = await socket.nextFrame();
  assertEquals(answer?.payload, bytes(PINGRESP, PINGRESP, suback(1, 0), PINGRESP));
});

Deno.test("ws listener: path and origins, and every other page is told", async () => {
  await using it = await start({ path: "/mqtt", origins: ["https://example.org"] });
  for (
    const [headers, path, status] of [
      [[], "/mqtt", 101],
      [[], "/mqtt?x=y", 101],
      [[], "/", 404],
      [["Origin: https://EXAMPLE.org:443"], "/mqtt", 101],
      [["Origin: https://evil.example"], "/mqtt", 403],
    ] as const
  ) {
    await using socket = await it.dial([...headers], path);
    assertEquals(socket.answer.status, status);
    if (status === 101) continue;
    assertEquals(socket.answer.headers.get("connection"), "close");
    const body = await socket.raw.readToEnd();
    assertEquals(body.length, Number(socket.answer.headers.get("content-length")));
  }
});

Deno.test("ws listener: a browser's visit, MQTT, TLS and a head without end get a sentence", async () => {
  await using it = await start();
  for (
    const [data, status, says] of [
      [utf8("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), "426", "this port is for MQTT over WebSocket"],
      [connect({ clientId: "lost" }), "400", "this is MQTT without WebSocket"],
      [hex("16 03 01 02 00 01 00 01 fc 03 03"), "400", "this is TLS"],
      [utf8(`GET / HTTP/1.1\r\nX: ${"x".repeat(8176)}`), "431", "more than 8192 bytes"],
    ] as const
  ) {
    const raw = await it.tcp.dial(it.address);
    await raw.sendAnyway(data);
    const head = await readHead(raw);
    assertStringIncludes(head, `HTTP/1.1 ${status} `);
    const body = await raw.take(Number(headersOf(head).get("content-length")));
    assertStringIncludes(new TextDecoder().decode(body), says);
    await raw.expectClosed();
  }
});

Deno.test("ws listener: a client behind a trusted proxy has its own address", async () => {
  await using it = await start({ trusted_proxies: ["127.0.0.1"] });
  await using socket = await it.dial(["X-Forwarded-For: 10.9.9.9, 192.0.2.7"]);
  await socket.send(connect({ clientId: "far" }));
  await socket.expect(connack(false, 0));
  assertEquals(it.broker.clients[0]?.address, "192.0.2.7");
});

Deno.test("ws listener: a head that drips is cut by connect_timeout, and no one waits for it", async () => {
  await using it = await start({}, { connect_timeout: "10s" });
  const slow = await it.tcp.dial(it.address);
  await slow.send(utf8("GET /mqtt HTTP/1.1\r\n"));
  for (let seconds = 0; seconds < 9; seconds++) {
    await slow.send(utf8("X"));
    it.clock.advance(1000);
    await using quick = await it.open(`quick ${seconds}`);
    await quick.send(PINGREQ);
    await quick.expect(PINGRESP);
  }
  it.clock.advance(1250);
  await slow.expectClosed();
  assertEquals(it.log.filter((line) => line.includes("no handshake in time (web)")).length, 1);
});

Deno.test("ws listener: a WebSocket without CONNECT is cut by the same time", async () => {
  await using it = await start({}, { connect_timeout: "10s" });
  await using socket = await it.dial();
  it.clock.advance(10_500);
  assertEquals(await socket.expectClose(), [1008, "no CONNECT in time"]);
});

Deno.test("ws listener: each end has its code and its reason", async () => {
  await using it = await start({}, { max_packet_size: "1KiB" });
  const ends: [title: string, data: Uint8Array, code: number, reason: string][] = [
    ["DISCONNECT", frame(Opcode.BINARY, DISCONNECT), 1000, "disconnect"],
    ["a malformed packet", frame(Opcode.BINARY, hex("f0 00")), 1002, ""],
    ["text", frame(Opcode.TEXT, PINGREQ), 1003, "text frame"],
    ["reserved bits", bytes(0xc2, frame(Opcode.BINARY, PINGREQ).slice(1)), 1002, "reserved bits"],
    ["2^53 bytes", hex("82 ff 00 20 00 00 00 00 00 00 01 02 03 04"), 1009, "length"],
    ["2^63 bytes", hex("82 ff 80 00 00 00 00 00 00 00 01 02 03 04"), 1002, "length"],
    ["a close", frame(Opcode.CLOSE, hex("0f a0")), 4000, ""],
    ["a close with code 1006", frame(Opcode.CLOSE, hex("03 ee")), 1002, "code 1006"],
    ["a close that is no UTF-8", frame(Opcode.CLOSE, hex("03 e8 ff")), 1007, "UTF-8"],
    ["SUBSCRIBE that is too large", frame(Opcode.BINARY, hex("82 80 10")), 1009, ""],
  ];
  for (const [title, data, code, reason] of ends) {
    await using socket = await it.open("one");
    await socket.raw.send(data);
    const [sent, said] = await socket.expectClose();
    assertEquals([sent, said.includes(reason)], [code, true], `${title}: ${sent} ${said}`);
    await until(() => it.broker.clients.length === 0, "the end");
  }
});

Deno.test("ws listener: who is taken over, silent or refused is told why", async () => {
  await using it = await start();
  await using first = await it.open("same");
  await using second = await it.open("same", 10);
  assertEquals((await first.expectClose())[0], 1008);
  it.clock.advance(15_500);
  assertEquals(await second.expectClose(), [1008, "keep-alive time-out"]);
  await using old = await it.dial();
  await old.send(connect({ clientId: "", cleanSession: false }));
  await old.expect(connack(false, 2));
  assertEquals((await old.expectClose())[0], 1008);
});

Deno.test("ws listener: at the stop clients hear that the broker goes away", async () => {
  await using it = await start();
  await using one = await it.open("one");
  await using other = await it.open("other");
  await it.broker.stop();
  assertEquals(await one.expectClose(), [1001, "the broker stops"]);
  assertEquals(await other.expectClose(), [1001, "the broker stops"]);
});

Deno.test("ws listener: where nothing is sent a ping is, and no pong is waited for", async () => {
  await using it = await start({ ping_interval: "20s" });
  await using quiet = await it.open("quiet");
  await using busy = await it.open("busy");
  it.clock.advance(500);
  for (let seconds = 0; seconds < 40; seconds += 10) {
    it.clock.advance(10_000);
    await busy.send(PINGREQ);
    await busy.expect(PINGRESP);
  }
  for (let pings = 0; pings < 2; pings++) {
    const ping = await quiet.nextFrame();
    assertEquals([ping?.opcode, ping?.payload.length], [Opcode.PING, 0]);
  }
  await quiet.send(PINGREQ);
  await quiet.expect(PINGRESP);
});

Deno.test("ws listener: with ping_interval 0 there are no pings", async () => {
  await using it = await start({ ping_interval: 0 });
  await using quiet = await it.open("quiet");
  it.clock.advance(3_600_000);
  await quiet.send(PINGREQ);
  await quiet.expect(PINGRESP);
});

Deno.test("ws listener: Midge's own client, both ways, packets of all sizes", async () => {
  await using it = await start({ path: "/mqtt" });
  const uri = `ws://127.0.0.1:${it.address.port}/mqtt`;
  await using subscriber = new Client(uri);
  await using publisher = new Client(uri);
  await Promise.all([subscriber.connect(), publisher.connect()]);
  const messages = subscriber.messages("sizes/#");
  await subscriber.subscribe("sizes/#", { qos: 1 });
  const sizes = [0, 1, 100, 126, 5000, 65_535, 65_536, 300_000];
  for (const size of sizes) {
    await publisher.publish(`sizes/${size}`, new Uint8Array(size).fill(7), { qos: 1 });
  }
  const received: number[] = [];
  for await (const { payload } of messages) {
    received.push(payload.every((byte) => byte === 7) ? payload.length : -1);
    if (received.length === sizes.length) break;
  }
  assertEquals(received, sizes);
});
