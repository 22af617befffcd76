/** Behind the PROXY protocol: whose address rules, the log and the login gate have; and who is sent away. */
import { assertEquals } from "@std/assert";
import type { BrokerOptions, Hooks } from "../../mod.ts";
import { ClockedBroker } from "../support/clocked_broker.ts";
import { binaryHeader, sslField } from "../support/proxy_headers.ts";
import type { RawClient } from "../support/raw_client.ts";
import { bytes, connack, connect } from "../support/raw_packets.ts";
import { turn, until } from "../support/until.ts";

const LISTENERS = {
  proxied: { bind: "127.0.0.1:0", proxy_protocol: true, trusted_proxies: ["127.0.0.1"] },
};

const headerOf = (address: string, port = 4711) =>
  bytes(`PROXY TCP4 ${address} 198.51.100.1 ${port} 1883\r\n`);

function start(options: BrokerOptions = {}, ...hooks: Hooks[]): Promise<ClockedBroker> {
  return ClockedBroker.start({ listeners: LISTENERS, ...options }, ...hooks);
}

async function send(it: ClockedBroker, ...parts: Uint8Array[]): Promise<RawClient> {
  const client = await it.dial();
  await client.sendAnyway(bytes(...parts));
  return client;
}

/** A client that comes in: those that came before it have been accepted. */
async function passesBy(it: ClockedBroker): Promise<void> {
  const client = await send(it, headerOf("192.0.2.99"), connect({ clientId: "passer-by" }));
  await client.expect(connack(false, 0));
  await client.close();
}

async function oneLine(it: ClockedBroker, text: string): Promise<void> {
  await until(() => it.logged("proxied").length > 0, "a line");
  const lines = it.logged("(proxied)");
  assertEquals([lines.length, lines[0]?.includes(text)], [1, true], lines.join("\n"));
}

Deno.test("the header's address is the client's: for plugins, rules, %a, %C and the log", async () => {
  const rules = [
    { permission: "allow", ip: "192.0.2.0/24", action: "publish", topics: ["near", "at/%a"] },
    { permission: "allow", ip: "127.0.0.1", action: "publish", topics: ["proxy"] },
    { permission: "allow", all: true, action: "publish", topics: ["cert/%C", "subject/%d"] },
    { permission: "deny", all: true, action: "publish", topics: "all" },
  ];
  await using it = await start({ plugins: { acl_file: { rules } } });
  const header = binaryHeader({ fields: [sslField(7, 0, "d7")] });
  const client = await send(it, header, connect({ clientId: "c" }));
  await client.expect(connack(false, 0));
  const [view] = it.broker.clients;
  assertEquals([view?.address, view?.port, view?.certificate?.commonName], [
    "192.0.2.7",
    4711,
    "d7",
  ]);
  const verdicts = [];
  for (const topic of ["near", "at/192.0.2.7", "at/127.0.0.1", "proxy", "cert/d7", "subject/"]) {
    verdicts.push((await it.broker.explain({ client: "c", action: "publish", topic })).verdict);
  }
  assertEquals(verdicts, ["allow", "allow", "deny", "deny", "allow", "deny"]);
  await client.send(bytes(0xf0, 0));
  await client.expectClosed();
  await until(() => it.logged("c (192.0.2.7:4711) closed").length === 1, "the line");
});

Deno.test("LOCAL and UNKNOWN: the socket's own address", async () => {
  await using it = await start();
  for (const header of [binaryHeader({ command: 0x20 }), bytes("PROXY UNKNOWN\r\n")]) {
    const client = await send(it, header, connect({ clientId: "c" }));
    await client.expect(connack(false, 0));
    const view = it.broker.clients.find(({ clientId }) => clientId === "c");
    assertEquals([view?.address, view?.port], ["127.0.0.1", client.localAddress.port]);
  }
});

Deno.test("byte by byte, header and CONNECT", async () => {
  await using it = await start();
  const client = await it.dial();
  for (const byte of bytes(headerOf("192.0.2.7"), connect({ clientId: "c" }))) {
    await client.send(bytes(byte));
    await turn();
  }
  await client.expect(connack(false, 0));
  assertEquals(it.broker.clients[0]?.address, "192.0.2.7");
});

for (
  const [title, first, line] of [
    [
      "MQTT without a header",
      connect({ clientId: "c" }),
      "no header of the PROXY protocol (this is MQTT)",
    ],
    [
      "TLS without a header",
      bytes(0x16, 3, 1, 2, 0),
      "no header of the PROXY protocol (this is TLS)",
    ],
    [
      "a wrong header",
      bytes("PROXY TCP4 1.2.3.4\r\n"),
      "a wrong header of the PROXY protocol: expected two",
    ],
    [
      "a header of 64 KiB",
      binaryHeader({ length: 65_535 }),
      "a wrong header of the PROXY protocol: it has 65551 bytes, the limit is 4096",
    ],
  ] as const
) {
  Deno.test(`${title}: closed, with one line that says so`, async () => {
    await using it = await start();
    const client = await send(it, first);
    await client.expectClosed();
    await oneLine(it, `handshake failed: ${line}`);
    assertEquals(it.broker.clients, []);
  });
}

Deno.test("from an address that is not trusted: closed at once, whatever it would send", async () => {
  const proxied = { ...LISTENERS.proxied, trusted_proxies: ["192.0.2.1", "::/0"] };
  await using it = await start({ listeners: { proxied } });
  const client = await it.dial();
  await client.expectClosed();
  await oneLine(it, "none of trusted_proxies");
});

Deno.test("a header that never ends is closed when connect_timeout is over, and it is said", async () => {
  await using it = await start({ connect_timeout: "5s" });
  const slow = await send(it, headerOf("192.0.2.7").subarray(0, 30));
  await passesBy(it);
  it.clock.advance(4000);
  await slow.send(bytes(" "));
  it.clock.advance(1251);
  await slow.expectClosed();
  assertEquals(it.logged("no handshake in time (proxied)").length, 1, it.log.join("\n"));
  assertEquals(it.logged("(proxied)").length, 1, "and no second line about it");
});

Deno.test("header and CONNECT together have one connect_timeout", async () => {
  await using it = await start({ connect_timeout: "5s" });
  const slow = await it.dial();
  await passesBy(it);
  it.clock.advance(4000);
  await slow.send(headerOf("192.0.2.7"));
  await turn();
  it.clock.advance(1251);
  await slow.expectClosed();
});

Deno.test("half-open and gone again: nothing is left, and not a line", async () => {
  await using it = await start();
  for (let i = 0; i < 20; i++) await (await it.dial()).close();
  const client = await send(it, headerOf("192.0.2.7"), connect({ clientId: "c" }));
  await client.expect(connack(false, 0));
  assertEquals(it.logged("(proxied)"), []);
});

Deno.test("who guesses is slowed down by the header's address, not the proxy with all behind it", async () => {
  await using it = await start({}, {
    authenticate: ({ password }) =>
      new TextDecoder().decode(password) === "right" ? "allow" : "deny",
  });
  const login = (address: string, password: string) =>
    send(it, headerOf(address), connect({ clientId: password, username: "bob", password }));
  const { timerCount } = it.clock;
  const guesses = [];
  for (let i = 0; i < 6; i++) guesses.push(await login("192.0.2.7", `${i}`));
  for (const guess of guesses.slice(0, 5)) await guess.expect(connack(false, 4));
  await until(() => it.clock.timerCount === timerCount + 1, "the answer that waits");
  await (await login("192.0.2.8", "wrong")).expect(connack(false, 4));
  await (await login("192.0.2.8", "right")).expect(connack(false, 0));
  assertEquals(it.logged("(192.0.2.7:4711) waits").length, 1, it.log.join("\n"));
});
