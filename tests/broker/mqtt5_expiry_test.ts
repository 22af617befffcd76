/** Message expiry of MQTT 5, section 3.3.2.3.3: in queues and for retained messages. */
import { assertEquals } from "@std/assert";
import { ClockedBroker } from "../support/clocked_broker.ts";
import { Peer5 } from "../support/peer5.ts";
import { puback } from "../support/raw_packets.ts";

function publish(it: ClockedBroker, payload: string, seconds: number | undefined, retain = false) {
  const properties = seconds === undefined ? {} : { messageExpiryInterval: seconds };
  it.broker.publish({ topicName: "t", payload, qos: 1, retain, properties });
}

/** A session whose client is away, subscribed to `t`. */
async function away(it: ClockedBroker): Promise<void> {
  const peer = await Peer5.keep(it, "c");
  await peer.codes("t", 1);
  await peer.disconnect();
}

Deno.test("[MQTT-3.3.2-6] what is left of the interval is counted down in the queue", async () => {
  await using it = await ClockedBroker.start();
  await away(it);
  publish(it, "1", 100);
  publish(it, "2", undefined);
  it.clock.advance(40_500);
  const back = await Peer5.keep(it, "c");
  assertEquals((await back.receive()).properties, { messageExpiryInterval: 60 });
  assertEquals((await back.receive()).properties, {});
});

Deno.test("a live delivery has the interval as published", async () => {
  await using it = await ClockedBroker.start();
  const peer = await Peer5.open(it, "c");
  await peer.codes("t", 1, 5);
  publish(it, "1", 0xffff_ffff);
  const { properties } = await peer.receive();
  assertEquals(properties, { messageExpiryInterval: 0xffff_ffff, subscriptionIdentifiers: [5] });
});

Deno.test("[MQTT-3.3.2-5] what is over is never sent, and is gone from the queue before its client comes", async () => {
  await using it = await ClockedBroker.start();
  await away(it);
  publish(it, "1", 1);
  publish(it, "2", undefined);
  publish(it, "3", 2);
  publish(it, "4", 50);
  assertEquals(it.broker.metrics.messagesQueued, 4);
  it.clock.advance(2000);
  assertEquals(it.broker.metrics.messagesQueued, 2, "a sweep has taken them out");
  assertEquals(it.broker.metrics.messagesDropped, { expired: 2 });
  const back = await Peer5.keep(it, "c");
  await back.gets("2/1", "4/1");
});

Deno.test("expired messages make room for new ones in a full queue", async () => {
  await using it = await ClockedBroker.start({ max_queued_messages: 2 });
  await away(it);
  publish(it, "1", 1);
  publish(it, "2", 1);
  publish(it, "lost", undefined);
  it.clock.advance(1000);
  publish(it, "3", undefined);
  const back = await Peer5.keep(it, "c");
  await back.gets("3/1");
  assertEquals(it.broker.metrics.messagesDropped, { "queue full": 1, expired: 2 });
});

Deno.test("a message that was sent stays under way, and what is left of it is 0 then", async () => {
  await using it = await ClockedBroker.start();
  const peer = await Peer5.keep(it, "c");
  await peer.codes("t", 1);
  publish(it, "1", 5);
  await peer.take();
  await peer.raw.close();
  it.clock.advance(10_000);
  const back = await Peer5.keep(it, "c");
  const again = await back.take();
  assertEquals([again.payload, again.dup, again.properties], ["1", true, {
    messageExpiryInterval: 0,
  }]);
  await back.raw.send(puback(again.id));
  await back.nothing();
});

Deno.test("a message behind a full window expires while it waits", async () => {
  await using it = await ClockedBroker.start();
  const peer = await Peer5.open(it, "c", { properties: { receiveMaximum: 1 } });
  await peer.codes("t", 1);
  publish(it, "1", undefined);
  publish(it, "2", 3);
  publish(it, "3", undefined);
  const first = await peer.take();
  it.clock.advance(3000);
  await peer.raw.send(puback(first.id));
  await peer.gets("3/1");
});

Deno.test("a retained message is counted down, and gone when it is over", async () => {
  await using it = await ClockedBroker.start();
  publish(it, "kept", 10, true);
  it.clock.advance(4000);
  const [five, four] = [await Peer5.open(it, "five"), await it.open("four")];
  await five.codes("t", 1);
  assertEquals((await five.receive()).properties, { messageExpiryInterval: 6 });
  await four.subscribed(["t", 1]);
  await four.gets("kept/1/r");
  it.clock.advance(6000);
  assertEquals(it.broker.metrics.retainedCount, 0);
  assertEquals(it.broker.metrics.messagesDropped, { expired: 1 });
  await five.codes("t", 1);
  await five.nothing();
});

Deno.test("a newer retained message has its own time, or none", async () => {
  await using it = await ClockedBroker.start();
  publish(it, "old", 5, true);
  publish(it, "new", undefined, true);
  it.clock.advance(6000);
  assertEquals(it.broker.metrics.retainedCount, 1);
  publish(it, "newer", 5, true);
  publish(it, "", undefined, true);
  publish(it, "last", 20, true);
  it.clock.advance(6000);
  assertEquals(it.broker.metrics.retainedCount, 1);
  it.clock.advance(14_000);
  assertEquals(it.broker.metrics.retainedCount, 0);
});

Deno.test("one pass looks at 4,000 entries of all sessions together", async () => {
  await using it = await ClockedBroker.start({ max_queued_messages: 20_000 });
  for (const clientId of ["a", "b", "c"]) {
    const peer = await Peer5.keep(it, clientId);
    await peer.codes("t", 1);
    await peer.disconnect();
  }
  for (let i = 0; i < 3000; i++) publish(it, `${i}`, 1);
  it.clock.advance(1000);
  const after = it.broker.metrics.messagesQueued;
  if (after < 5000 || after === 9000) throw new Error(`${after} are left after one pass`);
  for (let i = 0; i < 10; i++) it.clock.advance(20);
  assertEquals(it.broker.metrics.messagesQueued, 0);
});

Deno.test("thousands of expired messages go in several passes, and each is counted once", async () => {
  await using it = await ClockedBroker.start({ max_queued_messages: 20_000 });
  await away(it);
  for (let i = 0; i < 10_000; i++) publish(it, `${i}`, i % 2 === 0 ? 1 : 60);
  it.clock.advance(1000);
  const after = it.broker.metrics.messagesQueued;
  if (after <= 5000) throw new Error("one pass has looked at all of them");
  for (let i = 0; i < 10; i++) it.clock.advance(20);
  assertEquals(it.broker.metrics.messagesQueued, 5000);
  assertEquals(it.broker.metrics.messagesDropped, { expired: 5000 });
});
