/** What a stop or a kill of the broker leaves of sessions and messages: all that was promised, as it was. */
import { assert, assertEquals } from "@std/assert";
import type { Peer } from "../conformance/peer.ts";
import type { Version } from "../conformance/words.ts";
import { puback, pubrec, pubrel } from "../support/raw_packets.ts";
import { publish5, subscribe5 } from "../support/raw_packets5.ts";
import { type End, ENDS, RestartedBroker } from "../support/restarted_broker.ts";

const PUBREL = 6;
const PUBREC = 5;

function each(
  name: string,
  test: (it: RestartedBroker, version: Version, end: End) => Promise<void>,
): void {
  for (const version of [4, 5] as const) {
    for (const end of ENDS) {
      Deno.test(`version ${version}, ${end}: ${name}`, async () => {
        await using it = await RestartedBroker.start();
        await test(it, version, end);
      });
    }
  }
}

each(
  "a session is there with its subscriptions, also after two restarts",
  async (it, version, end) => {
    await it.away(version, "c", "t/+", 1);
    await it.restart(end);
    await it.restart(end);
    const client = await it.keep(version, "c");
    assert(client.sessionPresent);
    it.inner.broker.publish({ topicName: "t/1", payload: "x", qos: 2 });
    await client.gets("x/1");
  },
);

each("a subscription that was ended stays so", async (it, version, end) => {
  const client = await it.keep(version, "c");
  await client.subscribed(["a", 1], ["b", 1]);
  await client.unsubscribe("a");
  await it.restart(end);
  const again = await it.keep(version, "c");
  it.inner.broker.publish({ topicName: "a", payload: "a", qos: 1 });
  it.inner.broker.publish({ topicName: "b", payload: "b", qos: 1 });
  await again.gets("b/1");
  await again.nothing();
});

each("what waits comes in its order, that of each QoS", async (it, version, end) => {
  await it.away(version, "c", "t", 2);
  const publisher = await it.open(version, "p");
  for (const [at, qos] of [1, 2, 1, 2, 2].entries()) {
    await publisher.publish("t", `${at}`, { qos });
  }
  await it.restart(end);
  await it.restart(end);
  const client = await it.keep(version, "c");
  const messages = (await client.payloads(5)).join("");
  assertEquals([messages.replaceAll(/[134]/g, ""), messages.replaceAll(/[02]/g, "")], [
    "02",
    "134",
  ]);
  await client.nothing();
  await it.restart("stop");
  await (await it.keep(version, "c")).nothing();
});

each(
  "what was sent is sent again under its packet id, PUBREL where PUBREC has come",
  async (it, version, end) => {
    const client = await it.keep(version, "c");
    await client.subscribed(["t", 2]);
    const publisher = await it.open(version, "p");
    for (const [payload, qos] of [["one", 1], ["two", 2], ["three", 2]] as const) {
      await publisher.publish("t", payload, { qos });
    }
    const sent = [await client.take(), await client.take(), await client.take()];
    const ids = sent.map(({ id }) => id);
    await client.raw.send(pubrec(ids[1]!));
    await client.answer(PUBREL, ids[1]!);
    for (let restarts = 0; restarts < 2; restarts++) {
      await it.restart(end);
      const again = await it.keep(version, "c");
      await again.answer(PUBREL, ids[1]!);
      const messages = [await again.take(), await again.take()];
      assertEquals(messages.map(({ payload, dup, id }) => [payload, dup, id]), [
        ["one", true, ids[0]],
        ["three", true, ids[2]],
      ]);
    }
  },
);

each(
  "a packet id of before is not given to another message while it is under way",
  async (it, version, end) => {
    const client = await it.keep(version, "c");
    await client.subscribed(["t", 2]);
    const publisher = await it.open(version, "p");
    await publisher.publish("t", "old", { qos: 2 });
    const { id } = await client.take();
    await it.restart(end);
    const again = await it.keep(version, "c");
    it.inner.broker.publish({ topicName: "t", payload: "new", qos: 2 });
    assertEquals((await again.take()).id, id);
    assert((await again.take()).id !== id);
  },
);

each("a QoS 2 message that came is known as come until PUBREL", async (it, version, end) => {
  await it.away(version, "c", "t", 2);
  const publisher = await it.keep(version, "p");
  await publisher.raw.send(publisher.words.publish("t", "x", { qos: 2, id: 7 }));
  await publisher.answer(PUBREC, 7);
  await it.restart(end);
  const again = await it.keep(version, "p");
  await again.raw.send(again.words.publish("t", "x", { qos: 2, id: 7, dup: true }));
  await again.answer(PUBREC, 7);
  await again.raw.send(pubrel(7));
  await again.answer(7, 7);
  await it.restart(end);
  const last = await it.keep(version, "p");
  await last.publish("t", "y", { qos: 2, id: 7 });
  await (await it.keep(version, "c")).gets("x/2", "y/2");
});

each(
  "a message that was acknowledged by its receiver does not come back",
  async (it, version, end) => {
    const client = await it.keep(version, "c");
    await client.subscribed(["t", 1]);
    await (await it.open(version, "p")).publish("t", "x", { qos: 1 });
    await client.gets("x/1");
    await client.ping();
    it.advance(1000); // what no one waits for is written
    await (await it.open(version, "p")).publish("other", "x", { qos: 1, retain: true });
    await it.restart(end);
    await (await it.keep(version, "c")).nothing();
  },
);

each("a session that was begun anew is the new one", async (it, version, end) => {
  await it.away(version, "c", "old", 1);
  const open = (options: { cleanSession: boolean }) =>
    version === 4
      ? it.open(4, "c", options)
      : it.open5("c", { ...options, properties: { sessionExpiryInterval: 3600 } });
  const client = await open({ cleanSession: true });
  await client.subscribed(["new", 1]);
  await it.restart(end);
  const again = await it.keep(version, "c");
  assertEquals(again.sessionPresent, version === 5);
  it.inner.broker.publish({ topicName: "old", payload: "x", qos: 1 });
  await again.nothing();
});

for (const end of ENDS) {
  Deno.test(`${end}: subscription options and identifiers are as they were asked for`, async () => {
    await using it = await RestartedBroker.start();
    const client = await it.keep(5, "c");
    await client.raw.send(
      subscribe5(1, [["t", { qos: 1, noLocal: true, retainAsPublished: true }]], {
        subscriptionIdentifiers: [77],
      }),
    );
    await client.answer(9, 1);
    await it.restart(end);
    const again = await it.keep(5, "c");
    await again.publish("t", "own", { qos: 1 });
    await again.nothing();
    await (await it.open(5, "p")).publish("t", "x", { qos: 1, retain: true });
    const message = await again.raw.expect5("PUBLISH");
    assertEquals([message.retain, message.properties.subscriptionIdentifiers], [true, [77]]);
  });

  Deno.test(`${end}: properties of what waits, and what is left of its time`, async () => {
    await using it = await RestartedBroker.start();
    await it.away(5, "c", "t", 1);
    const publisher = await it.open(5, "p");
    const properties = {
      messageExpiryInterval: 100,
      contentType: "text",
      userProperties: [["a", "b"]] as [string, string][],
    };
    await publisher.raw.send(publish5("t", "x", { qos: 1, id: 3, properties }));
    await publisher.acked("PUBACK", 3);
    it.advance(10_000);
    await it.restart(end, { away: 20_000 });
    it.advance(5000);
    const message = await (await it.keep(5, "c")).raw.expect5("PUBLISH");
    assertEquals(message.properties, { ...properties, messageExpiryInterval: 65 });
  });

  Deno.test(`${end}: a session that is resumed under the other version`, async () => {
    await using it = await RestartedBroker.start();
    for (const [from, to] of [[4, 5], [5, 4]] as const) {
      await it.away(from, `c${from}`, "t", 2);
      await (await it.open(from, "p")).publish("t", "x", { qos: 2 });
      await it.restart(end);
      const client = await it.keep(to, `c${from}`);
      assert(client.sessionPresent);
      await client.gets("x/2");
      await it.leave(client);
      await it.restart(end);
      assert((await it.keep(from, `c${from}`)).sessionPresent);
    }
  });

  Deno.test(`${end}: limits that are lower than what is stored`, async () => {
    await using it = await RestartedBroker.start();
    const client = await it.keep(4, "c");
    await client.subscribed(["t", 1]);
    const publisher = await it.open(4, "p");
    await publisher.publishAll("t", 1, ["0", "1", "2"]);
    for (let taken = 0; taken < 3; taken++) await client.take();
    await it.leave(client, true);
    await publisher.publishAll("t", 1, ["3", "4"]);
    const options = { max_inflight: 1, max_queued_messages: 1, max_retained: 1, max_sessions: 1 };
    await it.restart(end, { options });
    const again = await it.keep(4, "c");
    await again.gets("0/1/dup", "1/1/dup", "2/1/dup", "3/1", "4/1");
    await again.nothing();
  });
}

/** Sends PUBACK for the next message. */
async function acknowledge(client: Peer): Promise<string> {
  const { payload, id } = await client.take();
  await client.raw.send(puback(id));
  return payload;
}

for (const end of ENDS) {
  Deno.test(`${end}: a client that takes one message at a time gets what is owed one by one`, async () => {
    await using it = await RestartedBroker.start();
    const client = await it.keep(5, "c");
    await client.subscribed(["t", 1]);
    await (await it.open(5, "p")).publishAll("t", 1, ["0", "1", "2"]);
    for (let taken = 0; taken < 3; taken++) await client.take();
    await it.restart(end);
    const again = await it.open5("c", {
      cleanSession: false,
      properties: { receiveMaximum: 1, sessionExpiryInterval: 100 },
    });
    for (const payload of ["0", "1", "2"]) {
      assertEquals(await acknowledge(again), payload);
      await again.ping();
    }
    await again.nothing();
  });
}
