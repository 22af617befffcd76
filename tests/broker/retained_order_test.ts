/** Retained messages for a new subscription beside live ones, as a client sees them. */
import { assertEquals } from "@std/assert";
import { ClockedBroker } from "../support/clocked_broker.ts";
import { subscribe } from "../support/raw_packets.ts";
import type { Peer } from "../conformance/peer.ts";

/** A client that has not acknowledged the one message that may be under way to it. */
async function withFullWindow(it: ClockedBroker, publisher: Peer): Promise<Peer> {
  const subscriber = await it.keep("s");
  await subscriber.subscribed(["w", 1]);
  await publisher.publish("w", "w", { qos: 1 });
  return subscriber;
}

Deno.test("with a full window the last value is the newest", async () => {
  await using it = await ClockedBroker.start({ max_inflight: 1 });
  const publisher = await it.open("p");
  await publisher.publish("t", "old", { qos: 1, retain: true });
  const subscriber = await withFullWindow(it, publisher);
  await subscriber.subscribed(["t", 1]);
  await publisher.publish("t", "new", { qos: 1 });
  await subscriber.gets("w/1", "old/1/r", "new/1");
  await subscriber.nothing();
});

Deno.test("a retained message that was replaced meanwhile comes once, in its place", async () => {
  await using it = await ClockedBroker.start({ max_inflight: 1 });
  const publisher = await it.open("p");
  await publisher.publish("t", "old", { qos: 1, retain: true });
  const subscriber = await withFullWindow(it, publisher);
  await subscriber.subscribed(["t", 1]);
  await publisher.publish("t", "kept", { qos: 1, retain: true });
  await publisher.publish("t", "new", { qos: 1 });
  await subscriber.gets("w/1", "kept/1", "new/1");
  await subscriber.nothing();
});

Deno.test("a client that comes back and subscribes again: what waited for it is newer than what is retained", async () => {
  await using it = await ClockedBroker.start({ max_inflight: 1 });
  const publisher = await it.open("p");
  await publisher.publish("t", "old", { qos: 1, retain: true });
  const before = await it.keep("s");
  await before.subscribed(["t", 1]);
  await before.gets("old/1/r");
  await before.disconnect();
  await publisher.publishAll("t", 1, ["new", "newer"]);
  const subscriber = await it.keep("s");
  await subscriber.subscribed(["t", 1]);
  await subscriber.gets("new/1", "old/1/r", "newer/1");
});

Deno.test("ten megabytes of retained messages at QoS 0 all come to a client that reads late", async () => {
  await using it = await ClockedBroker.start({ max_write_backlog: "64KiB" });
  const publisher = await it.open("p");
  for (let i = 0; i < 500; i++) {
    await publisher.publish(`r/${i}`, new Uint8Array(20_000), { qos: 1, retain: true });
  }
  const subscriber = await it.open("s");
  await subscriber.raw.send(subscribe(1, ["r/#", 0]));
  await publisher.ping(); // the replay fills what it may
  await subscriber.raw.expectPacket("SUBACK");
  const topics = new Set<string>();
  for (let i = 0; i < 500; i++) topics.add((await subscriber.take()).topic);
  assertEquals(topics.size, 500);
  await subscriber.nothing();
  assertEquals(it.logged("loses messages"), []);
});
