/** What is dead leaves the log: while it is written to, and some time later where little is. */
import { assert } from "@std/assert";
import { StoredBroker } from "../support/stored_broker.ts";
import { until } from "../support/until.ts";

const MEGABYTE = "x".repeat(1_000_000);
const MIB = 1024 * 1024;
/** From here on the log is cleaned. */
const LEAST = 16 * MIB;

function bytesOf({ log }: StoredBroker): number {
  return log.batches.reduce((sum, { body }) => sum + body.length, 0);
}

Deno.test("a retained message that is replaced again and again takes no more than the least", async () => {
  await using it = await StoredBroker.start(4);
  const publisher = await it.open("p", { keepAlive: 0 });
  let most = 0;
  for (let i = 0; i < 60; i++) {
    await publisher.publish("t", MEGABYTE, { qos: 1, retain: true });
    most = Math.max(most, bytesOf(it));
  }
  assert(most > LEAST && most < LEAST + 4 * MIB, `${most} bytes`);
});

Deno.test("messages that come and are acknowledged take no more than the least", async () => {
  await using it = await StoredBroker.start(5);
  const reader = await it.kept("r", "t", 1);
  const publisher = await it.open("p", { keepAlive: 0 });
  let most = 0;
  for (let i = 0; i < 20; i++) {
    await publisher.publish("t", MEGABYTE, { qos: 1 });
    await reader.receive();
    most = Math.max(most, bytesOf(it));
  }
  assert(most < LEAST + 4 * MIB, `${most} bytes`);
});

Deno.test("what died since the last cleaning leaves a log that no one writes to", async () => {
  await using it = await StoredBroker.start(4);
  const publisher = await it.open("p", { keepAlive: 0 });
  for (let i = 0; i < 24; i++) {
    await publisher.publish(`t/${i}`, MEGABYTE, { qos: 1, retain: true });
  }
  for (let i = 0; i < 24; i++) await publisher.publish(`t/${i}`, "", { qos: 1, retain: true });
  assert(bytesOf(it) > LEAST, `${bytesOf(it)} bytes are left`);
  for (let minute = 0; minute < 25; minute++) it.inner.clock.advance(60_000);
  await until(() => bytesOf(it) < MIB, "the log has shrunk");
});
