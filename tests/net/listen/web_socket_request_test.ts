/** The requests that open a WebSocket, and those that do not. */
import { assertEquals, assertThrows } from "@std/assert";
import { parseHead } from "../../../lib/net/listen/http_head.ts";
import { HttpRefusal } from "../../../lib/net/listen/http_refusal.ts";
import { judgeUpgrade, type WebSocketRules } from "../../../lib/net/listen/web_socket_request.ts";

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
const ANY: WebSocketRules = { path: undefined, origins: undefined };
const USUAL = [
  "Host: example.org",
  "Upgrade: websocket",
  "Connection: Upgrade",
  `Sec-WebSocket-Key: ${KEY}`,
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Protocol: mqtt",
];

/** The usual request with other lines: one with a usual name takes its place, `-name` leaves it out. */
function request(first: string, ...changes: string[]): string {
  const nameOf = (line: string) => line.split(":")[0]!.replace("-name ", "");
  const changed = new Set(changes.map(nameOf));
  const kept = USUAL.filter((line) => !changed.has(nameOf(line)));
  return [first, ...kept, ...changes.filter((line) => !line.startsWith("-name "))].join("\r\n");
}

function judge(text: string, rules: Partial<WebSocketRules> = {}) {
  return judgeUpgrade(parseHead(text), { ...ANY, ...rules });
}

const GET = "GET /mqtt HTTP/1.1";

Deno.test("ws request: good ones, and the subprotocol that is spoken", () => {
  const good: [changes: string[], subprotocol: string | undefined][] = [
    [[], "mqtt"],
    [["Upgrade: WebSocket"], "mqtt"],
    [["Upgrade: h2c, websocket"], "mqtt"],
    [["Connection: keep-alive, UPGRADE"], "mqtt"],
    [["Connection: keep-alive", "Connection: upgrade"], "mqtt"],
    [["-name Sec-WebSocket-Protocol"], undefined],
    [["Sec-WebSocket-Protocol: mqttv3.1"], "mqttv3.1"],
    [["Sec-WebSocket-Protocol: mqttv3.1, mqtt"], "mqttv3.1"],
    [["Sec-WebSocket-Protocol: chat", "Sec-WebSocket-Protocol: mqtt, mqttv3.1"], "mqtt"],
    [["Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"], "mqtt"],
    [["Content-Length: 0"], "mqtt"],
    [["Origin: https://evil.example"], "mqtt"],
  ];
  for (const [changes, subprotocol] of good) {
    assertEquals(judge(request(GET, ...changes)), { key: KEY, subprotocol }, changes.join());
  }
});

Deno.test("ws request: bad ones, each with its status and a sentence", () => {
  const bad: [first: string, changes: string[], status: number, says: string][] = [
    ["POST /mqtt HTTP/1.1", [], 405, "begins with GET"],
    ["HEAD /mqtt HTTP/1.1", [], 405, "begins with GET"],
    ["get /mqtt HTTP/1.1", [], 405, "begins with GET"],
    ["GET /mqtt HTTP/1.0", [], 400, "HTTP/1.1"],
    ["GET /mqtt HTTP/2.0", [], 400, "HTTP/1.1"],
    ["GET * HTTP/1.1", [], 400, "no path"],
    ["GET mqtt HTTP/1.1", [], 400, "no path"],
    [GET, ["-name Host"], 400, "no Host"],
    [GET, ["Host:"], 400, "no Host"],
    [GET, ["Host: a", "Host: a"], 400, "two headers host"],
    [GET, ["-name Upgrade"], 426, "MQTT over WebSocket"],
    [GET, ["Upgrade: h2c"], 426, "MQTT over WebSocket"],
    [GET, ["-name Connection"], 426, "a proxy in between"],
    [GET, ["Connection: keep-alive"], 426, "a proxy in between"],
    [GET, ["Connection: not-upgrade"], 426, "a proxy in between"],
    [GET, ["-name Sec-WebSocket-Key"], 400, "16 bytes"],
    [GET, ["Sec-WebSocket-Key: "], 400, "16 bytes"],
    [GET, [`Sec-WebSocket-Key: ${KEY.slice(0, -4)}`], 400, "16 bytes"],
    [GET, [`Sec-WebSocket-Key: AAAA${KEY}`], 400, "16 bytes"],
    [GET, ["Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZ!=="], 400, "16 bytes"],
    [GET, [`Sec-WebSocket-Key: ${KEY}`, `Sec-WebSocket-Key: ${KEY}`], 400, "two headers"],
    [GET, ["-name Sec-WebSocket-Version"], 426, "version 13"],
    [GET, ["Sec-WebSocket-Version: 8"], 426, "version 13"],
    [GET, ["Sec-WebSocket-Version: 13, 8"], 426, "version 13"],
    [GET, ["Sec-WebSocket-Version: 13", "Sec-WebSocket-Version: 13"], 400, "two headers"],
    [GET, ["Origin: https://a", "Origin: https://a"], 400, "two headers origin"],
    [GET, ["Sec-WebSocket-Protocol: chat"], 400, "subprotocols chat, expected mqtt"],
    [GET, ["Sec-WebSocket-Protocol: MQTT"], 400, "expected mqtt"],
    [GET, ["Sec-WebSocket-Protocol:"], 400, "expected mqtt"],
    [GET, ["Content-Length: 5"], 400, "without a body"],
    [GET, ["Content-Length: x"], 400, "without a body"],
    [GET, ["Transfer-Encoding: chunked"], 400, "without a body"],
  ];
  for (const [first, changes, status, says] of bad) {
    const refusal = assertThrows(() => judge(request(first, ...changes)), HttpRefusal, says);
    assertEquals(refusal.status, status, `${first} ${changes}`);
  }
});

Deno.test("ws request: 426 says which version, and what to upgrade to", () => {
  const answerTo = (...changes: string[]) => {
    const refusal = assertThrows(() => judge(request(GET, ...changes)), HttpRefusal);
    return new TextDecoder().decode(refusal.bytes);
  };
  assertEquals(
    answerTo("Sec-WebSocket-Version: 14").includes("\r\nSec-WebSocket-Version: 13\r\n"),
    true,
  );
  assertEquals(answerTo("-name Upgrade").includes("\r\nUpgrade: websocket\r\n"), true);
});

Deno.test("ws request: the path is exact, the query does not count", () => {
  const asks = (target: string) => judge(request(`GET ${target} HTTP/1.1`), { path: "/mqtt" });
  const good = ["/mqtt", "/mqtt?", "/mqtt?token=/x", "ws://example.org/mqtt", "http://a:1/mqtt?x"];
  for (const target of good) assertEquals(asks(target).key, KEY, target);
  for (const target of ["/", "/mqtt/", "/MQTT", "//mqtt", "/%6dqtt", "/x?/mqtt", "http://mqtt"]) {
    const refusal = assertThrows(() => asks(target), HttpRefusal, "no MQTT at the path");
    assertEquals(refusal.status, 404, target);
  }
  assertThrows(() => asks(`/${"x".repeat(5000)}`), HttpRefusal, "(5001 characters)");
});

Deno.test("ws request: only pages of allowed origins, and whoever has none", () => {
  const origins = new Set(["https://example.org", "http://localhost:3000"]);
  const comes = (origin: string) => judge(request(GET, `Origin: ${origin}`), { origins });
  for (const one of ["https://example.org", "HTTPS://Example.ORG:443", "http://localhost:3000"]) {
    assertEquals(comes(one).key, KEY, one);
  }
  assertEquals(judge(request(GET), { origins }).key, KEY);
  const strangers = [
    "http://example.org",
    "https://example.org:8443",
    "https://example.org.evil.example",
    "https://example.org/",
    "https://evil@example.org",
    "https://sub.example.org",
    "null",
    "",
    "https://example.org https://evil.example",
  ];
  for (const one of strangers) {
    const refusal = assertThrows(() => comes(one), HttpRefusal, "may not connect");
    assertEquals(refusal.status, 403, one);
  }
});
