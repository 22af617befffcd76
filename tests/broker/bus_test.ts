/** Two brokers with a bus between them are one to their clients: messages, live and retained. */
import { assertEquals } from "@std/assert";
import type { PluginContext } from "../../mod.ts";
import { Peer5 } from "../support/peer5.ts";
import { ReasonCode } from "../../lib/wire/codes.ts";
import { PINGREQ } from "../support/raw_packets.ts";
import { publish5 } from "../support/raw_packets5.ts";
import { Together } from "../support/together.ts";
import { until } from "../support/until.ts";

for (const qos of [0, 1, 2]) {
  Deno.test(`a message reaches subscribers of both brokers once, in order, at QoS ${qos}`, async () => {
    await using it = await Together.start();
    const [a, b] = it.all;
    const here = await a.open("here");
    const there = await b.open("there");
    for (const one of [here, there]) await one.subscribed(["t/#", qos], ["t/+", qos]);
    await it.bus.quiet();
    const publisher = await a.open("publisher");
    await publisher.publishAll("t/x", qos, ["1", "2", "3"]);
    for (const one of [here, there]) await one.gets(`1/${qos}`, `2/${qos}`, `3/${qos}`);
    await it.bus.quiet();
    for (const one of [here, there]) await one.nothing();
  });
}

Deno.test("the granted QoS is the receiver's, wherever it is", async () => {
  await using it = await Together.start();
  const [a, b] = it.all;
  const there = await b.open("there");
  await there.subscribed(["t", 1]);
  await it.bus.quiet();
  await (await a.open("publisher")).publish("t", "x", { qos: 2 });
  await there.gets("x/1");
});

Deno.test("who has unsubscribed, or has gone, gets nothing, and nothing is sent for it", async () => {
  await using it = await Together.start();
  const [a, b] = it.all;
  const [first, second] = [await b.open("first"), await b.open("second")];
  await first.subscribed(["t", 0]);
  await second.subscribed(["t", 0]);
  const publisher = await a.open("publisher");
  await first.unsubscribe("t");
  await it.bus.quiet();
  await publisher.publish("t", "1");
  await second.gets("1/0");
  await second.disconnect();
  await it.bus.quiet();
  assertEquals(it.bus.of(0).match("t"), undefined);
  await publisher.publish("t", "2");
  await it.bus.quiet();
  await first.nothing();
});

Deno.test("a route that was used before someone subscribed elsewhere is matched again", async () => {
  await using it = await Together.start();
  const [a, b] = it.all;
  const publisher = await a.open("publisher");
  await publisher.publish("t", "early");
  const there = await b.open("there");
  await there.subscribed(["t", 0]);
  await it.bus.quiet();
  await publisher.publish("t", "late");
  await there.gets("late/0");
});

Deno.test("a retained message is known to both, replaced and removed at either", async () => {
  await using it = await Together.start();
  const [a, b] = it.all;
  await (await a.open("p")).publish("t", "1", { retain: true, qos: 1 });
  await it.bus.quiet();
  const first = await b.open("first");
  await first.subscribed(["t", 1]);
  await first.gets("1/1/r");
  await (await b.open("q")).publish("t", "2", { retain: true });
  await it.bus.quiet();
  const second = await a.open("second");
  await second.subscribed(["t", 1]);
  await second.gets("2/0/r");
  await (await b.open("r")).publish("t", "", { retain: true });
  await it.bus.quiet();
  const third = await a.open("third");
  await third.subscribed(["t", 1]);
  await third.nothing();
  assertEquals([a.broker.metrics.retainedCount, b.broker.metrics.retainedCount], [0, 0]);
});

Deno.test("retained messages of the same moment come to the same everywhere", async () => {
  await using it = await Together.start(3);
  for (let round = 0; round < 20; round++) {
    for (const [i, { broker }] of it.brokers.entries()) {
      broker.publish({
        topicName: "t",
        payload: i === round % 4 ? "" : `${round}/${i}`,
        retain: true,
      });
    }
    await it.bus.quiet();
    const seen = new Set<string>();
    for (const [i, one] of it.brokers.entries()) {
      const reader = await one.open(`r${round}-${i}`);
      await reader.subscribed(["t", 0]);
      seen.add((await reader.drain()).map(({ payload }) => payload).join());
    }
    assertEquals(seen.size, 1, `round ${round}: ${[...seen]}`);
  }
});

Deno.test("what one broker has retained before it joins, the others have when they take clients", async () => {
  const payload = "x".repeat(2000);
  const publishes = (name: string) => ({ publish }: PluginContext) => {
    for (let i = 0; i < 100; i++) publish({ topicName: `${name}/${i}`, payload, retain: true });
    publish({ topicName: "both", payload: name, retain: true });
    return {};
  };
  await using together = await Together.with([publishes("a"), publishes("b")]);
  const both: string[] = [];
  for (const it of together.brokers) {
    const reader = await it.open("reader");
    await reader.subscribed(["a/+", 0], ["b/+", 0]);
    assertEquals((await reader.payloads(200)).length, 200);
    await reader.subscribed(["both", 0]);
    both.push((await reader.receive()).payload);
  }
  assertEquals(both[0], both[1]);
});

Deno.test("what is under $SYS stays with its broker", async () => {
  await using it = await Together.start();
  const [a, b] = it.all;
  const reader = await b.open("reader");
  await reader.subscribed(["$SYS/own", 0]);
  await it.bus.quiet();
  a.broker.publish({ topicName: "$SYS/own", payload: "a's", retain: true });
  await it.bus.quiet();
  await reader.nothing();
});

Deno.test("each message of a shared subscription goes to one member, by turns wherever they are", async () => {
  await using it = await Together.start();
  const [a, b] = it.all;
  const members = [await a.open("1"), await b.open("2"), await b.open("3")];
  for (const one of members) await one.subscribed(["$share/g/t", 1]);
  const plain = await b.open("plain");
  await plain.subscribed(["t", 1]);
  await it.bus.quiet();
  const payloads = Array.from({ length: 9 }, (_, i) => `${i}`);
  await (await a.open("publisher")).publishAll("t", 1, payloads);
  const got = await Promise.all(members.map((one) => one.payloads(3)));
  assertEquals(got.flat().sort(), payloads);
  assertEquals(await plain.payloads(9), payloads);
  for (const one of members) await one.nothing();
});

Deno.test("a group whose members are all elsewhere gets each message once", async () => {
  await using it = await Together.start(3);
  const [a, b, c] = it.all;
  const members = [await b.open("1"), await c.open("2")];
  for (const one of members) await one.subscribed(["$share/g/t", 0]);
  await it.bus.quiet();
  await (await a.open("publisher")).publishAll("t", 0, ["1", "2", "3", "4"]);
  const got = await Promise.all(members.map((one) => one.payloads(2)));
  assertEquals(got.flat().sort(), ["1", "2", "3", "4"]);
});

Deno.test("properties of MQTT 5 arrive, and the expiry of what waits goes on", async () => {
  await using it = await Together.start();
  const [a, b] = it.all;
  const reader = await Peer5.open(b, "reader");
  await reader.codes("t", 1, 9);
  const plain = await b.open("plain");
  await plain.subscribed(["t", 0]);
  await it.bus.quiet();
  a.broker.publish({
    topicName: "t",
    payload: "x",
    qos: 1,
    properties: { contentType: "text/plain", userProperties: [["k", "v"]] },
  });
  const message = await reader.take();
  assertEquals(message.payload, "x");
  assertEquals(message.properties.contentType, "text/plain");
  assertEquals(message.properties.userProperties, [["k", "v"]]);
  assertEquals(message.properties.subscriptionIdentifiers, [9]);
  await plain.gets("x/0");
});

Deno.test("a publisher waits for a member that does not keep up, and nothing is lost", async () => {
  await using it = await Together.start();
  const [a, b] = it.all;
  const there = await b.open("there");
  await there.subscribed(["t", 1]);
  await it.bus.quiet();
  const publisher = await a.open("publisher");
  const quiet = await a.open("another");
  const [link] = it.bus.links;
  link!.fullAt = 1;
  const goOn = link!.hold();
  await publisher.raw.send(publisher.words.publish("t", "1", { qos: 1, id: 1 }), PINGREQ);
  let answered = false;
  const answer = publisher.answer(4, 1).then(() => answered = true);
  await quiet.ping();
  assertEquals(answered, false);
  goOn();
  await answer;
  await there.gets("1/1");
});

Deno.test("what was removed is remembered no longer than a member may not know of it, also a silent one", async () => {
  await using it = await Together.start();
  const [a, b] = it.all;
  for (let i = 0; i < 3000; i++) {
    const topicName = `t/${i}`;
    a.broker.publish({ topicName, payload: "x", retain: true });
    a.broker.publish({ topicName, payload: "", retain: true });
    if (i % 100 === 0) await it.bus.quiet();
  }
  a.broker.publish({ topicName: "last", payload: "x", retain: true });
  await it.bus.quiet();
  assertEquals(b.broker.metrics.retainedCount, 1);
  for (const member of it.bus.members) assertEquals(member.removedTopics < 1500, true);
});

Deno.test("a retained message that expires does so at each member", async () => {
  await using it = await Together.start();
  const [a] = it.all;
  const properties = { messageExpiryInterval: 1 };
  a.broker.publish({ topicName: "t", payload: "x", retain: true, properties });
  await it.bus.quiet();
  for (const { broker } of it.brokers) assertEquals(broker.metrics.retainedCount, 1);
  for (const { clock } of it.brokers) clock.advance(5000);
  await until(
    () => it.brokers.every(({ broker }) => broker.metrics.retainedCount === 0),
    "the end of the message",
  );
  assertEquals(it.bus.members.map(({ removedTopics }) => removedTopics), [1, 1]);
});

Deno.test("a full queue here refuses no message that another member's client may still get", async () => {
  const limits = { full_queue: "refuse", max_queued_messages: 1 } as const;
  await using it = await Together.start(2, limits);
  const [a, b] = it.all;
  const away = await a.keep("away");
  await away.subscribed(["t", 1]);
  await away.disconnect();
  const { raw } = await Peer5.open(a, "publisher");
  const publish = async (payload: string) => {
    await raw.send(publish5("t", payload, { qos: 1, id: 1 }));
    return (await raw.expect5("PUBACK")).reasonCode;
  };
  assertEquals([await publish("1"), await publish("2")], [0, ReasonCode.QUOTA_EXCEEDED]);
  const there = await b.open("there");
  await there.subscribed(["t", 1]);
  await it.bus.quiet();
  assertEquals(await publish("3"), 0);
  await there.gets("3/1");
});
