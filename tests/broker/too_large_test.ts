/** A message over max_packet_size: read past, acknowledged, dropped, counted, said once; the client goes on. */
import { assertEquals } from "@std/assert";
import { ClockedBroker } from "../support/clocked_broker.ts";
import { puback, pubcomp, publish, pubrec, pubrel, subscribe } from "../support/raw_packets.ts";
import { RawClient } from "../support/raw_client.ts";

const LARGE = new Uint8Array(2_000_000);
const LIMITS = { max_packet_size: "1MiB", max_skipped_size: "8MiB" };

Deno.test("at every QoS it is acknowledged by its rules and reaches no one", async () => {
  const dropped: string[] = [];
  await using it = await ClockedBroker.start(LIMITS, {
    messageDropped: ({ clientId, message, reason }) =>
      void dropped.push(`${clientId} ${message.topicName} ${message.payload.length}: ${reason}`),
  });
  const watcher = await it.open("w");
  await watcher.subscribed(["#", 2]);
  const { raw } = await it.open("c");
  await raw.send(publish("t/0", LARGE));
  await raw.send(publish("t/1", LARGE, { qos: 1, id: 5, retain: true }));
  await raw.expect(puback(5));
  await raw.send(publish("t/2", LARGE, { qos: 2, id: 6 }));
  await raw.expect(pubrec(6));
  await raw.send(publish("t/2", LARGE, { qos: 2, id: 6, dup: true }));
  await raw.expect(pubrec(6));
  await raw.send(publish("t/2", "small", { qos: 2, id: 6, dup: true }));
  await raw.expect(pubrec(6));
  await raw.send(pubrel(6), publish("t/3", "after"));
  await raw.expect(pubcomp(6));
  await watcher.gets("after/0");
  assertEquals(dropped, ["c t/0 0: too large", "c t/1 0: too large", "c t/2 0: too large"]);
  const { metrics } = it.broker;
  assertEquals([metrics.messagesDropped["too large"], metrics.retainedCount], [3, 0]);
  const lines = it.logged("raise max_packet_size");
  assertEquals(lines.length, 1);
  assertEquals(lines[0]!.includes("2000009 bytes to t/0"), true, lines[0]);
});

Deno.test("one that is over max_skipped_size too closes, as a SUBSCRIBE does", async () => {
  await using it = await ClockedBroker.start(LIMITS);
  const filters = Array.from(
    { length: 20 },
    (_, i): [string, number] => [`${i}`.padEnd(60_000, "x"), 0],
  );
  for (const bytes of [publish("t", new Uint8Array(9_000_000)), subscribe(1, ...filters)]) {
    const { raw } = await it.open("c");
    await raw.sendAnyway(bytes);
    await raw.readToEnd();
  }
  assertEquals(it.logged("max_packet_size is 1048576").length, 2);
});

Deno.test("its topic is looked at as any other", async () => {
  await using it = await ClockedBroker.start(LIMITS);
  const { raw } = await it.open("c");
  await raw.sendAnyway(publish("a/+", LARGE, { qos: 1 }));
  await raw.expectClosed();
  assertEquals(it.logged("wildcard").length, 1);
});

Deno.test("before CONNECT is accepted nothing is read past", async () => {
  await using it = await ClockedBroker.start(LIMITS);
  await using client = await RawClient.dial(it.address);
  await client.sendAnyway(publish("t", LARGE));
  await client.expectClosed();
});
