/**
 * What a client of MQTT 5 can make large or long: properties count as bytes wherever messages wait, floods end with a
 * code, and no one else notices.
 */
import { assert, assertEquals } from "@std/assert";
import { ClockedBroker } from "../support/clocked_broker.ts";
import { Peer5 } from "../support/peer5.ts";
import { Random } from "../support/random.ts";
import { RawClient } from "../support/raw_client.ts";
import { bytes, hex } from "../support/raw_packets.ts";
import { auth5, connect5, disconnect5, publish5, subscribe5 } from "../support/raw_packets5.ts";
import { until } from "../support/until.ts";
import { damaged } from "../wire/hostile.ts";
import { packet5Of, session5Of } from "../fuzz/packets5.ts";

const pairsOf = (count: number) => Array.from({ length: count }, (): [string, string] => ["", ""]);
/** 10,000 bytes on the wire. */
const LARGE = { userProperties: pairsOf(2000) };

Deno.test("user properties count against max_queued_bytes", async () => {
  await using it = await ClockedBroker.start({ max_queued_bytes: "64KiB" });
  const absent = await Peer5.keep(it, "absent");
  await absent.codes("t", 1);
  await absent.raw.close();
  await until(() => it.broker.metrics.clientsConnected === 0, "it is away");
  const pub = await Peer5.open(it, "pub");
  for (let i = 0; i < 20; i++) await pub.publish("t", "", { qos: 1, properties: LARGE });
  assertEquals(it.broker.metrics.messagesQueued, 6);
});

Deno.test("and against max_retained_bytes", async () => {
  await using it = await ClockedBroker.start({ max_retained_bytes: "64KiB" });
  const pub = await Peer5.open(it, "pub");
  for (let i = 0; i < 20; i++) {
    await pub.publish(`t/${i}`, "x", { retain: true, properties: LARGE });
  }
  const sub = await Peer5.open(it, "sub");
  await sub.codes("t/#", 0);
  let count = 0;
  for (; count < 6; count++) assertEquals((await sub.receive()).properties, LARGE);
  await sub.nothing();
});

Deno.test("and against max_inflight_bytes", async () => {
  await using it = await ClockedBroker.start({ max_inflight_bytes: "64KiB" });
  const sub = await Peer5.open(it, "sub");
  await sub.codes("t", 1);
  const pub = await Peer5.open(it, "pub");
  for (let i = 0; i < 20; i++) await pub.publish("t", "", { qos: 1, properties: LARGE });
  assert(it.broker.metrics.inflightOut <= 7, `${it.broker.metrics.inflightOut} under way`);
  for (let i = 0; i < 20; i++) await sub.receive();
});

for (
  const [name, packet] of [
    ["SUBSCRIBE", subscribe5(1, [["a", 0]], { userProperties: pairsOf(5000) })],
    ["AUTH", auth5(0x19, { authenticationMethod: "m", userProperties: pairsOf(5000) })],
    ["DISCONNECT", disconnect5(4, { userProperties: pairsOf(5000) })],
  ] as const
) {
  Deno.test(`a ${name} of 5,000 user properties ends its connection with 0x97`, async () => {
    await using it = await ClockedBroker.start();
    const other = await Peer5.open(it, "other");
    const client = await Peer5.open(it, "c");
    await client.raw.send(packet);
    assertEquals((await client.raw.expect5("DISCONNECT")).reasonCode, 0x97);
    await client.raw.expectClosed();
    await other.ping();
  });
}

Deno.test("a PUBLISH of 1 MiB of user properties arrives whole, and others are served", async () => {
  await using it = await ClockedBroker.start();
  const [sub, pub] = [await Peer5.open(it, "sub"), await Peer5.open(it, "pub")];
  await sub.codes("t", 0);
  const flood = new Uint8Array(1_000_000);
  for (let at = 0; at < flood.length; at += 5) flood[at] = 0x26;
  await pub.raw.send(publish5("t", "x", { properties: [flood] }));
  await pub.ping();
  assertEquals((await sub.raw.nextPacket())?.body.length, flood.length + 7);
});

Deno.test("sessions that end at one moment go in several passes", async () => {
  await using it = await ClockedBroker.start();
  const count = 100;
  for (let i = 0; i < count; i++) {
    const one = await Peer5.open(it, `mayfly${i}`, { properties: { sessionExpiryInterval: 5 } });
    await one.raw.close();
  }
  await until(() => it.broker.metrics.clientsDisconnected === count, "all are away");
  it.clock.advance(5_000);
  const left = [it.broker.metrics.clientsDisconnected];
  for (let pass = 0; pass < 3; pass++) {
    it.clock.advance(20);
    left.push(it.broker.metrics.clientsDisconnected);
  }
  assertEquals(left, [60, 20, 0, 0]);
});

Deno.test("goodbyes with 1 KiB of reason: the log stays small", async () => {
  await using it = await ClockedBroker.start();
  const goodbye = disconnect5(0x80, { reasonString: "because ".repeat(128) });
  for (let i = 0; i < 300; i++) {
    const client = await it.dial();
    await client.send(connect5({ clientId: `${i}` }), goodbye);
    await client.readToEnd();
  }
  it.clock.advance(1000);
  assert(it.log.length <= 60, `${it.log.length} lines`);
  assert(Math.max(...it.log.map((line) => line.length)) < 1000, "a long line");
});

Deno.test("random and damaged packets of MQTT 5 disturb no one else", async () => {
  await using it = await ClockedBroker.start({ max_packet_size: 50_000 });
  const [pub, sub] = [await Peer5.open(it, "good pub"), await Peer5.open(it, "good sub")];
  await sub.codes("good", 2);
  const connections = 300;
  const attackers = Array.from({ length: 10 }, async (_, attacker) => {
    const random = new Random(attacker);
    for (let n = 0; n < connections / 10; n++) {
      await using client = await RawClient.dial(it.address);
      const packets = session5Of(random).map((packet) =>
        random.oneIn(3) ? damaged(random, packet) : packet
      );
      await client.sendAnyway(bytes(...packets, packet5Of(random)));
      if (random.oneIn(2)) continue;
      await client.closeWrite().catch(() => {}); // the broker may have closed it already
      await client.readToEnd();
    }
  });
  for (let i = 0; i < 50; i++) {
    await pub.publish("good", `${i}`, { qos: 1 });
    await sub.gets(`${i}/1`);
  }
  await Promise.all(attackers);
  assertEquals(it.logged("fault of the broker"), []);
});

Deno.test("every single byte changed in a good conversation of MQTT 5: no fault of the broker", async () => {
  await using it = await ClockedBroker.start();
  const conversation = bytes(
    connect5({
      clientId: "c",
      username: "u",
      properties: { sessionExpiryInterval: 9, topicAliasMaximum: 5, userProperties: [["a", "b"]] },
      will: { topic: "w", payload: "x", properties: { willDelayInterval: 1, contentType: "t" } },
    }),
    subscribe5(1, [["a/+", 1]], { subscriptionIdentifiers: [5] }),
    publish5("a/b", "hello", {
      qos: 2,
      id: 3,
      retain: true,
      properties: { topicAlias: 2, messageExpiryInterval: 9, responseTopic: "r" },
    }),
    hex("62 02 0003"),
    publish5("", "again", { properties: { topicAlias: 2 } }),
    disconnect5(4, { sessionExpiryInterval: 0 }),
  );
  for (let at = 0; at < conversation.length; at++) {
    await Promise.all([0x01, 0x80, 0xff].map(async (mask) => {
      await using client = await RawClient.dial(it.address);
      await client.sendAnyway(conversation.with(at, conversation[at]! ^ mask));
      await client.closeWrite().catch(() => {}); // the broker may have closed it already
      await client.readToEnd();
    }));
  }
  assertEquals(it.logged("fault of the broker"), []);
});
