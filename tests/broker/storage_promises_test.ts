/**
 * What is promised waits for the write that holds it, and nothing else does; in both versions. A ping that is answered
 * says that all before it was read, and that nothing left meanwhile.
 */
import { assert, assertEquals } from "@std/assert";
import type { Peer } from "../conformance/peer.ts";
import type { Version } from "../conformance/words.ts";
import { pubcomp, pubrec, pubrel } from "../support/raw_packets.ts";
import { isReadOn, StoredBroker, Type } from "../support/stored_broker.ts";

const VERSIONS: readonly Version[] = [4, 5];

function both(name: string, test: (it: StoredBroker, version: Version) => Promise<void>): void {
  for (const version of VERSIONS) {
    Deno.test(`version ${version}: ${name}`, async () => {
      await using it = await StoredBroker.start(version);
      await test(it, version);
    });
  }
}

/** Says something whose answer comes when the write that it asks for is safe, and not before. */
async function waits(
  { log }: StoredBroker,
  peer: Peer,
  said: Uint8Array,
  answer: number,
  id: number,
): Promise<void> {
  log.hold();
  await peer.raw.send(said);
  await log.asksFor();
  await peer.ping();
  await log.pass();
  await peer.answer(answer, id);
}

both("PUBACK of what a kept session gets", async (it) => {
  await it.kept("away", "t", 1, true);
  const publisher = await it.open("p");
  const message = it.words.publish("t", "x", { qos: 1, id: 7 });
  await waits(it, publisher, message, Type.PUBACK, 7);
  assertEquals([...it.log.state.sessions.get("away")!.entries.values()].length, 1);
});

both("PUBACK of a retained message, also of one that is as it was", async (it) => {
  const publisher = await it.open("p");
  const message = it.words.publish("t", "x", { qos: 1, id: 7, retain: true });
  await waits(it, publisher, message, Type.PUBACK, 7);
  await waits(it, publisher, message, Type.PUBACK, 7);
  assertEquals(it.log.state.retained.size, 1);
});

both("PUBREC and PUBCOMP of a publisher whose session is kept, whoever gets it", async (it) => {
  const publisher = await it.keep("p");
  await it.open("reader").then((reader) => reader.subscribed(["t", 0]));
  await waits(it, publisher, it.words.publish("t", "x", { qos: 2, id: 7 }), Type.PUBREC, 7);
  assertEquals([...it.log.state.sessions.get("p")!.received], [7]);
  await waits(it, publisher, pubrel(7), Type.PUBCOMP, 7);
  assertEquals([...it.log.state.sessions.get("p")!.received], []);
});

both("PUBREC of a clean publisher, for a session that is kept", async (it) => {
  await it.kept("away", "t", 2, true);
  const publisher = await it.open("p");
  await waits(it, publisher, it.words.publish("t", "x", { qos: 2, id: 7 }), Type.PUBREC, 7);
});

both("SUBACK and UNSUBACK of a kept session", async (it) => {
  const reader = await it.keep("r");
  await waits(it, reader, it.words.subscribe(7, ["t", 1]), Type.SUBACK, 7);
  assert(it.log.state.sessions.get("r")!.subscriptions.has("t"));
  await waits(it, reader, it.words.unsubscribe(8, "t"), Type.UNSUBACK, 8);
  assert(!it.log.state.sessions.get("r")!.subscriptions.has("t"));
});

both("CONNACK of a session that is kept: a new one, and one that is there", async (it) => {
  for (const present of [0, 1]) {
    it.log.hold();
    const raw = await it.knock("c", { cleanSession: false });
    await it.log.asksFor();
    await isReadOn(raw);
    await it.log.pass();
    assertEquals((await raw.expectPacket("CONNACK")).body[0], present);
    await it.log.free();
    await raw.close();
  }
});

both(
  "CONNACK of a clean session that replaces a kept one, and of a client with a will",
  async (it) => {
    await it.kept("c", "t", 1, true);
    const will = { topic: "w", payload: "gone" };
    for (const options of [{ clientId: "c" }, { clientId: "d", will }]) {
      it.log.hold();
      const raw = await it.knock(options.clientId, options);
      await it.log.asksFor();
      await isReadOn(raw);
      await it.log.pass();
      await raw.expectPacket("CONNACK");
      await it.log.free();
    }
    assertEquals([...it.log.state.sessions.keys()], []);
    assertEquals([...it.log.state.wills.keys()], ["d"]);
  },
);

both(
  "the first delivery at QoS 2 and its PUBREL; a delivery at QoS 1 does not wait",
  async (it) => {
    const reader = await it.kept("r", "t", 2);
    const publisher = await it.open("p");
    it.log.hold();
    await publisher.raw.send(it.words.publish("t", "one", { qos: 1, id: 1 }));
    assertEquals(await reader.next(), "one/1");
    await publisher.raw.send(it.words.publish("t", "two", { qos: 2, id: 2 }));
    await publisher.ping();
    await reader.ping();
    await it.log.pass();
    await publisher.answer(Type.PUBACK, 1);
    await it.log.pass();
    await publisher.answer(Type.PUBREC, 2);
    const { id, payload } = await reader.take();
    assertEquals(payload, "two");
    await reader.raw.send(pubrec(id));
    await it.log.asksFor("the write of PUBREC");
    await reader.ping();
    await it.log.pass();
    await reader.answer(Type.PUBREL, id);
    await reader.raw.send(pubcomp(id));
  },
);

both("clean sessions without retained messages, and QoS 0, ask for no write", async (it) => {
  const kept = await it.kept("kept", "t0", 2);
  const before = it.log.asked;
  it.log.hold();
  const reader = await it.open("r");
  await reader.subscribed(["t/#", 2]);
  const publisher = await it.open("p");
  await publisher.publish("t/1", "one", { qos: 1 });
  await publisher.publish("t/2", "two", { qos: 2 });
  await publisher.publish("t0", "none");
  await reader.gets("one/1", "two/2");
  await kept.gets("none/0");
  await reader.unsubscribe("t/#");
  await reader.disconnect();
  it.inner.clock.advance(2000);
  assertEquals(it.log.asked, before);
});

both("while a write takes long, what does not need it goes on", async (it) => {
  await it.kept("away", "kept", 1, true);
  const slow = await it.open("slow");
  it.log.hold();
  await slow.raw.send(it.words.publish("kept", "x", { qos: 1, id: 1 }));
  await it.log.asksFor();
  const reader = await it.open("r");
  await reader.subscribed(["t/#", 2]);
  const publisher = await it.open("p");
  await publisher.publish("t/1", "one", { qos: 1 });
  await publisher.publish("t/2", "two", { qos: 2 });
  await publisher.publish("t/0", "live", { retain: true });
  await reader.gets("one/1", "two/2", "live/0");
  await reader.unsubscribe("t/#");
  await slow.ping();
});

both("acknowledgements leave in order, also those that need no write", async (it) => {
  await it.kept("away", "kept", 1, true);
  const reader = await it.open("r");
  await reader.subscribed(["t", 1]);
  const publisher = await it.open("p");
  it.log.hold();
  await publisher.raw.send(
    it.words.publish("kept", "x", { qos: 1, id: 1 }),
    it.words.publish("t", "x", { qos: 1, id: 2 }),
    it.words.subscribe(3, ["other", 1]),
  );
  await reader.gets("x/1");
  await publisher.ping();
  await it.log.pass();
  await publisher.answer(Type.PUBACK, 1);
  await publisher.answer(Type.PUBACK, 2);
  await publisher.answer(Type.SUBACK, 3);
});

both("what comes while a write is under way waits for the next one", async (it) => {
  await it.kept("away", "t", 1, true);
  const [one, two] = [await it.open("p1"), await it.open("p2")];
  it.log.hold();
  await one.raw.send(it.words.publish("t", "first", { qos: 1, id: 1 }));
  await it.log.asksFor();
  await two.raw.send(it.words.publish("t", "second", { qos: 1, id: 1 }));
  await two.ping();
  assert(!it.log.holds("second"));
  await it.log.pass();
  await one.answer(Type.PUBACK, 1);
  await it.log.asksFor("the second write");
  await two.ping();
  await it.log.pass();
  await two.answer(Type.PUBACK, 1);
});

both(
  "a QoS 1 message that all have acknowledged before it is encoded is never written",
  async (it) => {
    await it.kept("away", "kept", 1, true);
    const readers = [await it.kept("r1", "t", 1), await it.kept("r2", "t", 1)];
    const publisher = await it.open("p");
    it.log.hold();
    await publisher.raw.send(it.words.publish("kept", "needed", { qos: 1, id: 1 }));
    await it.log.asksFor();
    await publisher.raw.send(it.words.publish("t", "fleeting", { qos: 1, id: 2 }));
    await publisher.raw.send(it.words.publish("t", "lasting", { qos: 1, id: 3 }));
    await readers[0]!.gets("fleeting/1", "lasting/1");
    await readers[1]!.gets("fleeting/1");
    for (const reader of readers) await reader.ping();
    await it.log.pass();
    await it.log.pass();
    for (const id of [1, 2, 3]) await publisher.answer(Type.PUBACK, id);
    assert(it.log.holds("needed") && it.log.holds("lasting") && !it.log.holds("fleeting"));
    await readers[1]!.gets("lasting/1");
  },
);

both(
  "what waited at QoS 2 for a client that comes back needs nothing else to happen",
  async (it) => {
    await it.kept("r", "t", 2, true);
    const publisher = await it.open("p");
    for (const payload of ["one", "two"]) await publisher.publish("t", payload, { qos: 2 });
    it.inner.clock.advance(2000); // what was at leisure is written
    const reader = await it.keep("r");
    await reader.gets("one/2", "two/2");
  },
);
