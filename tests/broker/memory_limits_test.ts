/** The limits of what one client may have the broker keep, each from both sides. */
import { assert, assertEquals } from "@std/assert";
import { ClockedBroker } from "../support/clocked_broker.ts";
import { bytes, connack, connect, pubcomp, publish, pubrel } from "../support/raw_packets.ts";
import { until } from "../support/until.ts";

Deno.test("max_subscriptions: one more gets 0x80, one that is there is granted again", async () => {
  await using it = await ClockedBroker.start({ max_subscriptions: 2 });
  const client = await it.open("c");
  assertEquals(await client.subscribe(["a", 0], ["b", 1], ["c", 2]), [0, 1, 0x80]);
  assertEquals(await client.subscribe(["a", 1]), [1]);
  await client.unsubscribe("b");
  assertEquals(await client.subscribe(["$share/g/c", 1], ["d", 0]), [1, 0x80]);
  assertEquals(await (await it.open("other")).subscribe(["c", 0]), [0]);
  assertEquals(it.broker.metrics.subscriptionsRefused, { max_subscriptions: 2 });
  assertEquals(it.logged("max_subscriptions is reached").length, 2);
});

Deno.test("max_subscription_bytes counts UTF-8, and what was unsubscribed no more", async () => {
  await using it = await ClockedBroker.start({ max_subscription_bytes: 10 });
  const client = await it.open("c");
  assertEquals(await client.subscribe(["12345", 0], ["\u00fc\u00fc", 0], ["ab", 0]), [0, 0, 0x80]);
  await client.unsubscribe("12345");
  assertEquals(await client.subscribe(["123456", 0], ["a", 0]), [0, 0x80]);
  assertEquals(it.broker.metrics.subscriptionsRefused, { max_subscription_bytes: 2 });
});

Deno.test("max_sessions: a new client is refused, one that has a session is not", async () => {
  await using it = await ClockedBroker.start({ max_sessions: 2 });
  const first = await it.keep("a");
  await first.disconnect();
  await it.open("b");
  const third = await it.dial();
  await third.send(connect({ clientId: "c" }));
  await third.expect(connack(false, 3));
  await third.expectClosed();
  assertEquals(it.logged("max_sessions is reached").length, 1);
  assert((await it.keep("a")).sessionPresent);
  await it.open("b"); // takes its own place
});

Deno.test("max_retained_bytes: what is not kept is delivered, and counts when it shrinks or goes", async () => {
  await using it = await ClockedBroker.start({ max_retained_bytes: 20 });
  const client = await it.open("c");
  await client.subscribed(["#", 0]);
  for (const [topic, payload] of [["a", "123456789"], ["b", "123456789"], ["c", "x"]] as const) {
    await client.raw.send(publish(topic, payload, { retain: true }));
    assertEquals((await client.raw.expectPublish()).topic, topic);
  }
  assertEquals(it.broker.metrics.retainedCount, 2);
  assertEquals(it.broker.metrics.messagesDropped, { "retained full": 1 });
  await client.publish("a", "12345", { retain: true, qos: 1 });
  await client.publish("c", "123", { retain: true, qos: 1 });
  assertEquals(it.broker.metrics.retainedCount, 3);
  await client.publish("c", "1234", { retain: true, qos: 1 });
  assertEquals(it.broker.metrics.messagesDropped, { "retained full": 2 });
  await client.publish("b", "", { retain: true, qos: 1 });
  await client.publish("c", "1234", { retain: true, qos: 1 });
  assertEquals(it.broker.metrics.messagesDropped, { "retained full": 2 });
  it.broker.publish({ topicName: "$SYS/own", payload: "x".repeat(100), retain: true });
  assertEquals(it.broker.metrics.messagesDropped, { "retained full": 2 });
});

Deno.test("receive_maximum: one QoS 2 message more without PUBREL ends the connection", async () => {
  await using it = await ClockedBroker.start({ receive_maximum: 2 });
  const client = await it.open("c");
  const received = (id: number) => bytes(0x50, 2, 0, id);
  for (const id of [1, 2, 1]) {
    await client.raw.send(publish("t", "x", { qos: 2, id, dup: true }));
    await client.raw.expect(received(id));
  }
  await client.raw.send(pubrel(1));
  await client.raw.expect(pubcomp(1));
  await client.raw.send(publish("t", "x", { qos: 2, id: 3 }));
  await client.raw.expect(received(3));
  await client.raw.sendAnyway(publish("t", "x", { qos: 2, id: 4 }));
  await client.raw.expectClosed();
  assertEquals(it.logged("receive_maximum 2").length, 1);
});

Deno.test("max_client_id_length: a longer one is refused with 2, and is not in the log", async () => {
  await using it = await ClockedBroker.start({ max_client_id_length: 10 });
  await it.open("\u00fc\u00fc\u00fc\u00fc\u00fc");
  const long = await it.dial();
  await long.send(connect({ clientId: "elevenchars" }));
  await long.expect(connack(false, 2));
  await long.expectClosed();
  assertEquals(it.logged("elevenchars").length, 0);
  assertEquals(it.logged("client id of 11 bytes, max_client_id_length is 10").length, 1);
});

Deno.test("max_connect_size holds until the client is let in", async () => {
  await using it = await ClockedBroker.start({ max_connect_size: 100 });
  const client = await it.open("c");
  await client.publish("t", "x".repeat(1000), { qos: 1 });
  const greedy = await it.dial();
  await greedy.sendAnyway(connect({ clientId: "g", username: "x".repeat(100) }));
  await greedy.expectClosed();
  assertEquals(it.logged("max_packet_size is 100").length, 1);
});

Deno.test("a client that is refused anyway may say little", async () => {
  await using it = await ClockedBroker.start({ max_connections: 1 });
  await it.open("inside");
  const polite = await it.dial();
  await polite.send(connect({ clientId: "p" }));
  await polite.expect(connack(false, 3));
  const greedy = await it.dial();
  await greedy.sendAnyway(connect({ clientId: "g", username: "x".repeat(5000) }));
  await greedy.expectClosed();
  await until(() => it.logged("packet of").length === 1, "a line");
});

Deno.test("max_memory: what is there goes on, what would take more memory is refused", async () => {
  await using it = await ClockedBroker.start({ max_memory: "1MiB" });
  const client = await it.open("c");
  await client.subscribed(["t", 1], ["r", 1]);
  const away = await it.keep("away");
  await away.subscribed(["t", 1]);
  await away.disconnect();
  await until(() => {
    it.clock.advance(250);
    return it.logged("(max_memory)").length > 0;
  }, "a look at the memory");
  const late = await it.dial();
  await late.send(connect({ clientId: "late" }));
  await late.expect(connack(false, 3));
  assertEquals(await client.subscribe(["new", 0], ["t", 1]), [0x80, 1]);
  await client.raw.send(publish("t", "zero"));
  await client.raw.send(publish("t", "one", { qos: 1, id: 1 }));
  assertEquals((await client.raw.expectPublish()).payload, "one", "the one at QoS 0 is dropped");
  await client.raw.expect(bytes(0x40, 2, 0, 1));
  await client.raw.send(publish("r", "kept?", { qos: 1, id: 2, retain: true }));
  assertEquals((await client.raw.expectPublish()).payload, "kept?");
  const { messagesQueued, messagesDropped, retainedCount } = it.broker.metrics;
  assertEquals([messagesQueued, retainedCount], [0, 0]);
  assertEquals(messagesDropped, { "memory short": 2, "retained full": 1 });
  it.clock.advance(10_000);
  assertEquals(it.logged("(max_memory)").length, 1, "said once");
});
