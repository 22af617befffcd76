/** mosquitto's tree as broker_sys publishes it: every topic that exporters read, averages as mosquitto has them. */
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { liveMetrics } from "../../../lib/plugin/live_metrics.ts";
import { brokerSys } from "../../../plugins/broker_sys.ts";
import { Load } from "../../../plugins/mosquitto_tree/load.ts";
import { MosquittoTree } from "../../../plugins/mosquitto_tree/tree.ts";
import { PluginHarness } from "../../support/plugin_harness.ts";
import { KEYS } from "./keys.ts";

const NO_SYSTEM = {
  clock: () => 0,
  cpuTime: () => 0,
  memory: () => ({ rss: 50_000_000, heapUsed: 0 }),
  machineMemory: () => undefined,
};

/** What broker_sys publishes, by topic below `$SYS/broker/`. */
async function published(options: unknown, metrics = {}) {
  const harness = new PluginHarness({ metrics });
  const hooks = await harness.setUp(brokerSys(NO_SYSTEM), options);
  await hooks.brokerStarted?.({ listeners: [] });
  const topics = () =>
    Object.fromEntries(
      harness.published.map(({ topicName, payload }) => [
        topicName.replace("$SYS/broker/", ""),
        payload,
      ]),
    );
  return { harness, topics };
}

Deno.test("$SYS: every name that exporters, Telegraf and Home Assistant read, by default", async () => {
  const { topics, harness } = await published({});
  const there = topics();
  assert(KEYS.length > 50, `${KEYS.length} names`);
  assertEquals(KEYS.filter((key) => there[key] === undefined), []);
  assert(harness.published.every(({ qos, retain }) => qos === 0 && retain === true));
});

Deno.test("$SYS: mosquitto: false leaves its tree out", async () => {
  const there = (await published({ mosquitto: false })).topics();
  for (const topic of ["bytes/received", "load/sockets/1min", "clients/active"]) {
    assertEquals(there[topic], undefined, topic);
  }
  assertEquals(there["messages/received"], "0");
});

Deno.test("$SYS: mosquitto's numbers, and aMQTT's where both have the topic in another unit", async () => {
  const there = (await published({}, {
    bytesReceived: 1,
    packetsSent: 2,
    publishReceived: 3,
    messagesDropped: { "queue full": 3, denied: 1 },
    payloadBytesSent: 5,
    clientsConnected: 6,
    clientsDisconnected: 7,
    sessionsExpired: 8,
    subscriptionsCount: 9,
    sharedSubscriptionsCount: 2,
    retainedCount: 10,
    messagesQueued: 11,
    inflightOut: 12,
    retainedBytes: 100,
    queuedBytes: 20,
    inflightBytes: 3,
    residentMemory: 48_000_000,
    startedAt: 1_795_317_255_000 - 90_500,
  })).topics();
  const shown = {
    "bytes/received": "1",
    "messages/sent": "2",
    "publish/messages/received": "3",
    "publish/messages/dropped": "4",
    "publish/bytes/sent": "5",
    "clients/active": "6",
    "clients/inactive": "7",
    "clients/expired": "8",
    "subscriptions/count": "7",
    "shared_subscriptions/count": "2",
    "retained messages/count": "10",
    "messages/stored": "33",
    "store/messages/count": "33",
    "store/messages/bytes": "123",
    "heap/current": "48000000",
    // aMQTT's: megabytes, and seconds without the word.
    "heap/maximum": "50.000",
    "uptime": "90",
    "version": "midge 1.2.3",
    "load/bytes/received": "1",
  };
  for (const [topic, payload] of Object.entries(shown)) assertEquals(there[topic], payload, topic);
});

Deno.test("load: a steady rate is reached as an exponential average reaches it", () => {
  const load = new Load(500);
  assertEquals(load.averages.map(({ value }) => value), [0, 0, 0]);
  let count = 500;
  for (let second = 10; second <= 600; second += 10) load.update(count += 100, 10_000);
  const expected = [1, 5, 15].map((minutes) => 600 * (1 - Math.exp(-10 / minutes)));
  for (const [index, { value }] of load.averages.entries()) {
    assertAlmostEquals(value, expected[index]!, 0.001);
  }
});

Deno.test("load: one burst fades by e in its time, and no time is no change", () => {
  const load = new Load(0);
  load.update(60, 60_000);
  const first = load.averages.map(({ value }) => value);
  assertAlmostEquals(first[0]!, 60 * (1 - Math.exp(-1)), 1e-9);
  load.update(60, 0);
  assertEquals(load.averages.map(({ value }) => value), first);
  load.update(60, 60_000);
  assertAlmostEquals(load.averages[0]!.value, first[0]! / Math.E, 1e-9);
});

Deno.test("load: broker_sys has two decimals, from counters since its start", async () => {
  const counters = { bytesReceived: 1000 };
  const metrics = liveMetrics(counters, { bytesReceived: ({ bytesReceived }) => bytesReceived });
  const tree = new MosquittoTree(metrics, 0);
  counters.bytesReceived = 1060;
  tree.update(60_000);
  const texts = new Map([...tree.values(0)].map(({ topic, text }) => [topic, text]));
  assertEquals(texts.get("load/bytes/received/1min"), "37.93");
  assertEquals(texts.get("load/bytes/sent/1min"), "0.00");
  assertEquals(texts.get("uptime"), "0 seconds");
  const { topics } = await published({});
  assertEquals(topics()["load/bytes/received/15min"], "0.00");
});
