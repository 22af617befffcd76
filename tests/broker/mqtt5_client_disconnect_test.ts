/** DISCONNECT of a client of MQTT 5: what becomes of its will and its session, and what makes it none. */
import { assertEquals } from "@std/assert";
import type { Hooks } from "../../mod.ts";
import { Clocked5, disconnected, got, reasonIn } from "../support/clocked5.ts";
import { bytes } from "../support/raw_packets.ts";
import { disconnect5 } from "../support/raw_packets5.ts";
import { until } from "../support/until.ts";

const WILL = { topic: "will", payload: "gone", qos: 1 };

for (
  const [code, isPublished] of [
    [undefined, false],
    [0x00, false],
    [0x04, true],
    [0x80, true],
    [0x82, true],
    [0x93, true],
    [0x99, true],
  ] as const
) {
  const name = code === undefined ? "no code" : `code ${code.toString(16)}`;
  Deno.test(`the will after DISCONNECT with ${name} [MQTT-3.1.2-10]`, async () => {
    await using it = await Clocked5.start();
    const reader = await it.reader("will");
    const client = await it.open("c", { will: WILL });
    await client.send(disconnect5(code));
    await client.expectClosed();
    if (isPublished) assertEquals(await got(reader), "gone/1");
    await until(() => it.inner.broker.metrics.clientsConnected === 1, "the end");
    if (!isPublished) await reader.expectNothing();
  });
}

Deno.test("a DISCONNECT with a server's code is none: the will goes", async () => {
  await using it = await Clocked5.start();
  for (const code of [0x87, 0x89, 0x8b, 0x8d, 0x8e, 0x8f, 0x9a, 0x9b, 0x9c, 0x9d, 0xa0, 0xa2]) {
    const reader = await it.reader("will");
    const client = await it.open("c", { will: WILL });
    await client.send(disconnect5(code));
    assertEquals((await disconnected(client)).reasonCode, 0x82);
    assertEquals(await got(reader), "gone/1");
  }
});

Deno.test("a DISCONNECT with an unknown code or a foreign property is malformed", async () => {
  await using it = await Clocked5.start();
  const cases: [Uint8Array, number][] = [
    [disconnect5(0x01), 0x82],
    [disconnect5(0xff), 0x82],
    [disconnect5(0, { topicAlias: 1 }), 0x81],
    [disconnect5(0, { serverReference: "other" }), 0x82],
    [disconnect5(0, [bytes(0x11, 0, 0, 0, 1), bytes(0x11, 0, 0, 0, 1)]), 0x82],
    [bytes(0xe1, 0), 0x81],
  ];
  for (const [packet, code] of cases) {
    const client = await it.open("c", { properties: { sessionExpiryInterval: 5 } });
    await client.send(packet);
    assertEquals((await disconnected(client)).reasonCode, code);
  }
});

Deno.test("session expiry at DISCONNECT: longer, shorter, none; the cap holds", async () => {
  const changes: [connect: number, disconnect: number | undefined, seconds: number][] = [
    [10, undefined, 10],
    [10, 20, 20],
    [20, 10, 10],
    [10, 0xffff_ffff, 100],
    [10, 1000, 100],
    [0xffff_ffff, 5, 5],
  ];
  for (const [asked, later, seconds] of changes) {
    await using it = await Clocked5.start({ session_expiry_interval: 100 });
    const client = await it.open("c", { properties: { sessionExpiryInterval: asked } });
    await client.send(disconnect5(0, later === undefined ? {} : { sessionExpiryInterval: later }));
    await client.expectClosed();
    const kept = () => it.inner.broker.metrics.clientsDisconnected;
    await until(() => it.inner.broker.metrics.clientsConnected === 0, "the end");
    it.inner.clock.advance(seconds * 1000 - 1);
    assertEquals(kept(), 1, `${asked} ${later}`);
    it.inner.clock.advance(252);
    assertEquals(kept(), 0, `${asked} ${later}`);
  }
});

Deno.test("session expiry 0 at DISCONNECT ends the session at once", async () => {
  await using it = await Clocked5.start();
  const client = await it.keep("c");
  await client.send(disconnect5(0, { sessionExpiryInterval: 0 }));
  await client.expectClosed();
  assertEquals((await it.keep("c")).sessionPresent, false);
});

Deno.test("session expiry at DISCONNECT where CONNECT had none: no valid DISCONNECT, section 3.14.2.2.2", async () => {
  await using it = await Clocked5.start();
  for (const properties of [{}, { sessionExpiryInterval: 0 }]) {
    const reader = await it.reader("will");
    const client = await it.open("c", { will: WILL, properties });
    await client.send(disconnect5(0, { sessionExpiryInterval: 1 }));
    assertEquals(reasonIn(await disconnected(client)), [
      0x82,
      "DISCONNECT with a session expiry interval, CONNECT had 0 [3.14.2.2.2]",
    ]);
    assertEquals(await got(reader), "gone/1", "the will was not taken back");
    const other = await it.open("d", { properties });
    await other.send(disconnect5(0, { sessionExpiryInterval: 0 }));
    await other.expectClosed();
  }
});

Deno.test("hooks and log hear what the client said", async () => {
  const ended: unknown[] = [];
  const hooks: Hooks = {
    clientDisconnected: ({ code, reason }) => void ended.push([code, reason]),
  };
  await using it = await Clocked5.start({}, hooks);
  const cases: [Uint8Array, number, string][] = [
    [disconnect5(), 0, "disconnected by the client"],
    [disconnect5(4), 4, "disconnected by the client: disconnect with will"],
    [
      disconnect5(0x97, { reasonString: "no room", userProperties: [["a", "b"]] }),
      0x97,
      "disconnected by the client: quota exceeded, no room",
    ],
  ];
  for (const [packet, code, reason] of cases) {
    const client = await it.open("c");
    await client.send(packet);
    await client.expectClosed();
    await until(() => ended.length > 0, "the hook");
    assertEquals(ended.pop(), [code, reason]);
  }
});

Deno.test("a client that calls its going an administrative action counts as one that comes and goes", async () => {
  await using it = await Clocked5.start({
    flapping_detect: { enable: true, max_count: 3, window_time: "1m", ban_time: "5m" },
  });
  for (let round = 0; round < 4; round++) {
    const client = await it.open("c");
    await client.send(disconnect5(0x98));
    await client.expectClosed();
    await until(() => it.inner.broker.metrics.clientsConnected === 0, "the end");
  }
  assertEquals((await it.refused({ clientId: "c" })).reasonCode, 0x8a);
});
