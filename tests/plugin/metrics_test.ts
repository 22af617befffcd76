/** One table of metrics: whatever is counted is read, published and documented from it. */
import { assert, assertEquals } from "@std/assert";
import { coreMetrics } from "../../lib/broker/face/metrics.ts";
import { Core } from "../../lib/broker/core.ts";
import { liveMetrics } from "../../lib/plugin/live_metrics.ts";
import { ACCESS_METRICS, ANSWER_METRICS, METRICS, readMetrics } from "../../plugin.ts";
import { brokerSys } from "../../plugins/broker_sys.ts";
import { testConfig } from "../support/clocked_broker.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { PluginHarness } from "../support/plugin_harness.ts";
import { Drop } from "../../lib/broker/drops.ts";

const NO_SYSTEM = {
  clock: () => 0,
  cpuTime: () => 0,
  memory: () => ({ rss: 0, heapUsed: 0 }),
  machineMemory: () => undefined,
};

function makeCore(): Core {
  const { logger } = new PluginHarness().context;
  return new Core(testConfig({}), new FakeClock(1_795_317_255_000), logger);
}

/** What broker_sys publishes of these metrics, by topic below `$SYS/broker/`. */
async function published(metrics: ConstructorParameters<typeof PluginHarness>[0]) {
  const harness = new PluginHarness(metrics);
  const hooks = await harness.setUp(brokerSys(NO_SYSTEM));
  await hooks.brokerStarted?.({ listeners: [] });
  return (topic: string) => harness.payloadOf(`$SYS/broker/${topic}`);
}

Deno.test("a broker reads every row of the table, when it is asked", () => {
  const core = makeCore();
  const metrics = coreMetrics(core);
  assertEquals(Object.keys(metrics).sort(), [...Object.keys(METRICS), "access", "storage"].sort());
  assertEquals([metrics.startedAt, metrics.bytesReceived], [1_795_317_255_000, 0]);
  core.traffic.bytesReceived = 7;
  core.drops.add(Drop.QUEUE_FULL);
  assertEquals([metrics.bytesReceived, metrics.messagesDropped], [7, { "queue full": 1 }]);
  const copy = { ...metrics };
  core.traffic.bytesReceived = 8;
  assertEquals([metrics.bytesReceived, copy.bytesReceived], [8, 7]);
});

Deno.test("closed and refused connections are counted by reason, up to $SYS", async () => {
  const core = makeCore();
  const metrics = coreMetrics(core);
  assertEquals([metrics.connectionsClosed, metrics.connectionsRefused], [{}, {}]);
  core.closes.add("keep alive");
  core.closes.add("keep alive");
  core.refusals.add("bad user name");
  assertEquals(metrics.connectionsClosed, { "keep alive": 2 });
  assertEquals(metrics.connectionsRefused, { "bad user name": 1 });
  const payload = await published({ metrics });
  assertEquals(payload("clients/closed/keep_alive"), "2");
  assertEquals(payload("clients/refused/bad_user_name"), "1");
});

Deno.test("a row without a reader is 0 or empty, one with a reader is computed each time", () => {
  const source = { sent: 1 };
  const metrics = liveMetrics(source, { bytesSent: ({ sent }) => sent });
  source.sent = 2;
  assertEquals([metrics.bytesSent, metrics.bytesReceived, metrics.messagesDropped], [2, 0, {}]);
  assertEquals(metrics.access, undefined);
});

Deno.test("readMetrics: every row once, in the table's order, what is not there left out", () => {
  const none = [...readMetrics(liveMetrics({}, {}))];
  assertEquals(none.map(({ name }) => name), Object.keys(METRICS));
  const dropped = none.find(({ name }) => name === "messagesDropped");
  assertEquals([dropped?.samples, dropped?.total], [[], 0]);
  assertEquals([...readMetrics({ bytesSent: 3 })], [
    {
      name: "bytesSent",
      metric: METRICS.bytesSent,
      samples: [{ labels: {}, value: 3 }],
      total: 3,
    },
  ]);
  const byReason = [...readMetrics({ messagesDropped: { denied: 1, "queue full": 2 } })];
  assertEquals([byReason[0]?.samples, byReason[0]?.total], [
    [{ labels: { reason: "denied" }, value: 1 }, { labels: { reason: "queue full" }, value: 2 }],
    3,
  ]);
});

Deno.test("readMetrics: answers by source and question, only where they are published", () => {
  const counts = {
    allow: 1,
    deny: 2,
    ignore: 3,
    error: 4,
    cacheHits: 5,
    microseconds: 6,
    worstMicroseconds: 7,
  };
  const access = {
    cacheHits: 8,
    cacheMisses: 9,
    sources: [{ source: "s", question: "receive", counts }],
    health: [],
  } as const;
  const readings = [...readMetrics({ access })];
  assertEquals(readings.map(({ name, total }) => `${name} ${total}`), [
    "access.cacheHits 8",
    "access.cacheMisses 9",
    "access.sources.allow 1",
    "access.sources.deny 2",
    "access.sources.ignore 3",
    "access.sources.error 4",
    "access.sources.cacheHits 0",
    "access.sources.microseconds 0",
    "access.sources.worstMicroseconds 0",
  ]);
  assertEquals(readings[2]?.samples, [{ labels: { source: "s", question: "receive" }, value: 1 }]);
});

Deno.test("every topic of the table stands in docs/PLUGINS.md", async () => {
  const text = await Deno.readTextFile(new URL("../../docs/PLUGINS.md", import.meta.url));
  const rows = Object.values({ ...METRICS, ...ACCESS_METRICS });
  const topics = rows.flatMap(({ topics }): readonly string[] => topics);
  assert(topics.length > 20, `${topics.length} topics`);
  for (const topic of topics) {
    const shown = topic.replace(/\{(\w+)\}/g, (_whole, label: string) => label.toUpperCase());
    assert(text.includes(`\`${shown}\``), shown);
  }
  for (const { topics: [topic] } of Object.values(ANSWER_METRICS)) {
    const answer = topic.replace("access/{source}/{question}/", "");
    const shown = answer.replace(/^time\/.*$/, "access/SOURCE/QUESTION/time/{total,worst}");
    assert(text.includes(`\`${shown}\``), topic);
  }
});
