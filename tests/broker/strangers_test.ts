/** Who speaks something else to a port that speaks MQTT: one line that says what it is, and an answer for browsers. */
import { assertEquals, assertRejects } from "@std/assert";
import { NO_HTTP_HERE } from "../../lib/net/listen/knock.ts";
import { ClockedBroker } from "../support/clocked_broker.ts";
import type { RawClient } from "../support/raw_client.ts";
import { bytes } from "../support/raw_packets.ts";
import { turn, until } from "../support/until.ts";

const HELLO = bytes(0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3, new Uint8Array(500));
const GET = bytes("GET /mqtt HTTP/1.1\r\nHost: broker\r\n\r\n");
const UPGRADE = bytes(
  "GET /mqtt HTTP/1.1\r\nHost: broker\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
);
const TLS = "this is TLS: use a listener with ssl: true";
const HTTP = "this is an HTTP request, and the port speaks MQTT";
const WEB = "this is a WebSocket: use a listener of type ws";

async function byteByByte(client: RawClient, all: Uint8Array): Promise<void> {
  for (const byte of all) {
    await client.sendAnyway(bytes(byte));
    await turn();
  }
}

/** What the log says of ends, when the broker has heard of this one. */
async function said(it: ClockedBroker): Promise<string[]> {
  await until(() => it.logged("closed: ").length > 0, "the line");
  return it.logged("closed: ");
}

for (
  const [title, first, advice, answer] of [
    ["TLS", HELLO, TLS, bytes()],
    ["TLS, five bytes", HELLO.subarray(0, 5), TLS, bytes()],
    ["HTTP", GET, HTTP, NO_HTTP_HERE],
    ["HTTP, more than one read", bytes(GET, "x".repeat(3000)), HTTP, NO_HTTP_HERE],
    ["HTTP/2", bytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), HTTP, NO_HTTP_HERE],
    ["a WebSocket", UPGRADE, WEB, NO_HTTP_HERE],
    ["noise", bytes(1, 2, 3), "the first packet is not CONNECT", bytes()],
    ["capitals", bytes("HELLOWORLD"), "the first packet is not CONNECT", bytes()],
    ["PUBLISH", bytes(0x30, 3, 0, 1, "a"), "the first packet is not CONNECT", bytes()],
    ["CONNECT's first byte with flags", bytes(0x11, 2, 0, 0), "[MQTT-", bytes()],
  ] as const
) {
  Deno.test(`${title} on a plain port: one line, and the end`, async () => {
    await using it = await ClockedBroker.start();
    const client = await it.dial();
    await client.send(first);
    assertEquals(await client.readToEnd(), answer);
    await client.close();
    const lines = await said(it);
    assertEquals([lines.length, lines[0]?.includes(advice)], [1, true], lines.join("\n"));
  });
}

for (
  const [title, first, advice, answer] of [
    ["TLS", HELLO.subarray(0, 20), TLS, bytes()],
    ["HTTP", GET, HTTP, NO_HTTP_HERE],
  ] as const
) {
  Deno.test(`${title}, byte by byte: the same`, async () => {
    await using it = await ClockedBroker.start();
    const client = await it.dial();
    const end = client.readToEnd();
    await byteByByte(client, first);
    assertEquals(await end, answer);
    await client.close();
    const lines = await said(it);
    assertEquals([lines.length, lines[0]?.includes(advice)], [1, true], lines.join("\n"));
  });
}

Deno.test("TLS that stops after three bytes is told when its time is over", async () => {
  await using it = await ClockedBroker.start({ connect_timeout: "5s" });
  const client = await it.dial();
  await client.send(HELLO.subarray(0, 3));
  await until(() => it.broker.metrics.bytesReceived === 3, "the bytes");
  it.clock.advance(5251);
  await client.expectClosed();
  await until(() => it.logged("no CONNECT in time").length > 0, "the line");
  assertEquals(it.logged(`no CONNECT in time; ${TLS}`).length, 1, it.log.join("\n"));
});

Deno.test("TLS that gives up after three bytes is told too", async () => {
  await using it = await ClockedBroker.start();
  const client = await it.dial();
  await client.send(HELLO.subarray(0, 3));
  await client.close();
  assertEquals((await said(it))[0]?.includes(`closed by the peer; ${TLS}`), true);
});

Deno.test("a byte that may begin a method, or PUBREC, is waited for, and a second tells", async () => {
  await using it = await ClockedBroker.start();
  const client = await it.dial();
  await client.send(bytes(0x50));
  await until(() => it.broker.metrics.bytesReceived === 1, "the byte");
  assertEquals(it.logged("closed: "), []);
  await client.send(bytes(2));
  await client.expectClosed();
  assertEquals((await said(it))[0]?.includes("the first packet is not CONNECT"), true);
});

Deno.test("a browser's request is answered with status 400 and a sentence", async () => {
  await using it = await ClockedBroker.start();
  const url = `http://127.0.0.1:${it.address.port}/`;
  const body = "x".repeat(10_000);
  for (const init of [{}, { method: "POST", body }]) {
    const response = await fetch(url, init);
    assertEquals(response.status, 400);
    assertEquals(await response.text(), "This is an MQTT port: it does not speak HTTP.\n");
  }
});

Deno.test("a client of TLS fails, and the log says why", async () => {
  await using it = await ClockedBroker.start();
  await assertRejects(async () => {
    using connection = await Deno.connectTls(it.address);
    await connection.handshake();
  });
  const lines = await said(it);
  assertEquals([lines.length, lines[0]?.includes(TLS)], [1, true], lines.join("\n"));
});

Deno.test("an answer that is not read ends with the broker, not later", async () => {
  await using it = await ClockedBroker.start();
  const client = await it.dial();
  await client.send(GET);
  await client.expect(NO_HTTP_HERE);
});
