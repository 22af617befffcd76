/** A client of brokers that are one has one session, wherever it connects. */
import { assertEquals } from "@std/assert";
import { Peer5 } from "../support/peer5.ts";
import { connect, pubrec } from "../support/raw_packets.ts";
import { Together } from "../support/together.ts";
import { until } from "../support/until.ts";

Deno.test("[MQTT-3.1.4-2] a client that comes to the other broker takes its connection over", async () => {
  await using it = await Together.start();
  const [a, b] = it.all;
  const before = await a.open("c");
  const after = await b.open("c");
  await before.ends();
  await after.ping();
  assertEquals([a.broker.clients.length, b.broker.clients.length], [0, 1]);
  const again = await a.open("c");
  await after.ends();
  await again.ping();
});

Deno.test("it does so whatever its client id is, and a session that has ended is known nowhere", async () => {
  await using it = await Together.start(3);
  const known = () => it.bus.members.map(({ sessionsKnown }) => sessionsKnown);
  for (let i = 0; i < 12; i++) {
    const clientId = `a client with a long name, number ${i}`;
    const before = await it.brokers[i % 3]!.open(clientId);
    const after = await it.brokers[(i + 1) % 3]!.open(clientId);
    await before.ends();
    await it.bus.quiet();
    assertEquals(known().reduce((sum, count) => sum + count, 0), 1);
    await after.disconnect();
    await it.bus.quiet();
    assertEquals(known(), [0, 0, 0]);
  }
});

Deno.test("a kept session goes with its client: subscriptions, what waits, what is under way", async () => {
  await using it = await Together.start();
  const [a, b] = it.all;
  const before = await a.keep("c");
  await before.subscribed(["t/#", 2]);
  const publisher = await b.open("publisher");
  await it.bus.quiet();
  await publisher.publish("t/1", "unacknowledged", { qos: 1 });
  const first = await before.take();
  await publisher.publish("t/2", "received", { qos: 2 });
  const second = await before.take();
  await before.raw.send(pubrec(second.id));
  await before.answer(6, second.id); // PUBREL
  await before.raw.close();
  await until(() => a.broker.clients.length === 0, "the end of the connection");
  await publisher.publish("t/3", "waits", { qos: 1 });
  await it.bus.quiet();

  const after = await b.keep("c");
  assertEquals(after.sessionPresent, true);
  await after.answer(6, second.id);
  const again = await after.take();
  assertEquals([again.payload, again.id, again.dup], ["unacknowledged", first.id, true]);
  await after.gets("waits/1");
  await it.bus.quiet();
  await publisher.publish("t/4", "live", { qos: 0 });
  await after.gets("live/0");
  assertEquals(it.bus.of(1).match("t/4"), undefined);
});

Deno.test("[MQTT-4.3.3-10] a QoS 2 message that was taken before the move is not handed on again", async () => {
  await using it = await Together.start();
  const [a, b] = it.all;
  const reader = await b.open("reader");
  await reader.subscribed(["t", 2]);
  await it.bus.quiet();
  const before = await a.keep("c");
  const { publish } = before.words;
  await before.raw.send(publish("t", "once", { qos: 2, id: 7 }));
  await before.answer(5, 7); // PUBREC
  await before.raw.close();
  const after = await b.keep("c");
  await after.raw.send(publish("t", "once", { qos: 2, id: 7, dup: true }));
  await after.answer(5, 7);
  await reader.gets("once/2");
  await reader.nothing();
});

Deno.test("a clean session ends the one that is kept elsewhere", async () => {
  await using it = await Together.start();
  const [a, b] = it.all;
  const before = await a.keep("c");
  await before.subscribed(["t", 1]);
  await before.disconnect();
  const after = await b.open("c");
  assertEquals(after.sessionPresent, false);
  await it.bus.quiet();
  await (await a.open("publisher")).publish("t", "x", { qos: 1 });
  await after.nothing();
  assertEquals(a.broker.metrics.subscriptionsCount, 0);
});

Deno.test("the session of another user's client is not taken from the other broker", async () => {
  await using it = await Together.start(2, { takeover: "same_user" }, {
    authenticate: () => ({ result: "allow" }),
  });
  const [a, b] = it.all;
  const owner = await a.keep("c", { username: "owner" });
  const thief = await b.dial();
  await thief.send(connect({ clientId: "c", username: "thief" }));
  const connack = await thief.expectPacket("CONNACK");
  assertEquals(connack.body[1], 2);
  await owner.ping();
  const back = await b.keep("c", { username: "owner" });
  assertEquals(back.sessionPresent, true);
  await owner.ends();
});

Deno.test("a will is published at both when its client comes to the other broker", async () => {
  await using it = await Together.start();
  const [a, b] = it.all;
  const [here, there] = [await a.open("here"), await b.open("there")];
  for (const one of [here, there]) await one.subscribed(["will", 0]);
  await it.bus.quiet();
  await a.open("c", { will: { topic: "will", payload: "gone" } });
  await b.open("c");
  for (const one of [here, there]) await one.gets("gone/0");
});

Deno.test("a member that is lost is no one any more: its subscriptions, and its sessions", async () => {
  await using it = await Together.start();
  const [a, b] = it.all;
  const there = await b.keep("c");
  await there.subscribed(["t", 1], ["$share/g/t", 1]);
  const here = await a.open("here");
  await here.subscribed(["$share/g/t", 1]);
  await it.bus.quiet();
  await it.bus.members[0]!.lost(1);
  const publisher = await a.open("publisher");
  await publisher.publishAll("t", 1, ["1", "2"]);
  await here.gets("1/1", "2/1");
  const back = await a.keep("c");
  assertEquals(back.sessionPresent, false);
  await back.ping();
});

Deno.test("a message that waits in a session that moves has the time left that it had", async () => {
  await using it = await Together.start();
  const [a, b] = it.all;
  b.clock.advance(1_000_000); // each has a clock of its own
  const before = await Peer5.keep(a, "c");
  await before.codes("t", 1);
  await before.disconnect();
  await until(() => a.broker.clients.length === 0, "the end of the connection");
  const properties = { messageExpiryInterval: 10 };
  a.broker.publish({ topicName: "t", payload: "x", qos: 1, properties });
  a.broker.publish({ topicName: "t", payload: "y", qos: 1 });
  a.clock.advance(4000);
  const after = await Peer5.keep(b, "c");
  const [first, second] = [await after.take(), await after.take()];
  assertEquals([first.payload, first.properties.messageExpiryInterval], ["x", 6]);
  assertEquals([second.payload, second.properties.messageExpiryInterval], ["y", undefined]);
});
