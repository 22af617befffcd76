/** Every limit of the configuration, from both sides. Time is injected. */
import { assert, assertEquals } from "@std/assert";
import type { Peer } from "../conformance/peer.ts";
import { ClockedBroker } from "../support/clocked_broker.ts";
import {
  bytes,
  connack,
  connect,
  PINGREQ,
  PINGRESP,
  puback,
  publish,
  suback,
  subscribe,
} from "../support/raw_packets.ts";
import { RawClient } from "../support/raw_client.ts";
import { until } from "../support/until.ts";

Deno.test("max_packet_size counts the whole packet", async () => {
  await using it = await ClockedBroker.start({ max_packet_size: 100, max_skipped_size: 100 });
  const client = await it.open("c");
  // header 2, topic 3, packet id 2
  await client.publish("t", "x".repeat(93), { qos: 1 });
  await client.raw.sendAnyway(publish("t", "x".repeat(94), { qos: 1 }));
  await client.raw.expectClosed();
  assertEquals(it.logged("packet of 101 bytes, max_packet_size is 100").length, 1);
});

Deno.test("max_packet_size 0 is no limit", async () => {
  await using it = await ClockedBroker.start({ max_packet_size: 0, max_write_backlog: 0 });
  const client = await it.open("c");
  await client.subscribed(["t", 1]);
  await client.raw.send(publish("t", new Uint8Array(3_000_000).fill(7), { qos: 1, id: 3 }));
  const packet = await client.raw.expectPublish();
  assertEquals([packet.payload.length, packet.qos], [3_000_000, 1]);
});

Deno.test("max_topic_levels and max_topic_length: publishing closes, subscribing gets 0x80", async () => {
  await using it = await ClockedBroker.start({ max_topic_levels: 3, max_topic_length: 10 });
  const client = await it.open("c");
  await client.publish("a/b/c", "x", { qos: 1 });
  await client.publish("1234567890", "x", { qos: 1 });
  const filters = [
    "a/b/c",
    "a/b/c/d",
    "1234567890",
    "12345678901",
    "\u00fc".repeat(5),
    "\u00fc".repeat(6),
  ];
  const codes = await client.subscribe(...filters.map((one): [string, number] => [one, 0]));
  assertEquals(codes, [0, 0x80, 0, 0x80, 0, 0x80]);
  // What belongs to the share is not the filter's.
  assertEquals(await client.subscribe(["$share/group/a/b/c", 0], ["$queue/a/b/c/d", 0]), [0, 0x80]);
  for (const topic of ["a/b/c/d", "12345678901", "\u00fc".repeat(6)]) {
    const bad = await it.open("bad");
    await bad.raw.sendAnyway(publish(topic, "x", { qos: 1 }));
    await bad.raw.expectClosed();
  }
});

Deno.test("max_inflight: no more than so many unacknowledged messages", async () => {
  await using it = await ClockedBroker.start({ max_inflight: 3 });
  const client = await it.open("c");
  await client.subscribed(["t", 2]);
  for (let i = 0; i < 6; i++) it.broker.publish({ topicName: "t", payload: String(i), qos: 1 });
  const first = [await client.take(), await client.take(), await client.take()];
  await client.nothing();
  const { metrics } = it.broker;
  assertEquals([metrics.inflightOut, metrics.messagesQueued], [3, 3]);
  await client.raw.send(puback(first[1]!.id));
  await client.gets("3/1", "4/1", "5/1");
});

Deno.test("max_queued_messages: an absent client keeps the oldest, the rest is counted", async () => {
  const dropped: string[] = [];
  await using it = await ClockedBroker.start({ max_queued_messages: 2 }, {
    messageDropped: ({ clientId, reason, message }) =>
      void dropped.push(`${clientId} ${reason} ${new TextDecoder().decode(message.payload)}`),
  });
  const client = await it.keep("c");
  await client.subscribed(["t", 2]);
  await client.disconnect();
  for (let i = 0; i < 4; i++) it.broker.publish({ topicName: "t", payload: String(i), qos: 1 });
  it.broker.publish({ topicName: "t", payload: "QoS 0 is for those who are there" });
  assertEquals(dropped, ["c queue full 2", "c queue full 3"]);
  assertEquals(it.broker.metrics.messagesDropped, { "queue full": 2 });
  await (await it.keep("c")).gets("0/1", "1/1");
});

Deno.test("max_queued_bytes: large messages count for what they are", async () => {
  await using it = await ClockedBroker.start({ max_queued_bytes: "10KiB" });
  const client = await it.keep("c");
  await client.subscribed(["t", 1]);
  await client.disconnect();
  for (let i = 0; i < 5; i++) {
    it.broker.publish({ topicName: "t", payload: new Uint8Array(3000), qos: 1 });
  }
  assertEquals(it.broker.metrics.messagesQueued, 3);
});

Deno.test("max_connections: one more is told so, and comes in once there is room", async () => {
  await using it = await ClockedBroker.start({ max_connections: 2 });
  const [first] = [await it.open("a"), await it.open("b")];
  const third = await it.dial();
  await third.send(connect({ clientId: "c" }));
  await third.expect(connack(false, 3));
  await third.expectClosed();
  assertEquals(it.logged("max_connections is reached").length, 1);
  await first.disconnect();
  await until(() => it.broker.clients.length === 1, "the end of the first");
  await it.open("c");
});

Deno.test("max_connections: a surplus client cannot take over the session of one that is in", async () => {
  await using it = await ClockedBroker.start({ max_connections: 1 });
  const victim = await it.open("c");
  const other = await it.dial();
  await other.send(connect({ clientId: "c" }));
  await other.expect(connack(false, 3));
  await victim.ping();
});

Deno.test("max_connections: hundreds more are turned away at once and leave nothing", async () => {
  await using it = await ClockedBroker.start({ max_connections: 1 });
  const inside = await it.open("inside");
  const crowd = await Promise.all(Array.from({ length: 300 }, () => it.dial()));
  await Promise.all(crowd.map((one) => one.sendAnyway(connect({ clientId: "x" }))));
  await Promise.all(crowd.map((one) => one.readToEnd()));
  await inside.ping();
  await inside.disconnect();
  await until(() => it.broker.clients.length === 0, "an empty broker");
  await it.open("next");
});

Deno.test("max_connections of a listener holds for that listener alone", async () => {
  const listeners = {
    default: { bind: "127.0.0.1:0", max_connections: 1 },
    other: { bind: "127.0.0.1:0", max_connections: 0 },
  };
  await using it = await ClockedBroker.start({ listeners });
  const inside = await it.open("a");
  const surplus = await it.dial();
  await surplus.send(connect({ clientId: "b" }));
  await surplus.expect(connack(false, 3));
  const port = it.broker.listeners.find(({ name }) => name === "other")!.port;
  for (const clientId of ["c", "d", "e"]) {
    const client = await it.dial({ hostname: "127.0.0.1", port });
    await client.send(connect({ clientId }));
    await client.expect(connack(false, 0));
  }
  await surplus.expectClosed();
  await inside.disconnect();
  await until(() => it.broker.clients.length === 3, "the end of the first");
  await it.open("b");
});

Deno.test("max_connections of a listener: a place is free at the end of the connection, not of a question", async () => {
  const never = new Promise<never>(() => {});
  const listeners = { default: { bind: "127.0.0.1:0", max_connections: 1 } };
  await using it = await ClockedBroker.start({ listeners }, {
    authorize: ({ topic }) => topic === "ask" ? never : undefined,
  });
  const client = await it.open("c");
  await client.raw.send(publish("ask", "x"));
  await until(() => it.broker.metrics.publishReceived === 1, "the question");
  it.broker.kick("c");
  await it.open("next");
});

Deno.test("max_retained: what is not kept is dropped in the name of its sender", async () => {
  const dropped: string[] = [];
  await using it = await ClockedBroker.start({ max_retained: 1 }, {
    messageDropped: ({ clientId, message, reason }) =>
      void dropped.push(`${JSON.stringify(clientId)} ${message.topicName} ${reason}`),
  });
  const client = await it.open("c");
  for (const topic of ["a", "b"]) await client.publish(topic, "x", { qos: 1, retain: true });
  it.broker.publish({ topicName: "c", payload: "x", retain: true });
  assertEquals(dropped, [`"c" b retained full`, `"" c retained full`]);
});

Deno.test("max_retained: new topics are not kept, known ones are replaced, $ ones do not count", async () => {
  await using it = await ClockedBroker.start({ max_retained: 2 });
  const client = await it.open("c");
  it.broker.publish({ topicName: "$SYS/x", payload: "x", retain: true });
  for (const topic of ["a", "b", "c"]) await client.publish(topic, topic, { qos: 1, retain: true });
  await client.publish("b", "newer", { qos: 1, retain: true });
  it.broker.publish({ topicName: "$SYS/y", payload: "y", retain: true });
  const { metrics } = it.broker;
  assertEquals([metrics.retainedCount, metrics.messagesDropped["retained full"]], [2, 1]);
  await client.publish("a", "", { qos: 1, retain: true });
  await client.publish("c", "c", { qos: 1, retain: true });
  const reader = await it.open("reader");
  await reader.subscribed(["#", 0], ["$SYS/#", 0]);
  assertEquals((await reader.drain()).map((one) => one.payload).sort(), ["c", "newer", "x", "y"]);
});

/** Fills a subscriber that does not read, until the kernel takes no more and `full` is so. */
async function flood(publisher: Peer, topic: string, qos: number, full: () => boolean) {
  const payload = new Uint8Array(20_000);
  for (let i = 0; i < 2000 && !full(); i++) await publisher.publish(topic, payload, { qos });
  assert(full(), "2,000 messages were taken");
}

Deno.test("max_write_backlog: beyond it QoS 0 is dropped, QoS 1 queued, and all goes on afterwards", async () => {
  await using it = await ClockedBroker.start({ max_write_backlog: "64KiB", max_inflight: 0 });
  const deaf = await it.open("deaf");
  await deaf.subscribed(["zero", 0], ["one", 1]);
  const publisher = await it.open("publisher");
  const { metrics } = it.broker;
  await flood(publisher, "zero", 0, () => (metrics.messagesDropped["slow client"] ?? 0) > 0);
  await publisher.publish("one", "waits", { qos: 1 });
  assertEquals(metrics.messagesQueued, 1);
  for (;;) {
    const message = await deaf.receive();
    if (message.topic === "one") break;
  }
  assertEquals(metrics.messagesQueued, 0);
  await publisher.publish("zero", "again", { qos: 0 });
  await deaf.gets("again/0");
});

Deno.test("max_total_write_backlog: everybody keeps a share when all together have too much", async () => {
  await using it = await ClockedBroker.start({
    max_write_backlog: 0,
    max_total_write_backlog: "100KiB",
  });
  const [deaf, second] = [await it.open("deaf"), await it.open("second")];
  await deaf.subscribed(["flood", 0]);
  await second.subscribed(["calm", 0]);
  const publisher = await it.open("publisher");
  const { metrics } = it.broker;
  await flood(publisher, "flood", 0, () => (metrics.messagesDropped["slow client"] ?? 0) > 0);
  await publisher.publish("calm", "x".repeat(10_000), { qos: 0 });
  assertEquals((await second.take()).payload.length, 10_000);
});

Deno.test("a client that takes nothing for 30 seconds is closed", async () => {
  await using it = await ClockedBroker.start({ max_write_backlog: "64KiB" });
  const deaf = await it.open("deaf", { keepAlive: 0 });
  await deaf.subscribed(["t", 0]);
  const publisher = await it.open("publisher", { keepAlive: 0 });
  const { metrics } = it.broker;
  await flood(publisher, "t", 0, () => (metrics.messagesDropped["slow client"] ?? 0) > 0);
  it.clock.advance(29_000);
  assertEquals(it.broker.clients.length, 2);
  it.clock.advance(2000);
  assertEquals(it.broker.clients.map(({ clientId }) => clientId), ["publisher"]);
});

Deno.test("connect_timeout closes who does not send a whole CONNECT in time", async () => {
  await using it = await ClockedBroker.start({ connect_timeout: "5s" });
  const [silent, loris] = [await it.dial(), await it.dial()];
  const packet = connect({ clientId: "loris" });
  await (await it.open("witness")).ping();
  for (const byte of packet.subarray(0, 10)) {
    await loris.send(Uint8Array.of(byte));
    it.clock.advance(490);
  }
  await until(() => it.broker.metrics.bytesReceived > 10, "the bytes");
  it.clock.advance(1000);
  await silent.expectClosed();
  await loris.expectClosed();
});

Deno.test("connect_timeout 0: no limit", async () => {
  await using it = await ClockedBroker.start({ connect_timeout: 0 });
  const silent = await it.dial();
  await (await it.open("witness", { keepAlive: 0 })).ping();
  it.clock.advance(4_000_000);
  await silent.send(connect({ clientId: "late" }));
  await silent.expect(connack(false, 0));
});

Deno.test("keep-alive: closed after one and a half intervals of silence, any packet counts", async () => {
  await using it = await ClockedBroker.start();
  const [silent, lively, off] = [
    await it.open("silent", { keepAlive: 10 }),
    await it.open("lively", { keepAlive: 10 }),
    await it.open("off", { keepAlive: 0 }),
  ];
  it.clock.advance(14_000);
  await lively.publish("t", "x", { qos: 1 });
  assertEquals(it.broker.clients.length, 3);
  it.clock.advance(1500);
  await silent.raw.expectClosed();
  await lively.ping();
  it.clock.advance(14_000);
  await lively.ping();
  it.clock.advance(15_500);
  await lively.raw.expectClosed();
  await off.ping();
});

Deno.test("timeout_disconnect_delay is added to one and a half keep-alives", async () => {
  await using it = await ClockedBroker.start({ timeout_disconnect_delay: "5s" });
  const client = await it.open("c", { keepAlive: 10 });
  it.clock.advance(19_000);
  await client.ping();
  it.clock.advance(20_500);
  await client.raw.expectClosed();
});

Deno.test("keep-alive does not run while the broker itself makes a client wait", async () => {
  const { promise, resolve } = Promise.withResolvers<"allow">();
  let isAsked = false;
  await using it = await ClockedBroker.start({}, {
    authorize: () => (isAsked = true, promise),
  });
  const client = await it.open("c", { keepAlive: 10 });
  await client.raw.send(publish("t", "x", { qos: 1, id: 5 }), PINGREQ);
  await until(() => isAsked, "the question");
  it.clock.advance(60_000);
  resolve("allow");
  await client.raw.expect(puback(5), PINGRESP);
});

Deno.test("many clients on one SUBSCRIBE each, thousands of filters in one", async () => {
  await using it = await ClockedBroker.start();
  const { raw } = await it.open("c");
  const filters = Array.from({ length: 5000 }, (_, i): [string, number] => [`f/${i}`, i % 3]);
  await raw.send(subscribe(77, ...filters));
  await raw.expect(suback(77, ...filters.map(([, qos]) => qos)));
});

Deno.test("a remaining length with needless zeros is understood and not handed on", async () => {
  await using it = await ClockedBroker.start();
  const readers: RawClient[] = [];
  for (const qos of [0, 1]) {
    const { raw } = await it.open(`reader ${qos}`);
    await raw.send(subscribe(1, ["t", qos]));
    await raw.expect(suback(1, qos));
    readers.push(raw);
  }
  const { raw } = await it.open("c");
  await raw.send(bytes(0x30, 0x85, 0x80, 0, 0, 1, "t", "xy"));
  await raw.send(bytes(0x32, 0x87, 0, 0, 1, "t", 0, 9, "xy"));
  await raw.expect(puback(9));
  await readers[0]!.expect(publish("t", "xy"), publish("t", "xy"));
  await readers[1]!.expect(publish("t", "xy"), publish("t", "xy", { qos: 1, id: 1 }));
});
