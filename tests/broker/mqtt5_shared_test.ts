/** Shared subscriptions of MQTT 5, section 4.8.2: what becomes of a member's messages when it goes away. */
import { assertEquals } from "@std/assert";
import type { Hooks } from "../../mod.ts";
import { ClockedBroker } from "../support/clocked_broker.ts";
import { Peer5 } from "../support/peer5.ts";
import { puback, pubcomp, pubrec } from "../support/raw_packets.ts";
import { puback5 } from "../support/raw_packets5.ts";
import { until } from "../support/until.ts";

const FILTER = "$share/g/t";

/** A member that keeps its session and takes one message at a time, subscribed with its own identifier. */
async function member(
  it: ClockedBroker,
  clientId: string,
  { qos = 1, identifier = 1, receiveMaximum = 1 } = {},
): Promise<Peer5> {
  const peer = await Peer5.keep(it, clientId, { properties: { receiveMaximum } });
  await peer.codes(FILTER, qos, identifier);
  return peer;
}

function publish(it: ClockedBroker, payloads: string, qos: 0 | 1 | 2 = 1, topicName = "t"): void {
  for (const payload of payloads) it.broker.publish({ topicName, payload, qos });
}

/** The connection is lost. */
async function lost(it: ClockedBroker, one: Peer5): Promise<void> {
  const before = it.broker.metrics.clientsConnected;
  await one.raw.close();
  await until(() => it.broker.metrics.clientsConnected === before - 1, "the end of the connection");
}

Deno.test("sent at QoS 1 and not acknowledged, and not sent: all go to another, in order, without DUP", async () => {
  await using it = await ClockedBroker.start();
  const a = await member(it, "a");
  publish(it, "1234");
  await a.gets();
  assertEquals((await a.take()).payload, "1");
  const b = await member(it, "b", { identifier: 2, receiveMaximum: 10 });
  await b.nothing();
  await lost(it, a);
  await b.gets("1/1#2", "2/1#2", "3/1#2", "4/1#2");
  const back = await member(it, "a");
  assertEquals(back.sessionPresent, true);
  await back.nothing();
  assertEquals(it.broker.metrics.messagesDropped, {});
});

Deno.test("a DISCONNECT does the same, for a session that stays and one that ends", async () => {
  for (const sessionExpiryInterval of [0, 0xffff_ffff]) {
    await using it = await ClockedBroker.start();
    const properties = { receiveMaximum: 1, sessionExpiryInterval };
    const a = await Peer5.open(it, "a", { properties });
    await a.codes(FILTER, 1);
    publish(it, "12");
    await a.take();
    const b = await member(it, "b", { identifier: 2 });
    await a.disconnect();
    await b.gets("1/1#2", "2/1#2");
    assertEquals(it.broker.metrics.messagesDropped, {});
  }
});

Deno.test("[MQTT-4.8.2-4] a QoS 2 message that was sent stays with its client, one that was not goes to another", async () => {
  await using it = await ClockedBroker.start();
  const a = await member(it, "a", { qos: 2 });
  publish(it, "12", 2);
  await a.take();
  const b = await member(it, "b", { qos: 2 });
  await lost(it, a);
  await b.gets("2/2#1");
  await b.nothing();
  const back = await Peer5.keep(it, "a");
  await back.gets("1/2/dup#1");
});

Deno.test("[MQTT-4.8.2-4] so does one whose PUBREC has come", async () => {
  await using it = await ClockedBroker.start();
  const a = await member(it, "a", { qos: 2 });
  publish(it, "1", 2);
  const { id } = await a.take();
  await a.raw.send(pubrec(id));
  await a.raw.expect5("PUBREL");
  const b = await member(it, "b", { qos: 2 });
  await lost(it, a);
  await b.nothing();
  const back = await Peer5.keep(it, "a");
  assertEquals((await back.raw.expect5("PUBREL")).id, id);
  await back.raw.send(pubcomp(id));
  await back.nothing();
});

Deno.test("[MQTT-4.8.2-5] a QoS 2 message that was sent goes to no one when the session ends", async () => {
  await using it = await ClockedBroker.start();
  const a = await member(it, "a", { qos: 2 });
  publish(it, "12", 2);
  await a.take();
  const b = await member(it, "b", { qos: 2 });
  await lost(it, a);
  await b.gets("2/2#1");
  const anew = await Peer5.open(it, "a", { cleanSession: true });
  await anew.nothing();
  await b.nothing();
});

Deno.test("without another member it waits for its client as long as the session lives", async () => {
  await using it = await ClockedBroker.start();
  const a = await member(it, "a");
  publish(it, "12");
  await a.take();
  await lost(it, a);
  const back = await Peer5.keep(it, "a");
  await back.gets("1/1/dup#1", "2/1#1");
});

Deno.test("a member that is away is none to give to, but has what a session that ends leaves", async () => {
  await using it = await ClockedBroker.start();
  const [a, b] = [await member(it, "a"), await member(it, "b", { identifier: 2 })];
  publish(it, "12");
  await Promise.all([a.take(), b.take()]);
  await lost(it, b);
  assertEquals((await a.drain()).length, 0, "its window is full");
  await lost(it, a);
  assertEquals(it.broker.metrics.messagesQueued, 1, "of b's; the other one is a's again");
  await Peer5.open(it, "a", { cleanSession: true });
  const back = await Peer5.keep(it, "b", { properties: { receiveMaximum: 10 } });
  const got = [await back.receive(), await back.receive()];
  assertEquals(
    got.map(({ payload, properties }) => [payload, properties.subscriptionIdentifiers]),
    [
      ["1", [2]],
      ["2", [2]],
    ],
  );
  await back.nothing();
});

Deno.test("[MQTT-3.10.4-3] unsubscribed: what was sent is still the client's, the rest goes to another", async () => {
  await using it = await ClockedBroker.start();
  const a = await member(it, "a");
  publish(it, "123");
  const { id } = await a.take();
  const b = await member(it, "b", { identifier: 2 });
  assertEquals((await a.unsubscribe(FILTER)).reasonCodes, [0]);
  await b.gets("2/1#2", "3/1#2");
  await a.raw.send(puback(id));
  await a.nothing();
  await lost(it, a);
  await b.nothing();
});

Deno.test("unsubscribed as the last member: what waits is still delivered", async () => {
  await using it = await ClockedBroker.start();
  const a = await member(it, "a");
  publish(it, "12");
  const { id } = await a.take();
  await a.unsubscribe(FILTER);
  await a.raw.send(puback(id));
  await a.gets("2/1#1");
});

Deno.test("other subscriptions of a member keep what is theirs, other groups too", async () => {
  await using it = await ClockedBroker.start();
  const a = await member(it, "a");
  await a.subscribe([["u", 1], ["$share/other/t", 1]]);
  publish(it, "1");
  publish(it, "u", 1, "u");
  const b = await member(it, "b", { identifier: 2 });
  await a.take();
  await a.unsubscribe(FILTER);
  await lost(it, a);
  const back = await Peer5.keep(it, "a", { properties: { receiveMaximum: 10 } });
  const got = await back.drain();
  assertEquals(got.sort(), ["1/1", "1/1/dup#1", "u/1"].sort());
  await b.nothing();
});

Deno.test("members of both versions, each with its own QoS, identifiers for one of them", async () => {
  await using it = await ClockedBroker.start();
  const a = await member(it, "a", { qos: 2 });
  publish(it, "123", 1);
  const old = await it.open("old");
  await old.subscribed([FILTER, 0]);
  await a.take();
  await lost(it, a);
  await old.gets("1/0", "2/0", "3/0");
  const back = await Peer5.keep(it, "a");
  await back.nothing();
  await old.disconnect();
  const older = await it.keep("older");
  await older.subscribed([FILTER, 1]);
  await back.disconnect();
  publish(it, "4", 1);
  const { id } = await older.take();
  const again = await Peer5.keep(it, "a");
  await older.raw.close();
  await again.gets("4/1#1");
  assertEquals(id > 0, true);
});

Deno.test("a kicked member's messages go to another", async () => {
  await using it = await ClockedBroker.start();
  const a = await member(it, "a");
  publish(it, "12");
  await a.take();
  const b = await member(it, "b", { identifier: 2 });
  assertEquals(it.broker.kick("a"), true);
  await a.closedWith(0x98);
  await b.gets("1/1#2", "2/1#2");
});

Deno.test("a session that another connection takes over keeps what it has: its client is there", async () => {
  await using it = await ClockedBroker.start();
  const a = await member(it, "a");
  publish(it, "12");
  await a.take();
  const b = await member(it, "b", { identifier: 2 });
  const taker = await Peer5.keep(it, "a");
  await a.closedWith(0x8e);
  await taker.gets("1/1/dup#1", "2/1#1");
  await b.nothing();
  const anew = await Peer5.open(it, "a", { cleanSession: true });
  await anew.nothing();
});

Deno.test("a member that may not receive a message does not get another's", async () => {
  const hooks: Hooks = {
    authorizeReceive: ({ client }) => client.clientId === "b" ? "deny" : "allow",
  };
  await using it = await ClockedBroker.start({}, hooks);
  const a = await member(it, "a");
  publish(it, "12");
  await a.take();
  const b = await member(it, "b");
  await lost(it, a);
  await b.nothing();
  assertEquals(it.broker.metrics.messagesDropped, {});
  const back = await Peer5.keep(it, "a", { properties: { receiveMaximum: 10 } });
  const got = await back.drain();
  assertEquals(got, ["1/1/dup#1", "2/1#1"]);
  publish(it, "3");
  await back.take();
  await lost(it, back);
  const c = await Peer5.open(it, "a", { cleanSession: true });
  await c.nothing();
  await b.nothing();
  assertEquals(it.broker.metrics.messagesDropped, { "session ended": 1 });
});

Deno.test("a lost right: what is not acknowledged goes to those who have it", async () => {
  let isDenied = false;
  await using it = await ClockedBroker.start({}, {
    authorize: ({ client }) => isDenied && client.clientId === "a" ? "deny" : "allow",
  });
  const a = await member(it, "a");
  publish(it, "12");
  await a.take();
  const b = await member(it, "b", { identifier: 2 });
  isDenied = true;
  await it.broker.reloadRules();
  await b.gets("1/1#2", "2/1#2");
  await a.nothing();
  assertEquals(it.broker.metrics.messagesDropped, {});
});

Deno.test("[MQTT-4.8.2-6] a message that its member refuses is no one's", async () => {
  await using it = await ClockedBroker.start();
  const a = await member(it, "a");
  publish(it, "1");
  const { id } = await a.take();
  const b = await member(it, "b");
  await a.raw.send(puback5(id, 0x83));
  await a.ping();
  await lost(it, a);
  await b.nothing();
});

Deno.test("thousands of messages: all are given, in order", async () => {
  const count = 5000;
  await using it = await ClockedBroker.start({ max_queued_messages: count });
  const a = await member(it, "a");
  for (let i = 0; i < count; i++) it.broker.publish({ topicName: "t", payload: `${i}`, qos: 1 });
  await a.take();
  const b = await member(it, "b", { receiveMaximum: 65_535 });
  await lost(it, a);
  for (let i = 0; i < count; i++) {
    const { payload } = await b.receive();
    if (payload !== `${i}`) throw new Error(`${payload} in place of ${i}`);
  }
  assertEquals(it.broker.metrics.messagesDropped, {});
});

Deno.test("where the others are full it waits for its own client, and is counted when the session ends", async () => {
  await using it = await ClockedBroker.start({ max_queued_messages: 3 });
  const a = await member(it, "a");
  publish(it, "1234");
  await a.take();
  const b = await member(it, "b");
  await b.subscribe([["u", 1]]);
  publish(it, "567", 1, "u");
  await b.take();
  await lost(it, a);
  assertEquals(it.broker.metrics.messagesDropped, {});
  assertEquals(it.broker.metrics.messagesQueued, 6, "what a had been sent is b's");
  const back = await Peer5.keep(it, "a", { properties: { receiveMaximum: 1 } });
  assertEquals((await back.take()).payload, "2");
  await back.raw.close();
  const anew = await Peer5.open(it, "a", { cleanSession: true });
  await anew.nothing();
  assertEquals(it.broker.metrics.messagesDropped, { "queue full": 3 });
});
