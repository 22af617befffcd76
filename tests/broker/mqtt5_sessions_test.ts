/** Sessions of MQTT 5: how long each is kept, clean start, and sessions that go from one version to the other. */
import { assert, assertEquals } from "@std/assert";
import { Broker } from "../../mod.ts";
import { Clocked5, got } from "../support/clocked5.ts";
import { testConfig } from "../support/clocked_broker.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { RawClient } from "../support/raw_client.ts";
import { connect5, disconnect5, subscribe5 } from "../support/raw_packets5.ts";
import { until } from "../support/until.ts";

async function leave(it: Clocked5, client: RawClient): Promise<void> {
  const { clientsConnected } = it.inner.broker.metrics;
  await client.send(disconnect5());
  await client.expectClosed();
  await until(() => it.inner.broker.metrics.clientsConnected < clientsConnected, "the end");
}

Deno.test("an absent interval is 0: the session ends with its connection, also after clean start 0", async () => {
  await using it = await Clocked5.start();
  for (const properties of [{}, { sessionExpiryInterval: 0 }]) {
    const client = await it.open("c", { cleanSession: false, properties });
    assert(!client.sessionPresent);
    await client.close();
    await until(() => it.inner.broker.metrics.clientsConnected === 0, "the end");
    assertEquals(it.inner.broker.metrics.clientsDisconnected, 0);
  }
});

Deno.test("each session is kept for its own time, whatever the order in which clients leave", async () => {
  await using it = await Clocked5.start({ session_expiry_interval: 0 });
  for (const seconds of [30, 10, 0xffff_ffff, 20]) {
    const properties = { sessionExpiryInterval: seconds };
    await leave(it, await it.open(`${seconds}`, { properties }));
  }
  const kept = () => it.inner.broker.metrics.clientsDisconnected;
  const counts = [9_900, 400, 9_600, 500, 9_500, 500, 3_600_000].map((milliseconds) => {
    it.inner.clock.advance(milliseconds);
    return kept();
  });
  assertEquals(counts, [4, 3, 3, 2, 2, 1, 1]);
  assertEquals(it.inner.logged("has expired").length, 3);
});

Deno.test("a client that comes back in time resumes, and what it says then counts", async () => {
  await using it = await Clocked5.start();
  const first = await it.open("c", { properties: { sessionExpiryInterval: 10 } });
  await first.send(subscribe5(1, [["t", 1]]));
  await first.expect5("SUBACK");
  await leave(it, first);
  it.inner.clock.advance(9000);
  const second = await it.open("c", {
    cleanSession: false,
    properties: { sessionExpiryInterval: 100 },
  });
  assert(second.sessionPresent);
  await leave(it, second);
  it.inner.broker.publish({ topicName: "t", payload: "waits", qos: 1 });
  it.inner.clock.advance(99_000);
  const third = await it.open("c", { cleanSession: false });
  assert(third.sessionPresent);
  assertEquals(await got(third), "waits/1");
  await leave(it, third);
  assertEquals(it.inner.broker.metrics.clientsDisconnected, 0, "it said no interval the last time");
});

Deno.test("clean start 1 ends the session that is there and keeps the new one [MQTT-3.1.2-4]", async () => {
  await using it = await Clocked5.start();
  const first = await it.keep("c");
  await first.send(subscribe5(1, [["t", 1]]));
  await first.expect5("SUBACK");
  await leave(it, first);
  const second = await it.keep("c", { cleanSession: true });
  assert(!second.sessionPresent, "[MQTT-3.2.2-2]");
  assertEquals(it.inner.broker.metrics.subscriptionsCount, 0);
  await leave(it, second);
  assert((await it.keep("c")).sessionPresent, "[MQTT-3.2.2-3]");
});

Deno.test("a session goes from 3.1.1 to 5 and back, with what waits in it", async () => {
  await using it = await Clocked5.start({ session_expiry_interval: "1h" });
  const old = await it.inner.keep("c");
  await old.subscribed(["t", 2]);
  await old.disconnect();
  it.inner.broker.publish({ topicName: "t", payload: "one", qos: 2 });
  const fresh = await it.keep("c");
  assert(fresh.sessionPresent);
  assertEquals(await got(fresh), "one/2");
  await fresh.close();
  await until(() => it.inner.broker.metrics.clientsConnected === 0, "the end");
  it.inner.broker.publish({ topicName: "t", payload: "two", qos: 1 });
  const again = await it.inner.keep("c");
  assert(again.sessionPresent);
  await again.gets("one/2/dup", "two/1");
  await again.disconnect();
  it.inner.clock.advance(3_599_000);
  assertEquals(it.inner.broker.metrics.clientsDisconnected, 1);
  it.inner.clock.advance(1500);
  assertEquals(it.inner.broker.metrics.clientsDisconnected, 0, "as long as 3.1.1's are kept");
});

Deno.test("the other version's client takes a living connection over", async () => {
  await using it = await Clocked5.start();
  const old = await it.inner.keep("c");
  await old.subscribed(["t", 1]);
  const fresh = await it.keep("c");
  assert(fresh.sessionPresent);
  await old.raw.expectClosed();
  const back = await it.inner.keep("c");
  assert(back.sessionPresent);
  assertEquals((await fresh.expect5("DISCONNECT")).reasonCode, 0x8e);
  it.inner.broker.publish({ topicName: "t", payload: "x", qos: 1 });
  await back.gets("x/1");
});

Deno.test("3.1.1's clean session ends a session of 5, and 5's interval 0 one of 3.1.1", async () => {
  await using it = await Clocked5.start();
  await leave(it, await it.keep("c"));
  const old = await it.inner.open("c");
  assert(!old.sessionPresent);
  await old.disconnect();
  await (await it.inner.keep("d")).disconnect();
  const fresh = await it.open("d", { cleanSession: false });
  assert(fresh.sessionPresent);
  await leave(it, fresh);
  assertEquals(it.inner.broker.metrics.clientsDisconnected, 0);
});

Deno.test("a reload changes how long sessions are kept at most, also those that wait", async () => {
  const clock = new FakeClock();
  const options = (hours: number) =>
    testConfig({ plugins: { auth_anonymous: null }, session_expiry_interval: `${hours}h` });
  const broker = new Broker(options(5), clock);
  await broker.start();
  const address = { hostname: "127.0.0.1", port: broker.listeners[0]!.port };
  for (const seconds of [3600, 4 * 3600]) {
    const properties = { sessionExpiryInterval: seconds };
    const client = await RawClient.open5(address, { clientId: `${seconds}`, properties });
    await client.send(disconnect5());
    await client.expectClosed();
    await client.close();
  }
  await until(() => broker.metrics.clientsConnected === 0, "their ends");
  await broker.reload(options(2));
  clock.advance(3_601_000);
  assertEquals(broker.metrics.clientsDisconnected, 1);
  clock.advance(3_601_000);
  assertEquals(broker.metrics.clientsDisconnected, 0);
  await broker.stop();
});

Deno.test("sessions that end at the same time are ended in portions", async () => {
  await using it = await Clocked5.start({ session_expiry_interval: 0 });
  const names = Array.from({ length: 200 }, (_, i) => `c${i}`);
  for (const name of names) {
    const one = await RawClient.dial(it.inner.address);
    await one.send(
      connect5({ clientId: name, properties: { sessionExpiryInterval: 1 } }),
      disconnect5(),
    );
    await one.expect5("CONNACK");
    await one.expectClosed();
    await one.close();
  }
  const kept = () => it.inner.broker.metrics.clientsDisconnected;
  await until(() => kept() === names.length, "their ends");
  it.inner.clock.advance(1000);
  const first = kept();
  it.inner.clock.advance(20);
  assert(first - kept() <= 40, `${first - kept()} at once`);
  it.inner.clock.advance(1000);
  assertEquals(kept(), 0);
});
