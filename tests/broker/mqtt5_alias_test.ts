/** Topic aliases of MQTT 5, section 3.3.2.3.4, in both directions. */
import { assertEquals } from "@std/assert";
import { ClockedBroker } from "../support/clocked_broker.ts";
import { Peer5 } from "../support/peer5.ts";
import { publish5 } from "../support/raw_packets5.ts";
import type { Publish5 } from "../support/raw_parse5.ts";

const aliased = (topic: string, topicAlias: number, payload = "x") =>
  publish5(topic, payload, { properties: { topicAlias } });

/** `topic=alias`, as it stands in the packet. */
function shown({ topic, properties }: Publish5): string {
  return `${topic}=${properties.topicAlias ?? ""}`;
}

Deno.test("an alias stands for its topic, may be given anew, and is no matter of receivers", async () => {
  await using it = await ClockedBroker.start();
  const [sub, pub] = [await Peer5.open(it, "sub"), await Peer5.open(it, "pub")];
  await sub.codes("#", 0);
  await pub.raw.send(
    aliased("a", 1),
    aliased("", 1),
    aliased("b", 1),
    aliased("", 1),
    aliased("c", 2),
  );
  await pub.raw.send(aliased("", 1));
  const got = [];
  for (let i = 0; i < 6; i++) got.push(shown(await sub.receive()));
  assertEquals(got, ["a=", "a=", "b=", "b=", "c=", "b="]);
});

Deno.test("[MQTT-3.3.2-7] aliases end with the connection; an unknown one is 0x82", async () => {
  await using it = await ClockedBroker.start();
  const pub = await Peer5.keep(it, "pub");
  await pub.raw.send(aliased("a", 1));
  await pub.disconnect();
  const again = await Peer5.keep(it, "pub");
  await again.raw.send(aliased("", 1));
  await again.closedWith(0x82);
});

Deno.test("[MQTT-3.3.2-8] [MQTT-3.3.2-9] alias 0 and one above the maximum: 0x94", async () => {
  await using it = await ClockedBroker.start({ topic_alias_maximum: 3 });
  for (const alias of [0, 4, 65_535]) {
    const pub = await Peer5.open(it, "pub");
    await pub.raw.send(aliased("a", alias));
    await pub.closedWith(0x94);
  }
});

Deno.test("topic_alias_maximum 0: there are none", async () => {
  await using it = await ClockedBroker.start({ topic_alias_maximum: 0 });
  const pub = await Peer5.open(it, "pub", { properties: { topicAliasMaximum: 10 } });
  await pub.codes("#", 0);
  await pub.publish("topic", "x");
  assertEquals(shown(await pub.receive()), "topic=");
  await pub.raw.send(aliased("a", 1));
  await pub.closedWith(0x94);
});

Deno.test("many long topic names by alias end the connection with 0x97: bytes are bounded", async () => {
  await using it = await ClockedBroker.start();
  const pub = await Peer5.open(it, "pub");
  for (let alias = 1; alias <= 4; alias++) {
    await pub.raw.send(aliased(`${alias}`.repeat(60_000), alias));
  }
  await pub.ping();
  await pub.raw.send(aliased("5".repeat(60_000), 5));
  await pub.closedWith(0x97);
});

Deno.test("a long name whose alias goes to another one is forgotten: names come and go without end", async () => {
  await using it = await ClockedBroker.start();
  const pub = await Peer5.open(it, "pub");
  for (let i = 0; i < 10; i++) await pub.raw.send(aliased(`${i}`.repeat(60_000), 1));
  await pub.ping();
});

Deno.test("a PUBLISH without properties behind one with an alias gives none to its topic", async () => {
  await using it = await ClockedBroker.start();
  const [sub, pub] = [await Peer5.open(it, "sub"), await Peer5.open(it, "pub")];
  await sub.codes("#", 0);
  await pub.raw.send(aliased("b", 1), publish5("c", "x"), aliased("", 1));
  const got = [];
  for (let i = 0; i < 3; i++) got.push((await sub.receive()).topic);
  assertEquals(got, ["b", "c", "b"]);
});

Deno.test("names of 3 and of 1,025 bytes get no alias, those of 4 and 1,024 do", async () => {
  await using it = await ClockedBroker.start();
  const sub = await Peer5.open(it, "sub", { properties: { topicAliasMaximum: 9 } });
  await sub.codes("#", 0);
  const got = [];
  for (const bytes of [3, 4, 1024, 1025]) {
    for (let i = 0; i < 2; i++) {
      it.broker.publish({ topicName: "x".repeat(bytes), payload: "x" });
      got.push((await sub.receive()).properties.topicAlias);
    }
  }
  assertEquals(got, [undefined, undefined, 1, 1, 2, 2, undefined, undefined]);
});

Deno.test("receivers of every layout, at once: each gets its own identifiers, QoS and alias", async () => {
  await using it = await ClockedBroker.start();
  const peers = [];
  for (const qos of [0, 1]) {
    for (const identifier of [undefined, 1, 2, 3, 4]) {
      for (const topicAliasMaximum of [0, 1]) {
        const properties = { topicAliasMaximum };
        const peer = await Peer5.open(it, `${qos}${identifier}${topicAliasMaximum}`, {
          properties,
        });
        await peer.codes("topic", qos, identifier);
        peers.push({ peer, qos, identifier, topicAliasMaximum });
      }
    }
  }
  for (const payload of ["1", "2"]) it.broker.publish({ topicName: "topic", payload, qos: 1 });
  for (const { peer, qos, identifier, topicAliasMaximum } of peers) {
    for (const payload of ["1", "2"]) {
      const got = await peer.receive();
      assertEquals([got.payload, got.qos], [payload, qos]);
      assertEquals(got.topic, topicAliasMaximum === 1 && payload === "2" ? "" : "topic");
      assertEquals(got.properties.topicAlias, topicAliasMaximum === 1 ? 1 : undefined);
      const identifiers = identifier === undefined ? undefined : [identifier];
      assertEquals(got.properties.subscriptionIdentifiers, identifiers);
    }
  }
});

Deno.test("a client that takes aliases gets the topic with one first, then the alias alone", async () => {
  await using it = await ClockedBroker.start();
  const sub = await Peer5.open(it, "sub", { properties: { topicAliasMaximum: 1 } });
  await sub.codes("#", 2);
  const all = [];
  for (const qos of [0, 1, 2] as const) {
    it.broker.publish({ topicName: "topic", payload: "x", qos });
    const message = await sub.receive();
    assertEquals([message.qos, message.payload], [qos, "x"]);
    all.push(shown(message));
  }
  assertEquals(all, ["topic=1", "=1", "=1"]);
});

Deno.test("[MQTT-3.3.2-11] no alias above the client's maximum; the unused one goes to a topic that comes again", async () => {
  await using it = await ClockedBroker.start();
  const sub = await Peer5.open(it, "sub", { properties: { topicAliasMaximum: 2 } });
  await sub.codes("#", 0);
  const all = [];
  for (
    const topicName of [
      "aaaa",
      "bbbb",
      "cccc",
      "bbbb",
      "cccc",
      "dddd",
      "cccc",
      "cccc",
      "aaaa",
      "aaaa",
    ]
  ) {
    it.broker.publish({ topicName, payload: "x" });
    all.push(shown(await sub.receive()));
  }
  assertEquals(all, [
    "aaaa=1",
    "bbbb=2",
    "cccc=",
    "=2",
    "cccc=1",
    "dddd=",
    "=1",
    "=1",
    "aaaa=",
    "aaaa=2",
  ]);
});

Deno.test("aliases, identifiers, properties and a large payload together", async () => {
  await using it = await ClockedBroker.start();
  const sub = await Peer5.open(it, "sub", { properties: { topicAliasMaximum: 5 } });
  await sub.codes("#", 1, 268_435_455);
  const properties = { contentType: "c", userProperties: [["k", "v"]] as [string, string][] };
  for (const size of [1, 40_000]) {
    for (const qos of [0, 1] as const) {
      it.broker.publish({ topicName: `topic/${size}`, payload: "x".repeat(size), qos, properties });
      it.broker.publish({ topicName: `topic/${size}`, payload: "y".repeat(size), qos, properties });
      for (const letter of ["x", "y"]) {
        const got = await sub.receive();
        assertEquals(got.payload, letter.repeat(size));
        assertEquals(got.properties.contentType, "c");
        assertEquals(got.properties.userProperties, properties.userProperties);
        assertEquals(got.properties.subscriptionIdentifiers, [268_435_455]);
        assertEquals(got.properties.topicAlias, size === 1 ? 1 : 2);
      }
    }
  }
});

Deno.test("an alias is not given where its bytes would make the packet too large", async () => {
  await using it = await ClockedBroker.start();
  const limits = { topicAliasMaximum: 5, maximumPacketSize: 20 };
  const sub = await Peer5.open(it, "sub", { properties: limits });
  await sub.codes("#", 0);
  it.broker.publish({ topicName: "topic", payload: "1".repeat(10) }); // 20 bytes without one
  it.broker.publish({ topicName: "topic", payload: "2" });
  it.broker.publish({ topicName: "topic", payload: "3".repeat(13) }); // 20 bytes with the alias alone
  assertEquals(shown(await sub.receive()), "topic=");
  assertEquals(shown(await sub.receive()), "topic=1");
  await sub.nothing();
});
