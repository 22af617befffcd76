/** SUBSCRIBE and UNSUBSCRIBE of MQTT 5: codes, No Local, Retain As Published, Retain Handling, identifiers. */
import { assert, assertEquals } from "@std/assert";
import type { Hooks } from "../../mod.ts";
import { ClockedBroker } from "../support/clocked_broker.ts";
import { Peer5 } from "../support/peer5.ts";
import { suback, subscribe } from "../support/raw_packets.ts";
import { type RawRequest5, subscribe5, unsubscribe5 } from "../support/raw_packets5.ts";
import { until } from "../support/until.ts";

const DENIES: Hooks = {
  authorize: ({ action, topic }) => action === "subscribe" && topic === "secret" ? "deny" : "allow",
};

Deno.test("[MQTT-3.8.4-6] SUBACK has a code for each filter, in order, whatever becomes of it", async () => {
  await using it = await ClockedBroker.start({ max_topic_levels: 3, max_qos: 1 }, DENIES);
  const client = await Peer5.open(it, "c");
  const { reasonCodes, properties } = await client.subscribe([
    ["a", 0],
    ["secret", 1],
    ["b", 1],
    ["a/b/c/d", 0],
    ["c", 2],
    ["$share/g/$share/h/t", 0],
    ["$queue/", 0],
  ]);
  assertEquals(reasonCodes, [0, 0x87, 1, 0x97, 1, 0x8f, 0x8f]);
  assertEquals(properties, { reasonString: "filter 2: not authorized" });
  assertEquals(it.broker.metrics.subscriptionsCount, 3);
});

Deno.test("a denial's reason stays in the log", async () => {
  const because = { result: "deny", because: "row 7 of the table" } as const;
  await using it = await ClockedBroker.start({}, { authorize: () => because });
  const client = await Peer5.open(it, "c");
  const { properties } = await client.subscribe([["t", 0]]);
  assert(!properties.reasonString!.includes("row 7"), properties.reasonString);
  assertEquals(it.logged("row 7 of the table").length, 1);
});

Deno.test("[MQTT-3.1.2-29] no reason string where Request Problem Information is 0", async () => {
  await using it = await ClockedBroker.start({}, DENIES);
  const client = await Peer5.open(it, "c", { properties: { requestProblemInformation: 0 } });
  const { reasonCodes, properties } = await client.subscribe([["secret", 0]]);
  assertEquals([reasonCodes, properties], [[0x87], {}]);
});

Deno.test("[MQTT-3.9.2-1] [MQTT-3.11.2-1] no reason string that makes the packet too large", async () => {
  await using it = await ClockedBroker.start({}, DENIES);
  const client = await Peer5.open(it, "c", { properties: { maximumPacketSize: 20 } });
  assertEquals((await client.subscribe([["secret", 0]])).properties, {});
  assertEquals((await client.unsubscribe("$queue/")).properties, {});
});

Deno.test("[MQTT-3.1.2-24] a SUBSCRIBE whose answer the client does not take closes, and subscribes to nothing", async () => {
  await using it = await ClockedBroker.start();
  const client = await Peer5.open(it, "c", { properties: { maximumPacketSize: 50 } });
  const filters = (count: number): RawRequest5[] =>
    Array.from({ length: count }, (_, i) => [`f/${i}`, 0]);
  assertEquals((await client.subscribe(filters(45))).reasonCodes.length, 45);
  await client.raw.send(subscribe5(9, filters(46)));
  await client.closedWith(0x95);
  assertEquals(it.broker.metrics.subscriptionsCount, 0);
});

Deno.test("quota exceeded, and a filter that is there already has room", async () => {
  await using it = await ClockedBroker.start({ max_subscriptions: 2 });
  const client = await Peer5.open(it, "c");
  const { reasonCodes, properties } = await client.subscribe([["a", 0], ["b", 0], ["c", 0], [
    "a",
    2,
  ]]);
  assertEquals(reasonCodes, [0, 0, 0x97, 2]);
  assertEquals(properties.reasonString, "filter 3: max_subscriptions is reached");
});

Deno.test("what is not offered is refused by its code, in 3.1.1 as 0x80", async () => {
  const nothing = { wildcard_subscriptions: false, shared_subscriptions: false } as const;
  await using it = await ClockedBroker.start(nothing);
  const client = await Peer5.open(it, "c");
  const filters = ["a", "a/+", "#", "$share/g/a", "$queue/a", "$share/g/#"];
  const { reasonCodes } = await client.subscribe(filters.map((one) => [one, 0]));
  assertEquals(reasonCodes, [0, 0xa2, 0xa2, 0x9e, 0x9e, 0x9e]);
  const old = await it.open("old");
  const codes = await old.subscribe(...filters.map((one): [string, number] => [one, 0]));
  assertEquals(codes, [0, 0x80, 0x80, 0x80, 0x80, 0x80]);
});

Deno.test("without subscription identifiers one closes, 0xA1", async () => {
  await using it = await ClockedBroker.start({ subscription_identifiers: false });
  const client = await Peer5.open(it, "c");
  assertEquals(await client.codes("a", 0), [0]);
  await client.raw.send(subscribe5(9, [["b", 0]], { subscriptionIdentifiers: [1] }));
  await client.closedWith(0xa1);
});

for (
  const [filter, statement] of [
    ["$share/", "MQTT-4.8.2-1"],
    ["$share/g", "MQTT-4.8.2-2"],
    ["$share/g/", "MQTT-4.8.2-2"],
    ["$share//t", "MQTT-4.8.2-1"],
    ["$share/+/t", "MQTT-4.8.2-2"],
    ["$share/#", "MQTT-4.8.2-2"],
  ]
) {
  Deno.test(`[${statement}] ${filter} closes with 0x82, to subscribe and to unsubscribe`, async () => {
    await using it = await ClockedBroker.start();
    const one = await Peer5.open(it, "c");
    await one.raw.send(subscribe5(9, [["good", 0], [filter!, 0]]));
    await one.closedWith(0x82);
    const other = await Peer5.keep(it, "d");
    await other.codes("good", 0);
    await other.raw.send(unsubscribe5(9, ["good", filter!]));
    await other.closedWith(0x82);
    assertEquals(it.broker.metrics.subscriptionsCount, 1, "only what was there is there");
  });
}

for (const filter of ["$share/g/t", "$queue/t"]) {
  Deno.test(`[MQTT-3.8.3-4] No Local on ${filter} closes with 0x82`, async () => {
    await using it = await ClockedBroker.start();
    const client = await Peer5.open(it, "c");
    await client.raw.send(subscribe5(9, [["good", 0], [filter, { noLocal: true }]]));
    await client.closedWith(0x82);
    assertEquals(it.broker.metrics.subscriptionsCount, 0);
  });
}

for (const filter of ["a/#/b", "a#", "+a", "", "$share/g/a#"]) {
  Deno.test(`[MQTT-4.7.1-1] the filter ${filter} closes with 0x8F`, async () => {
    await using it = await ClockedBroker.start();
    const client = await Peer5.open(it, "c");
    await client.raw.send(subscribe5(9, [["good", 0], [filter, 0]]));
    await client.closedWith(0x8f);
  });
}

Deno.test("acl_deny_action disconnect: 0x87", async () => {
  await using it = await ClockedBroker.start({ acl_deny_action: "disconnect" }, DENIES);
  const client = await Peer5.open(it, "c");
  await client.raw.send(subscribe5(9, [["secret", 0]]));
  await client.closedWith(0x87);
});

Deno.test("UNSUBACK: success, no subscription existed, filter invalid", async () => {
  await using it = await ClockedBroker.start();
  const client = await Peer5.open(it, "c");
  await client.subscribe([["a", 0], ["$share/g/a", 0], ["$queue/a", 0]]);
  const { reasonCodes } = await client.unsubscribe(
    "a",
    "b",
    "$share/g/a",
    "a",
    "$queue/",
    "$queue/a",
  );
  assertEquals(reasonCodes, [0, 0x11, 0, 0x11, 0x8f, 0]);
  assertEquals(it.broker.metrics.subscriptionsCount, 0);
});

Deno.test("[MQTT-3.8.3-3] No Local: not the client's own messages, live or retained, but all others", async () => {
  await using it = await ClockedBroker.start();
  const client = await Peer5.open(it, "c");
  await client.codes("t", { qos: 1, noLocal: true });
  await client.publish("t", "own", { qos: 1, retain: true });
  await client.codes("t", { qos: 1, noLocal: true });
  await client.nothing();
  it.broker.publish({ topicName: "t", payload: "another", qos: 1 });
  await client.gets("another/1");
  const other = await Peer5.open(it, "other");
  await other.publish("t", "others", { qos: 0, retain: true });
  await client.gets("others/0");
  await client.codes("t", { qos: 1, noLocal: true });
  await client.gets("others/0/r");
  await client.codes("t", { qos: 1 });
  await client.gets("others/0/r");
  await client.publish("t", "own again");
  await client.gets("own again/0");
});

Deno.test("No Local of one filter does not silence another, whose QoS and identifier alone count then", async () => {
  await using it = await ClockedBroker.start();
  const client = await Peer5.open(it, "c");
  await client.codes("t/#", { qos: 2, noLocal: true, retainAsPublished: true }, 1);
  await client.codes("t/+", { qos: 1 }, 2);
  await client.publish("t/a", "own", { qos: 2, retain: true });
  await client.gets("own/1#2");
  it.broker.publish({ topicName: "t/a", payload: "others", qos: 2, retain: true });
  await client.gets("others/2/r#1,2");
});

Deno.test("[MQTT-3.3.1-12] [MQTT-3.3.1-13] Retain As Published", async () => {
  await using it = await ClockedBroker.start();
  const keeps = await Peer5.open(it, "keeps");
  const drops = await Peer5.open(it, "drops");
  await keeps.codes("t", { retainAsPublished: true });
  await drops.codes("t", 0);
  it.broker.publish({ topicName: "t", payload: "kept", retain: true });
  it.broker.publish({ topicName: "t", payload: "live" });
  await keeps.gets("kept/0/r", "live/0");
  await drops.gets("kept/0", "live/0");
  await drops.codes("t", 0);
  await drops.gets("kept/0/r");
});

Deno.test("[MQTT-3.3.1-9] [MQTT-3.3.1-10] [MQTT-3.3.1-11] Retain Handling", async () => {
  await using it = await ClockedBroker.start();
  it.broker.publish({ topicName: "t", payload: "r", qos: 1, retain: true });
  const client = await Peer5.keep(it, "c");
  assertEquals(await client.codes("t", { qos: 1, retainHandling: 2 }), [1]);
  await client.nothing();
  await client.codes("t", { qos: 1, retainHandling: 1 });
  await client.nothing();
  await client.codes("t", { qos: 1, retainHandling: 0 });
  await client.gets("r/1/r");
  await client.unsubscribe("t");
  await client.codes("t", { qos: 1, retainHandling: 1 });
  await client.gets("r/1/r");
  await client.disconnect();
  const again = await Peer5.keep(it, "c");
  await again.codes("t", { qos: 1, retainHandling: 1 });
  await again.nothing();
});

Deno.test("[MQTT-3.8.4-5] filters of one SUBSCRIBE count as several: the second time one is not new", async () => {
  await using it = await ClockedBroker.start();
  it.broker.publish({ topicName: "t", payload: "r", retain: true });
  const client = await Peer5.open(it, "c");
  await client.subscribe([["t", { retainHandling: 2 }], ["t", { retainHandling: 1 }]]);
  await client.nothing();
  await client.subscribe([["x", 0], ["t", { retainHandling: 0 }]]);
  await client.gets("r/0/r");
});

Deno.test("[MQTT-3.3.4-3] an identifier is in live and retained messages; a new SUBSCRIBE replaces or removes it", async () => {
  await using it = await ClockedBroker.start();
  const publish = (payload: string) => it.broker.publish({ topicName: "t", payload, retain: true });
  publish("r");
  const client = await Peer5.open(it, "c");
  await client.codes("t", 0, 268_435_455);
  await client.gets("r/0/r#268435455");
  publish("a");
  await client.gets("a/0#268435455");
  await client.codes("t", { retainHandling: 2 }, 7);
  publish("b");
  await client.gets("b/0#7");
  await client.codes("t", { retainHandling: 2 });
  publish("c");
  await client.gets("c/0");
});

Deno.test("[MQTT-3.3.4-4] overlapping filters: one copy, the highest QoS, all identifiers", async () => {
  await using it = await ClockedBroker.start();
  const client = await Peer5.open(it, "c");
  await client.codes("a/#", 0, 1);
  await client.codes("a/+", 2, 2);
  await client.codes("a/b", 1, 300);
  await client.codes("+/b", 0);
  await client.codes("#", 0, 2);
  it.broker.publish({ topicName: "a/b", payload: "x", qos: 2 });
  await client.gets("x/2#1,2,300");
  it.broker.publish({ topicName: "b/c", payload: "y", qos: 2 });
  await client.gets("y/0#2");
  await client.nothing();
});

Deno.test("a retained message has the identifier of the subscription that it is sent for alone", async () => {
  await using it = await ClockedBroker.start();
  it.broker.publish({ topicName: "a/b", payload: "r", qos: 1, retain: true });
  const client = await Peer5.open(it, "c");
  await client.codes("a/#", 1, 1);
  await client.gets("r/1/r#1");
  await client.codes("a/+", 0, 2);
  await client.gets("r/0/r#2");
});

Deno.test("identifiers wait with their messages, and come again with DUP", async () => {
  await using it = await ClockedBroker.start();
  const client = await Peer5.keep(it, "c");
  await client.codes("t", 1, 5);
  it.broker.publish({ topicName: "t", payload: "sent", qos: 1 });
  await client.take();
  await client.raw.close();
  await until(() => it.broker.metrics.clientsConnected === 0, "the end of the connection");
  it.broker.publish({ topicName: "t", payload: "waits", qos: 1 });
  const again = await Peer5.keep(it, "c");
  await again.gets("sent/1/dup#5", "waits/1#5");
});

Deno.test("a session goes on under the other version: options stay, properties are not for 3.1.1", async () => {
  await using it = await ClockedBroker.start();
  const first = await Peer5.keep(it, "c");
  await first.subscribe([["t", { qos: 1, noLocal: true, retainAsPublished: true }]], {
    subscriptionIdentifiers: [9],
  });
  await first.disconnect();
  it.broker.publish({ topicName: "t", payload: "waited", qos: 1, retain: true });
  const old = await it.keep("c");
  assertEquals(old.sessionPresent, true);
  await old.gets("waited/1/r");
  await old.publish("t", "own", { qos: 1, retain: true });
  await old.nothing();
  await old.disconnect();
  const back = await Peer5.keep(it, "c");
  it.broker.publish({ topicName: "t", payload: "x", qos: 1 });
  await back.gets("x/1#9");
  await back.disconnect();
  const plain = await it.keep("c");
  await plain.subscribed(["t", 0]);
  await plain.gets("own/0/r");
  await plain.disconnect();
  const last = await Peer5.keep(it, "c");
  it.broker.publish({ topicName: "t", payload: "y", qos: 1, retain: true });
  await last.gets("y/0");
});

Deno.test("a subscription made again as it was leaves what was matched as it is", async () => {
  const events: unknown[] = [];
  await using it = await ClockedBroker.start({}, {
    clientSubscribed: ({ client: _, ...event }) => void events.push(event),
  });
  const client = await Peer5.open(it, "c");
  await client.codes("t", { qos: 1, noLocal: true, retainHandling: 1 }, 3);
  await client.codes("t", { qos: 1, noLocal: true, retainHandling: 1 }, 3);
  const subscribed = {
    topicFilter: "t",
    qos: 1,
    noLocal: true,
    retainAsPublished: false,
    retainHandling: 1,
    subscriptionIdentifier: 3,
  } as const;
  assertEquals(events, [subscribed, subscribed]);
  const old = await it.open("old");
  await old.subscribed(["t", 2]);
  assertEquals(events[2], { topicFilter: "t", qos: 2 });
});

Deno.test("max_qos: granted and no more, in both versions", async () => {
  await using it = await ClockedBroker.start({ max_qos: 0 });
  const client = await Peer5.open(it, "c");
  assertEquals((await client.subscribe([["a", 2], ["b", 0]])).reasonCodes, [0, 0]);
  const { raw } = await it.open("old");
  await raw.send(subscribe(1, ["a", 2]));
  await raw.expect(suback(1, 0));
});

Deno.test("identifiers without end: a PUBLISH has 1,024 of them at most, and other clients are served", async () => {
  await using it = await ClockedBroker.start();
  const client = await Peer5.open(it, "c");
  const levels = 12;
  const count = 1 << levels;
  for (let bits = 0; bits < count; bits++) {
    const filter = Array.from({ length: levels }, (_, at) => bits >> at & 1 ? "+" : "a").join("/");
    await client.raw.send(
      subscribe5(bits + 1, [[filter, 0]], { subscriptionIdentifiers: [bits + 1] }),
    );
  }
  for (let bits = 0; bits < count; bits++) await client.raw.expect5("SUBACK");
  const topicName = new Array(levels).fill("a").join("/");
  for (const payload of ["1", "2"]) it.broker.publish({ topicName, payload });
  for (const payload of ["1", "2"]) {
    const got = await client.take();
    const identifiers = got.properties.subscriptionIdentifiers!;
    assertEquals([got.payload, identifiers.length], [payload, 1024]);
    assertEquals(new Set(identifiers).size, 1024);
    assert(identifiers.every((one) => one >= 1 && one <= count));
  }
  await client.nothing();
});
