/** Requests that become MQTT over WebSocket, and those that may not. */
import { assertEquals, assertMatch } from "@std/assert";
import { get, HttpSide, ok, request } from "../support/http_side.ts";

const ASKS = [
  "Upgrade: websocket",
  "Connection: keep-alive, Upgrade",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  "Sec-WebSocket-Protocol: mqtt",
];
const USER = { address: "192.0.2.7", user: { username: "ann", superuser: false } };

function side(): HttpSide {
  return new HttpSide(({ request }) =>
    request.url.endsWith("/mqtt") ? { acceptAs: USER } : new Response("x")
  );
}

Deno.test("an upgrade is answered 101, and what came behind it is the broker's", async () => {
  const it = side();
  const line = it.open();
  const frame = "\x82\x82\0\0\0\0\xc0\0";
  line.send(get("/") + get("/mqtt", ...ASKS) + frame);
  await line.says("\r\n\r\nxHTTP/1.1 101 Switching Protocols\r\n");
  await line.settled();
  assertEquals(
    line.text.slice(ok("x").length).split("\r\n"),
    [
      "HTTP/1.1 101 Switching Protocols",
      "Upgrade: websocket",
      "Connection: Upgrade",
      "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
      "Sec-WebSocket-Protocol: mqtt",
      "",
      "",
    ],
  );
  const [[stream, peer] = []] = it.accepted;
  const into = new Uint8Array(16);
  assertEquals([await stream?.read(into), into[0], peer], [2, 0xc0, USER]);
  assertEquals([line.isClosed, it.connections.size, it.clock.timerCount], [false, 0, 0]);
  await it.connections.close(0);
  assertEquals(line.isClosed, false, "it is the broker's now");
});

const without = (name: string) => ASKS.filter((line) => !line.startsWith(name));
const REFUSED: readonly [what: string, lines: readonly string[], status: number][] = [
  ["no Upgrade", without("Upgrade"), 426],
  ["no Connection", without("Connection"), 426],
  ["another version", [...without("Sec-WebSocket-Version"), "Sec-WebSocket-Version: 8"], 426],
  ["no key", without("Sec-WebSocket-Key"), 400],
  ["two keys", [...ASKS, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="], 400],
  ["no subprotocol", without("Sec-WebSocket-Protocol"), 400],
  [
    "another subprotocol",
    [...without("Sec-WebSocket-Protocol"), "Sec-WebSocket-Protocol: chat"],
    400,
  ],
];

for (const [what, lines, status] of REFUSED) {
  Deno.test(`an upgrade with ${what} is refused: ${status}`, async () => {
    const it = side();
    const text = await it.answer(get("/mqtt", ...lines));
    assertMatch(text, new RegExp(`^HTTP/1\\.1 ${status} [^]*\\{"error":`));
    assertEquals(it.accepted, []);
  });
}

Deno.test("a POST is no upgrade, nor is one of HTTP/1.0", async () => {
  const it = side();
  assertMatch(await it.answer(request("POST /mqtt HTTP/1.1", "Host: a", ...ASKS)), / 405 /);
  assertMatch(await it.answer(request("GET /mqtt HTTP/1.0", "Host: a", ...ASKS)), / 400 /);
});

Deno.test("who asks for an upgrade may get an answer instead", async () => {
  const it = side();
  assertEquals(await it.answer(get("/", ...ASKS)), ok("x"));
});
