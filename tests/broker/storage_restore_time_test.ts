/** Times over a stop or a kill of the broker: sessions, retained messages, wills, and a machine's clock that is set. */
import { assert, assertEquals } from "@std/assert";
import type { Peer } from "../conformance/peer.ts";
import { publish5 } from "../support/raw_packets5.ts";
import { ENDS, RestartedBroker } from "../support/restarted_broker.ts";

const DAY_MS = 86_400_000;
const PUBACK = 4;

/** One that hears a topic. */
async function reader(it: RestartedBroker, topic: string): Promise<Peer> {
  const peer = await it.open(5, "reader", { keepAlive: 0 });
  await peer.subscribed([topic, 1]);
  return peer;
}

/** All that was recorded so far is written. */
async function written(it: RestartedBroker): Promise<void> {
  await (await it.open(4, "writer")).publish("written", "x", { qos: 1, retain: true });
}

/** A client with a session of 100 seconds. */
function brief(it: RestartedBroker): Promise<Peer> {
  const properties = { sessionExpiryInterval: 100 };
  return it.open5("c", { cleanSession: false, properties });
}

for (const end of ENDS) {
  Deno.test(`${end}: a session's time goes on while the broker is away, and is over in time`, async () => {
    await using it = await RestartedBroker.start();
    await it.leave(await brief(it));
    it.advance(29_000);
    await it.settle();
    await it.restart(end, { away: 60_000 });
    it.advance(5000);
    const again = await brief(it);
    assert(again.sessionPresent);
    await it.leave(again);
    it.advance(29_000);
    await it.settle();
    await it.restart(end, { away: 71_000 });
    it.advance(1000);
    assertEquals(it.inner.broker.metrics.clientsDisconnected, 0);
    assert(!(await brief(it)).sessionPresent);
  });

  Deno.test(`${end}: the time of a client that was connected begins with the restart`, async () => {
    await using it = await RestartedBroker.start();
    await brief(it);
    it.advance(50_000);
    await it.restart(end, { away: end === "stop" ? 0 : 500_000 });
    it.advance(99_000);
    assertEquals(it.inner.broker.metrics.clientsDisconnected, 1);
    it.advance(2000);
    assertEquals(it.inner.broker.metrics.clientsDisconnected, 0);
  });

  Deno.test(`${end}: a machine's clock that is set back while the broker is away ends nothing and revives nothing`, async () => {
    await using it = await RestartedBroker.start();
    await it.leave(await brief(it));
    it.advance(59_000);
    await it.settle();
    await it.restart(end, { away: -30 * DAY_MS });
    it.advance(1000);
    assertEquals(it.inner.broker.metrics.clientsDisconnected, 1);
    it.advance(100_000);
    assertEquals(it.inner.broker.metrics.clientsDisconnected, 0);
  });

  for (const days of [30, -30]) {
    Deno.test(`${end}: a machine's clock that is set by ${days} days while the broker runs ends nothing`, async () => {
      await using it = await RestartedBroker.start();
      await it.leave(await brief(it));
      it.advance(2000);
      it.setClock(days * DAY_MS);
      it.advance(10_000);
      await written(it);
      await it.restart(end, { away: 10_000 });
      it.advance(1000);
      assertEquals(it.inner.broker.metrics.clientsDisconnected, 1);
      it.advance(90_000);
      assertEquals(it.inner.broker.metrics.clientsDisconnected, 0);
    });
  }

  Deno.test(`${end}: retained messages with their properties, and what is left of their time`, async () => {
    await using it = await RestartedBroker.start();
    const publisher = await it.open(5, "p");
    const properties = { messageExpiryInterval: 100, contentType: "text" };
    await publisher.raw.send(publish5("t/a", "x", { qos: 1, id: 1, retain: true, properties }));
    await publisher.answer(PUBACK, 1);
    await publisher.publish("t/b", "y", { qos: 1, retain: true });
    await publisher.publish("t/c", "z", { qos: 1, retain: true });
    await publisher.publish("t/c", "", { qos: 1, retain: true });
    await it.restart(end, { away: 30_000 });
    await it.restart(end, { away: 20_000 });
    const client = await it.open(5, "r");
    await client.subscribed(["t/b", 1], ["t/c", 1]);
    await client.gets("y/1/r");
    await client.nothing();
    await client.subscribed(["t/a", 1]);
    const message = await client.raw.expect5("PUBLISH");
    assertEquals([message.payload, message.retain], ["x", true]);
    assertEquals(message.properties, { ...properties, messageExpiryInterval: 50 });
    await it.restart(end, { away: 60_000 });
    const last = await it.open(5, "r");
    await last.subscribed(["t/+", 1]);
    await last.gets("y/1/r");
    await last.nothing();
  });

  Deno.test(`${end}: the will of a client that does not come back is published after the grace`, async () => {
    await using it = await RestartedBroker.start();
    await it.open(4, "c", { will: { topic: "w", payload: "gone", qos: 1 } });
    await it.restart(end);
    const hears = await reader(it, "w");
    it.advance(29_000);
    await hears.nothing();
    it.advance(2000);
    await hears.gets("gone/1");
    await written(it);
    await it.restart(end);
    const later = await reader(it, "w");
    it.advance(60_000);
    await later.nothing();
  });

  Deno.test(`${end}: the will of a client that is back in time is not published`, async () => {
    await using it = await RestartedBroker.start();
    await it.open(4, "c", { will: { topic: "w", payload: "gone", qos: 1 } });
    await it.restart(end);
    await it.restart(end);
    const hears = await reader(it, "w");
    it.advance(20_000);
    const client = await it.open(4, "c");
    it.advance(60_000);
    await hears.nothing();
    await it.leave(client, true);
    await hears.nothing();
  });

  Deno.test(`${end}: a will that was taken back stays so`, async () => {
    await using it = await RestartedBroker.start();
    await it.leave(await it.open(4, "c", { will: { topic: "w", payload: "gone", qos: 1 } }));
    await written(it);
    await it.restart(end);
    const hears = await reader(it, "w");
    it.advance(60_000);
    await hears.nothing();
  });

  Deno.test(`${end}: a delayed will is published after its delay, or at the end of its session, not before the grace`, async () => {
    await using it = await RestartedBroker.start();
    const will = (delay: number) => ({
      topic: "w",
      payload: `${delay}`,
      qos: 1,
      properties: { willDelayInterval: delay },
    });
    const lives = { sessionExpiryInterval: 1000 };
    await it.open5("a", { cleanSession: false, will: will(100), properties: lives });
    const ends = { sessionExpiryInterval: 10 };
    await it.open5("b", { cleanSession: false, will: will(90), properties: ends });
    const later = { sessionExpiryInterval: 50 };
    await it.open5("c", { cleanSession: false, will: will(80), properties: later });
    await it.restart(end);
    const hears = await reader(it, "w");
    it.advance(29_000);
    await hears.nothing();
    it.advance(2000);
    await hears.gets("90/1");
    it.advance(18_000);
    await hears.nothing();
    it.advance(2000);
    await hears.gets("80/1");
    it.advance(48_000);
    await hears.nothing();
    it.advance(2000);
    await hears.gets("100/1");
  });
}
