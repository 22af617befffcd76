/** What the first bytes are taken for, and what people are told. */
import { assertEquals } from "@std/assert";
import { adviceFor, knockOf, NO_HTTP_HERE } from "../../../lib/net/listen/knock.ts";
import { bytes, connect, PINGREQ } from "../../support/raw_packets.ts";

const UPGRADE =
  "GET /mqtt HTTP/1.1\r\nHost: x\r\nuPGRADE:\twebsocket\r\nConnection: Upgrade\r\n\r\n";

for (
  const [title, first, expected] of [
    ["TLS 1.3's hello", bytes(0x16, 3, 1, 2, 0, 1), "tls"],
    ["SSL 3", bytes(0x16, 3, 0), "tls"],
    ["two bytes of TLS", bytes(0x16, 3), undefined],
    ["no version of TLS", bytes(0x16, 3, 5), undefined],
    ["an alert of TLS", bytes(0x15, 3, 1, 0, 2), undefined],
    ["CONNECT", connect({ clientId: "a" }), "mqtt"],
    ["a long CONNECT", connect({ clientId: "a".repeat(300) }), "mqtt"],
    ["CONNECT of 3.1", bytes(0x10, 14, 0, 6, "MQIsdp", 3, 2, 0, 0), "mqtt"],
    ["three bytes of CONNECT", bytes(0x10, 12, 0), "mqtt"],
    ["CONNECT of something else", bytes(0x10, 12, 0, 4, "MQTX"), undefined],
    ["PINGREQ", PINGREQ, undefined],
    ["GET", bytes("GET / HTTP/1.1\r\n"), "http"],
    ["OPTIONS", bytes("OPTIONS * HTTP/1.1"), "http"],
    ["HTTP/2", bytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), "http"],
    ["a word that begins so", bytes("GETTING there"), undefined],
    ["small letters", bytes("get / HTTP/1.1"), undefined],
    ["a WebSocket", bytes(UPGRADE), "websocket"],
    ["another upgrade", bytes("GET / HTTP/1.1\r\nUpgrade: h2c\r\n\r\n"), "http"],
    ["a header behind 4 KiB", bytes(UPGRADE.replace("Host: x", "x".repeat(5000))), "http"],
    ["nothing", bytes(), undefined],
    ["noise", bytes(0, 1, 2, 3, 4, 5, 6, 7, 8), undefined],
  ] as const
) {
  Deno.test(`knock: ${title}`, () => assertEquals(knockOf(first), expected));
}

const KNOCKS = ["tls", "http", "websocket", "mqtt", undefined] as const;

for (
  const [transport, expected] of [
    ["tcp", ["listener with ssl: true", "speaks MQTT", "of type ws", undefined, undefined]],
    ["unix", ["a socket file has no use for", "speaks MQTT", "of type ws", undefined, undefined]],
    ["tls", [
      undefined,
      "HTTP without TLS",
      "WebSocket without TLS",
      "MQTT without TLS",
      undefined,
    ]],
    ["ws", ["listener with ssl: true", undefined, undefined, "MQTT without WebSocket", undefined]],
    ["wss", [undefined, "HTTP without TLS", "WebSocket without TLS", "speaks wss", undefined]],
  ] as const
) {
  Deno.test(`advice at a listener of transport ${transport}`, () => {
    for (const [index, knock] of KNOCKS.entries()) {
      const advice = adviceFor(knock, transport);
      const wanted = expected[index];
      const isRight = wanted === undefined ? advice === undefined : advice?.includes(wanted);
      assertEquals(isRight, true, `${knock} at ${transport}: ${advice}`);
    }
  });
}

Deno.test("the answer to HTTP is whole: its length is that of its body", () => {
  const [head = "", body = ""] = new TextDecoder().decode(NO_HTTP_HERE).split("\r\n\r\n");
  assertEquals(head.split("\r\n")[0], "HTTP/1.1 400 Bad Request");
  assertEquals(/Content-Length: (\d+)/.exec(head)?.[1], String(body.length));
  assertEquals(body.includes("MQTT port"), true);
});
