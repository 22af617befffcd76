/** PUBLISH of MQTT 5 through a broker: what its properties do, and how it is acknowledged. */
import { assertEquals } from "@std/assert";
import type { BrokerOptions, Hooks } from "../../mod.ts";
import { ClockedBroker } from "../support/clocked_broker.ts";
import { Peer5 } from "../support/peer5.ts";
import { pubcomp, publish, pubrec, pubrel } from "../support/raw_packets.ts";
import { puback5, publish5, pubrec5, pubrel5 } from "../support/raw_packets5.ts";

const NO_MATCHING_SUBSCRIBERS = 0x10;
const NOT_AUTHORIZED = 0x87;

/** What PUBACK or PUBREC says to a PUBLISH. */
async function answer(peer: Peer5, topic: string, qos: 1 | 2, payload = "x"): Promise<number> {
  await peer.raw.send(publish5(topic, payload, { qos, id: 7 }));
  const { id, reasonCode } = await peer.raw.expect5(qos === 1 ? "PUBACK" : "PUBREC");
  assertEquals(id, 7);
  return reasonCode;
}

Deno.test("[MQTT-3.3.2-15] [MQTT-3.3.2-17] [MQTT-3.3.2-18] properties go on as they came, the pairs in order", async () => {
  await using it = await ClockedBroker.start();
  const sub = await Peer5.open(it, "sub");
  await sub.codes("t", 2);
  const pub = await Peer5.open(it, "pub");
  const properties = {
    payloadFormatIndicator: 1,
    contentType: "text/plain",
    responseTopic: "answers/1",
    correlationData: Uint8Array.of(0, 1, 255),
    userProperties: [["b", "1"], ["a", "2"], ["b", "1"]] as [string, string][],
  };
  for (const qos of [0, 1, 2] as const) {
    await pub.publish("t", "x", { qos, properties });
    assertEquals((await sub.receive()).properties, properties);
  }
});

Deno.test("a client of 3.1.1 gets the message without its properties, and one of 5 a message of 3.1.1", async () => {
  await using it = await ClockedBroker.start();
  const [five, four] = [await Peer5.open(it, "five"), await it.open("four")];
  await five.codes("#", 1);
  await four.subscribed(["#", 1]);
  await five.publish("t", "from 5", { qos: 1, properties: { contentType: "x", topicAlias: 1 } });
  await four.gets("from 5/1");
  await five.gets("from 5/1");
  await four.publish("t", "from 4", { qos: 1 });
  await four.gets("from 4/1");
  assertEquals((await five.receive()).properties, {});
});

Deno.test("PUBACK and PUBREC say that no one subscribes; a QoS 2 exchange goes on all the same", async () => {
  await using it = await ClockedBroker.start();
  const pub = await Peer5.open(it, "pub");
  assertEquals(await answer(pub, "t", 1), NO_MATCHING_SUBSCRIBERS);
  assertEquals(await answer(pub, "t", 2), NO_MATCHING_SUBSCRIBERS);
  await pub.raw.send(pubrel(7));
  assertEquals((await pub.raw.expect5("PUBCOMP")).reasonCode, 0);
  const sub = await Peer5.open(it, "sub");
  await sub.codes("t", 0);
  assertEquals(await answer(pub, "t", 1), 0);
});

Deno.test("a denied message and one to a $ topic are refused with 0x87, and a refused QoS 2 id is free again", async () => {
  const denies: Hooks = { authorize: ({ topic }) => topic === "denied" ? "deny" : "allow" };
  await using it = await ClockedBroker.start({}, denies);
  const pub = await Peer5.open(it, "pub");
  for (const topic of ["denied", "$SYS/x"]) {
    assertEquals(await answer(pub, topic, 1), NOT_AUTHORIZED);
    assertEquals(await answer(pub, topic, 2), NOT_AUTHORIZED);
    await pub.raw.send(pubrel(7));
    assertEquals((await pub.raw.expect5("PUBCOMP")).reasonCode, 0x92);
  }
  assertEquals(it.broker.metrics.inflightIn, 0);
});

Deno.test("unknown packet ids: PUBREL is answered with PUBCOMP 0x92, PUBREC with PUBREL 0x92", async () => {
  await using it = await ClockedBroker.start();
  const peer = await Peer5.open(it, "c");
  await peer.raw.send(pubrel5(9));
  assertEquals(await peer.raw.expect5("PUBCOMP").then(({ reasonCode }) => reasonCode), 0x92);
  await peer.raw.send(pubrec(9));
  assertEquals(await peer.raw.expect5("PUBREL").then(({ reasonCode }) => reasonCode), 0x92);
  await peer.raw.send(pubcomp(9));
  await peer.nothing();
});

Deno.test("[MQTT-4.3.3-4] PUBREC with an error ends the exchange: no PUBREL, and the window is free", async () => {
  await using it = await ClockedBroker.start();
  const sub = await Peer5.open(it, "sub", { properties: { receiveMaximum: 1 } });
  await sub.codes("t", 2);
  for (const payload of ["1", "2"]) it.broker.publish({ topicName: "t", payload, qos: 2 });
  const { id, payload } = await sub.take();
  assertEquals(payload, "1");
  await sub.raw.send(pubrec5(id, 0x97));
  await sub.gets("2/2");
  await sub.ping();
  assertEquals(it.broker.metrics.inflightOut, 0);
});

Deno.test("[MQTT-3.3.4-9] a client gets no more at a time than its receive maximum, after a reconnection too", async () => {
  await using it = await ClockedBroker.start();
  const sub = await Peer5.keep(it, "sub", { properties: { receiveMaximum: 3 } });
  await sub.codes("t", 1);
  for (const payload of ["1", "2", "3", "4"]) {
    it.broker.publish({ topicName: "t", payload, qos: 1 });
  }
  for (const wanted of ["1", "2", "3"]) assertEquals((await sub.take()).payload, wanted);
  await sub.nothing();
  await sub.disconnect();
  const again = await Peer5.keep(it, "sub", { properties: { receiveMaximum: 2 } });
  const first = await again.take();
  const second = await again.take();
  assertEquals([first, second].map(({ payload, dup }) => `${payload} ${dup}`), [
    "1 true",
    "2 true",
  ]);
  await again.nothing();
  await again.raw.send(pubrec5(999, 0x80)); // of no exchange: it frees nothing
  await again.nothing();
  await again.raw.send(puback5(first.id));
  await again.gets("3/1/dup", "4/1");
});

Deno.test("[MQTT-3.1.2-24] [MQTT-3.1.2-25] what is too large for a client is never sent to it, and counted", async () => {
  await using it = await ClockedBroker.start();
  const small = await Peer5.keep(it, "small", { properties: { maximumPacketSize: 40 } });
  await small.codes("#", 1);
  const all = await Peer5.open(it, "all");
  await all.codes("#", 1);
  const send = (payload: string, retain = false) =>
    it.broker.publish({ topicName: "t", payload, qos: 1, retain });
  send("x".repeat(31)); // 2 + 2 + 1 + 2 + 1 + 31 = 39
  send("y".repeat(33)); // one byte too many
  await small.gets(`${"x".repeat(31)}/1`);
  await small.nothing();
  await all.drain();
  await small.disconnect();
  send("z".repeat(33));
  send("last");
  const again = await Peer5.keep(it, "small", { properties: { maximumPacketSize: 40 } });
  await again.gets("last/1");
  assertEquals(it.broker.metrics.messagesDropped, { "too large for the client": 2 });
  await again.nothing();
});

Deno.test("a message that grew too large for the client of a resumed session is done with", async () => {
  await using it = await ClockedBroker.start();
  const sub = await Peer5.keep(it, "sub");
  await sub.codes("t", 2);
  it.broker.publish({ topicName: "t", payload: "x".repeat(50), qos: 2 });
  await sub.take();
  await sub.raw.close();
  const again = await Peer5.keep(it, "sub", { properties: { maximumPacketSize: 30 } });
  await again.nothing();
  assertEquals(it.broker.metrics.inflightOut, 0);
  assertEquals(it.broker.metrics.messagesDropped, { "too large for the client": 1 });
});

Deno.test("the same behind a window: what is too large is passed over when its turn has come", async () => {
  const lost: number[] = [];
  await using it = await ClockedBroker.start({}, {
    messageDropped: ({ message }) => void lost.push(message.payload.length),
  });
  const sub = await Peer5.keep(it, "sub");
  await sub.codes("t", 1);
  for (const payload of ["1", "x".repeat(50), "3"]) {
    it.broker.publish({ topicName: "t", payload, qos: 1 });
  }
  for (let i = 0; i < 3; i++) await sub.take();
  await sub.raw.close();
  const properties = { receiveMaximum: 1, maximumPacketSize: 30 };
  const again = await Peer5.keep(it, "sub", { properties });
  await again.gets("1/1/dup", "3/1/dup");
  await again.ping();
  assertEquals(it.broker.metrics.inflightOut, 0);
  assertEquals(lost, [50]);
});

Deno.test("PUBREC for a message that is still to be sent again releases it", async () => {
  await using it = await ClockedBroker.start();
  const sub = await Peer5.keep(it, "sub");
  await sub.codes("t", 2);
  for (const payload of ["1", "2", "3"]) it.broker.publish({ topicName: "t", payload, qos: 2 });
  const sent = [];
  for (let i = 0; i < 3; i++) sent.push(await sub.take());
  await sub.raw.close();
  const again = await Peer5.keep(it, "sub", { properties: { receiveMaximum: 1 } });
  assertEquals((await again.take()).payload, "1");
  const { id } = sent[1]!;
  await again.raw.send(pubrec(id));
  assertEquals((await again.raw.expect5("PUBREL")).id, id);
  await again.raw.send(pubcomp(id), pubrec(sent[0]!.id));
  assertEquals((await again.raw.expect5("PUBREL")).id, sent[0]!.id);
  await again.nothing();
  await again.raw.send(pubcomp(sent[0]!.id));
  await again.gets("3/2/dup");
  await again.ping();
  assertEquals(it.broker.metrics.inflightOut, 0);
});

Deno.test("an acknowledgement for a message that is still to be sent again ends it", async () => {
  await using it = await ClockedBroker.start();
  const sub = await Peer5.keep(it, "sub");
  await sub.codes("t", 1);
  for (const payload of ["1", "2", "3"]) it.broker.publish({ topicName: "t", payload, qos: 1 });
  const sent = [];
  for (let i = 0; i < 3; i++) sent.push(await sub.take());
  await sub.raw.close();
  const again = await Peer5.keep(it, "sub", { properties: { receiveMaximum: 1 } });
  const first = await again.take();
  await again.raw.send(puback5(sent[1]!.id));
  await again.nothing();
  await again.raw.send(puback5(first.id));
  await again.gets("3/1/dup");
  await again.nothing();
  assertEquals(it.broker.metrics.inflightOut, 0);
});

Deno.test("max_inflight_bytes counts the bytes of properties", async () => {
  await using it = await ClockedBroker.start({ max_inflight_bytes: 10 });
  const sub = await Peer5.open(it, "sub");
  await sub.codes("t", 1);
  const properties = { contentType: "x".repeat(20) };
  for (const payload of ["1", "2"]) {
    it.broker.publish({ topicName: "t", payload, qos: 1, properties });
  }
  const first = await sub.take();
  await sub.nothing();
  await sub.raw.send(puback5(first.id));
  await sub.gets("2/1");
});

const REFUSE: BrokerOptions = { full_queue: "refuse", max_queued_messages: 1, max_inflight: 1 };

Deno.test("full_queue refuse: 0x97 while every receiver above QoS 0 is full, and then no one gets it", async () => {
  await using it = await ClockedBroker.start(REFUSE);
  const away = await Peer5.keep(it, "away");
  await away.codes("t", 1);
  await away.disconnect();
  const plain = await Peer5.open(it, "plain");
  await plain.codes("t", 0);
  const pub = await Peer5.open(it, "pub");
  assertEquals(await answer(pub, "t", 1, "1"), 0);
  for (const qos of [1, 2] as const) assertEquals(await answer(pub, "t", qos, "2"), 0x97);
  await plain.gets("1/0");
  await plain.nothing();
  const roomy = await Peer5.open(it, "roomy");
  await roomy.codes("t", 1);
  assertEquals(await answer(pub, "t", 1, "3"), 0);
  await roomy.gets("3/1");
  const old = await it.open("old");
  await roomy.disconnect();
  await old.publish("t", "4", { qos: 1 }); // 3.1.1 has no word for it
});

Deno.test("without full_queue the message is taken, and counted as lost", async () => {
  await using it = await ClockedBroker.start({ max_queued_messages: 1 });
  const away = await Peer5.keep(it, "away");
  await away.codes("t", 1);
  await away.disconnect();
  const pub = await Peer5.open(it, "pub");
  for (const payload of ["1", "2"]) assertEquals(await answer(pub, "t", 1, payload), 0);
  assertEquals(it.broker.metrics.messagesDropped, { "queue full": 1 });
});

Deno.test("a look at payloads refuses no message for full queues, nor full_queue one at QoS 0", async () => {
  const full: BrokerOptions = { max_queued_messages: 1, max_inflight: 1 };
  await using dropping = await ClockedBroker.start({ ...full, check_payload_format: true });
  await using refusing = await ClockedBroker.start(REFUSE);
  for (const [it, qos] of [[dropping, 1], [refusing, 0]] as const) {
    const away = await Peer5.keep(it, "away");
    await away.codes("t", 1);
    await away.disconnect();
    const pub = await Peer5.open(it, "pub");
    await pub.publish("t", "1", { qos: 1 });
    if (qos === 1) assertEquals(await answer(pub, "t", 1, "2"), 0);
    else {
      const sub = await Peer5.open(it, "sub");
      await sub.codes("t", 0);
      await pub.publish("t", "2");
      await sub.gets("2/0");
    }
  }
});

Deno.test("check_payload_format: what is called UTF-8 and is not is refused with 0x99", async () => {
  await using it = await ClockedBroker.start({ check_payload_format: true });
  const [sub, pub] = [await Peer5.open(it, "sub"), await Peer5.open(it, "pub")];
  await sub.codes("t", 2);
  const properties = { payloadFormatIndicator: 1 };
  const bad = Uint8Array.of(0xc3, 0x28);
  await pub.raw.send(publish5("t", bad, { qos: 1, id: 1, properties }));
  assertEquals((await pub.raw.expect5("PUBACK")).reasonCode, 0x99);
  await pub.raw.send(publish5("t", bad, { qos: 2, id: 2, properties }));
  assertEquals((await pub.raw.expect5("PUBREC")).reasonCode, 0x99);
  await pub.raw.send(publish5("t", bad, { properties }));
  await pub.publish("t", "fine", { qos: 1, properties });
  for (const payloadFormatIndicator of [0, undefined]) {
    const any = payloadFormatIndicator === undefined ? {} : { payloadFormatIndicator };
    await pub.raw.send(publish5("t", bad, { qos: 1, id: 3, properties: any }));
    assertEquals((await pub.raw.expect5("PUBACK")).reasonCode, 0);
  }
  await sub.gets("fine/1");
  for (let i = 0; i < 2; i++) assertEquals((await sub.receive()).bytes.subarray(-2), bad);
});

Deno.test("max_qos and retain_available: a message above them ends the connection with 0x9B and 0x9A", async () => {
  await using it = await ClockedBroker.start({ max_qos: 1, retain_available: false });
  const one = await Peer5.open(it, "one");
  await one.raw.send(publish5("t", "x", { qos: 2, id: 1 }));
  await one.closedWith(0x9b);
  const two = await Peer5.open(it, "two");
  await two.raw.send(publish5("t", "x", { retain: true }));
  await two.closedWith(0x9a);
  const old = await it.open("old");
  await old.raw.send(publish("t", "", { qos: 2, id: 1 }));
  await old.raw.expectClosed();
});

Deno.test("[MQTT-3.3.4-6] identifiers, properties twice, an empty topic without alias: DISCONNECT 0x82", async () => {
  await using it = await ClockedBroker.start();
  const cases = [
    publish5("t", "x", { properties: { subscriptionIdentifiers: [1] } }),
    publish5("", "x"),
    publish5("t", "x", { properties: { responseTopic: "a/+" } }),
  ];
  for (const bytes of cases) {
    const peer = await Peer5.open(it, "c");
    await peer.raw.send(bytes);
    await peer.closedWith(0x82);
  }
});

Deno.test("equal properties in a row are read once and mean the same; other ones are read anew", async () => {
  await using it = await ClockedBroker.start();
  const [sub, pub] = [await Peer5.open(it, "sub"), await Peer5.open(it, "pub")];
  await sub.codes("t", 0);
  const one = { userProperties: [["k", "1"]] as [string, string][] };
  const two = { userProperties: [["k", "2"]] as [string, string][] };
  for (const properties of [one, one, two, {}, one]) await pub.publish("t", "x", { properties });
  const got = [];
  for (let i = 0; i < 5; i++) got.push((await sub.receive()).properties);
  assertEquals(got, [one, one, two, {}, one]);
});
