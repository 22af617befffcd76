/** Wills of MQTT 5: their delay, what cancels it, what ends it before its time, and what their PUBLISH carries. */
import { assert, assertEquals } from "@std/assert";
import type { BrokerOptions, Hooks } from "../../mod.ts";
import { request } from "../../lib/manage/remote.ts";
import { Clocked5, got } from "../support/clocked5.ts";
import type { RawClient } from "../support/raw_client.ts";
import { connect, publish as publish4 } from "../support/raw_packets.ts";
import { connect5, disconnect5, publish5, type RawConnect5 } from "../support/raw_packets5.ts";
import { until } from "../support/until.ts";

const will = (willDelayInterval?: number) => ({
  topic: "will",
  payload: "gone",
  qos: 1,
  ...(willDelayInterval !== undefined && { properties: { willDelayInterval } }),
});

/** Someone who hears wills, and a client with one that has gone without DISCONNECT. */
async function scene(
  delay: number,
  expiry: number,
  options: BrokerOptions = {},
  ...hooks: Hooks[]
) {
  const it = await Clocked5.start(options, ...hooks);
  const reader = await it.reader("will");
  const client = await it.open("c", {
    cleanSession: false,
    will: will(delay),
    properties: { sessionExpiryInterval: expiry },
  });
  await client.close();
  await until(() => it.inner.broker.metrics.clientsConnected === 1, "the end");
  return { it, reader };
}

/** Lets time pass, one sweep behind its end too. */
async function passes(it: Clocked5, reader: RawClient, milliseconds: number): Promise<void> {
  it.inner.clock.advance(milliseconds);
  await reader.expectNothing();
  it.inner.clock.advance(251);
}

for (
  const [delay, expiry, at] of [[5, 60, 5], [60, 5, 5], [5, 5, 5], [5, 0xffff_ffff, 5]] as const
) {
  Deno.test(`will delay ${delay}, session expiry ${expiry}: published after ${at} s [MQTT-3.1.3-9]`, async () => {
    const { it, reader } = await scene(delay, expiry);
    await using _ = it;
    await passes(it, reader, at * 1000 - 251);
    assertEquals(await got(reader), "gone/1");
    it.inner.clock.advance(100_000);
    await reader.expectNothing();
  });
}

Deno.test("no delay, or a session that ends with its connection: published at once", async () => {
  for (const [delay, expiry] of [[0, 60], [60, 0]] as const) {
    const { it, reader } = await scene(delay, expiry);
    await using _ = it;
    assertEquals(await got(reader), "gone/1");
  }
});

Deno.test("a client that comes back in time cancels its will, whichever version it speaks", async () => {
  for (const back of [5, 4]) {
    const { it, reader } = await scene(5, 60);
    await using _ = it;
    it.inner.clock.advance(4000);
    if (back === 5) assert((await it.keep("c")).sessionPresent);
    else assert((await it.inner.keep("c")).sessionPresent);
    it.inner.clock.advance(10_000);
    await reader.expectNothing();
  }
});

Deno.test("clean start, another user, ctl: the session ends, and the will goes before its time", async () => {
  const ends: ((it: Clocked5) => unknown)[] = [
    (it) => it.open("c"),
    (it) => it.inner.open("c"),
    (it) => it.keep("c", { username: "another" }),
    (it) => request(it.target, "sessions end", { clientId: "c" }),
  ];
  for (const end of ends) {
    const { it, reader } = await scene(5, 60);
    await using _ = it;
    await end(it);
    assertEquals(await got(reader), "gone/1");
    it.inner.clock.advance(10_000);
    await reader.expectNothing();
  }
});

Deno.test("takeover: with a delay and clean start 0 the will is not published, else it is [MQTT-3.1.4-3]", async () => {
  const cases: [delay: number, expiry: number, RawConnect5, isPublished: boolean][] = [
    [5, 60, { cleanSession: false }, false],
    [0, 60, { cleanSession: false }, true],
    [5, 60, { cleanSession: true }, true],
    [5, 0, { cleanSession: false }, true],
  ];
  for (const [delay, expiry, options, isPublished] of cases) {
    await using it = await Clocked5.start();
    const reader = await it.reader("will");
    const old = await it.open("c", {
      will: will(delay),
      properties: { sessionExpiryInterval: expiry },
    });
    const fresh = await it.open("c", options);
    assertEquals((await old.expect5("DISCONNECT")).reasonCode, 0x8e);
    if (isPublished) assertEquals(await got(reader), "gone/1");
    await fresh.expectNothing();
    await reader.expectNothing();
  }
});

Deno.test("DISCONNECT with 0x04: the delay counts; the interval that it changes too", async () => {
  await using it = await Clocked5.start();
  const reader = await it.reader("will");
  for (const [later, at] of [[undefined, 30], [10, 10], [0, 0]] as const) {
    const client = await it.open("c", {
      will: will(30),
      properties: { sessionExpiryInterval: 60 },
    });
    await client.send(disconnect5(4, later === undefined ? {} : { sessionExpiryInterval: later }));
    await client.expectClosed();
    await until(() => it.inner.broker.metrics.clientsConnected === 1, "the end");
    if (at > 0) await passes(it, reader, at * 1000 - 251);
    assertEquals(await got(reader), "gone/1");
    it.inner.clock.advance(60_000);
    await reader.expectNothing();
  }
});

Deno.test("a new will takes the place of the one before; both clients had one", async () => {
  const { it, reader } = await scene(5, 60);
  await using _ = it;
  const second = await it.keep("c", { will: { ...will(5), payload: "second" } });
  it.inner.clock.advance(6000);
  await reader.expectNothing();
  await second.close();
  await until(() => it.inner.broker.metrics.clientsConnected === 1, "the end");
  await passes(it, reader, 4749);
  assertEquals(await got(reader), "second/1");
});

Deno.test("no will is published while the broker stops, one that waits neither", async () => {
  const seen: string[] = [];
  const { it } = await scene(5, 60, {}, {
    messageBroadcast: ({ message }) => void seen.push(message.topicName),
  });
  await it.open("d", { will: will(), properties: { sessionExpiryInterval: 60 } });
  await it.inner.broker.stop();
  assertEquals(seen, []);
  await it[Symbol.asyncDispose]();
});

Deno.test("a ban while a will waits changes neither its time nor that it goes", async () => {
  const { it, reader } = await scene(5, 60);
  await using _ = it;
  await request(it.target, "ban add", { clientId: "c" });
  await passes(it, reader, 4749);
  assertEquals(await got(reader), "gone/1");
});

Deno.test("a will is checked when it is published, as its client's publish", async () => {
  let mayPublish = true;
  const { it, reader } = await scene(5, 60, {}, {
    authorize: ({ action }) => action === "publish" && !mayPublish ? "deny" : undefined,
  });
  await using _ = it;
  mayPublish = false;
  it.inner.clock.advance(6000);
  await reader.expectNothing();
  assertEquals(it.inner.logged("may not publish to will").length, 1);
});

Deno.test("its PUBLISH carries the will's properties, not the delay; expiry counts from its publication", async () => {
  await using it = await Clocked5.start();
  const reader = await it.reader("will");
  const properties = {
    payloadFormatIndicator: 1,
    messageExpiryInterval: 30,
    contentType: "text/plain",
    responseTopic: "answer",
    correlationData: "id",
    userProperties: [["b", "1"], ["a", "2"], ["b", "3"]] as [string, string][],
  };
  const client = await it.keep("c", {
    will: { ...will(), properties: { ...properties, willDelayInterval: 20 } },
  });
  await client.close();
  await until(() => it.inner.broker.metrics.clientsConnected === 1, "the end");
  await passes(it, reader, 19_749);
  const publish = await reader.expect5("PUBLISH");
  const correlationData = new TextDecoder().decode(publish.properties.correlationData);
  assertEquals({ ...publish.properties, correlationData }, properties);
  assertEquals([publish.payload, publish.retain], ["gone", false]);
});

Deno.test("wills of both versions reach readers of both", async () => {
  await using it = await Clocked5.start();
  const five = await it.reader("will");
  const four = await it.inner.open("four");
  await four.subscribed(["will", 1]);
  for (
    const open of [
      () => it.say(connect5({ clientId: "c", will: will() })),
      () => it.say(connect({ clientId: "c", will: will() })),
    ]
  ) {
    const client = await open();
    await client.expectPacket("CONNACK");
    await client.close();
    assertEquals(await got(five), "gone/1");
    await four.gets("gone/1");
  }
});

Deno.test("a retained will stays for those who come later", async () => {
  const it = await Clocked5.start();
  await using _ = it;
  const client = await it.open("c", { will: { ...will(), retain: true } });
  await client.close();
  await until(() => it.inner.broker.metrics.retainedCount > 0, "the will");
  const reader = await it.reader("will");
  assertEquals((await reader.expect5("PUBLISH")).retain, true);
});

Deno.test("max_qos and retain_available hold for messages: DISCONNECT, and a close in 3.1.1", async () => {
  const cases: [BrokerOptions, { qos?: number; retain?: boolean }, number, string][] = [
    [{ max_qos: 1 }, { qos: 2 }, 0x9b, "message of QoS 2, max_qos is 1"],
    [{ max_qos: 0 }, { qos: 1 }, 0x9b, "message of QoS 1, max_qos is 0"],
    [
      { retain_available: false },
      { retain: true },
      0x9a,
      "message that is to be retained, retain_available is false",
    ],
  ];
  for (const [options, publish, code, why] of cases) {
    await using it = await Clocked5.start(options);
    const client = await it.open("c");
    await client.send(publish5("t", "first"), publish5("t", "x", publish));
    const { reasonCode, properties } = await client.expect5("DISCONNECT");
    assertEquals([reasonCode, String(properties.reasonString).startsWith(why)], [code, true]);
    const old = await it.inner.open("d");
    await old.publish("t", "first");
    await old.raw.sendAnyway(publish4("t", "x", publish));
    await old.raw.expectClosed();
    assertEquals(it.inner.broker.metrics.retainedCount, 0);
  }
});

Deno.test("where memory is short a will does not wait", async () => {
  await using it = await Clocked5.start({ max_memory: "1MiB" });
  const reader = await it.reader("will");
  const client = await it.open("c", { will: will(60), properties: { sessionExpiryInterval: 60 } });
  await until(() => {
    it.inner.clock.advance(250);
    return it.inner.logged("nothing new is retained").length > 0 ||
      it.inner.logged("(max_memory)").length > 0;
  }, "the shortage");
  await client.close();
  assertEquals(await got(reader), "gone/1");
});
