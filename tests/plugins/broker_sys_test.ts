/** broker_sys: every topic with its payload, from numbers that the test gives. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import type { AnswerCounts } from "../../plugin.ts";
import realBrokerSys, { brokerSys, type System } from "../../plugins/broker_sys.ts";
import { PluginHarness } from "../support/plugin_harness.ts";

const START = 1_795_317_255_000;

/** A machine whose readings the test changes. */
function fakeSystem() {
  return {
    time: 0,
    cpu: 0,
    rss: 38_320_000,
    machine: { total: 4e9, free: 1e9, available: 2.5e9 } as ReturnType<System["machineMemory"]>,
    clock() {
      return this.time;
    },
    cpuTime() {
      return this.cpu;
    },
    memory() {
      return { rss: this.rss, heapUsed: 12_345_678 };
    },
    machineMemory() {
      return this.machine;
    },
  };
}

const METRICS = {
  bytesReceived: 1,
  bytesSent: 2,
  packetsReceived: 3,
  packetsSent: 4,
  publishReceived: 5,
  publishSent: 6,
  startedAt: START - 90_061_500,
  clientsConnected: 7,
  clientsMaximum: 8,
  clientsDisconnected: 9,
  inflightIn: 10,
  inflightOut: 11,
  messagesQueued: 12,
  messagesDropped: { "queue full": 2, denied: 1, "$ topic": 4 },
  retainedCount: 13,
  subscriptionsCount: 14,
  access: {
    cacheHits: 15,
    cacheMisses: 16,
    sources: [
      { source: "auth_anonymous", question: "authenticate", counts: countsFrom(20) },
      { source: "./my acl.ts", question: "authorize", counts: countsFrom(30) },
      { source: "./my acl.ts", question: "receive", counts: countsFrom(40) },
    ],
    health: [{
      source: "http",
      health: { state: "down", since: START, lastError: "refused", answered: 1, failed: 2 },
    }],
  },
} as const;

function countsFrom(first: number): AnswerCounts {
  return {
    allow: first,
    deny: first + 1,
    ignore: first + 2,
    error: first + 3,
    cacheHits: first + 4,
    microseconds: first + 5.4,
    worstMicroseconds: first + 6.4,
  };
}

const EXPECTED: Record<string, string> = {
  "version": "midge 1.2.3",
  "load/bytes/received": "1",
  "load/bytes/sent": "2",
  "messages/received": "3",
  "messages/sent": "4",
  "messages/publish/received": "5",
  "messages/publish/sent": "6",
  "time": "1795317255",
  "uptime": "90061",
  "uptime/formatted": "2026-11-21 02:13:13+00:00",
  "clients/connected": "7",
  "clients/disconnected": "9",
  "clients/maximum": "8",
  "clients/total": "16",
  "messages/inflight": "21",
  "messages/inflight/in": "10",
  "messages/inflight/out": "11",
  "messages/inflight/stored": "12",
  "messages/retained/count": "13",
  "messages/subscriptions/count": "14",
  "heap/size": "38.320",
  "heap/maximum": "38.320",
  "cpu/percent": "0.000",
  "cpu/maximum": "0.000",
  // Beyond aMQTT's.
  "heap/used": "12.346",
  "eventloop/delay": "0.000",
  "system/memory/total": "4000.000",
  "system/memory/free": "1000.000",
  "system/memory/available": "2500.000",
  "messages/dropped": "7",
  "messages/dropped/dollar_topic": "4",
  "messages/dropped/queue_full": "2",
  "messages/dropped/denied": "1",
  "access/cache/hits": "15",
  "access/cache/misses": "16",
  "access/auth_anonymous/authenticate/allow": "20",
  "access/auth_anonymous/authenticate/deny": "21",
  "access/auth_anonymous/authenticate/ignore": "22",
  "access/auth_anonymous/authenticate/error": "23",
  "access/auth_anonymous/authenticate/time/total": "25",
  "access/auth_anonymous/authenticate/time/worst": "26",
  "access/_my_acl_ts/authorize/allow": "30",
  "access/_my_acl_ts/authorize/deny": "31",
  "access/_my_acl_ts/authorize/ignore": "32",
  "access/_my_acl_ts/authorize/error": "33",
  "access/_my_acl_ts/authorize/cache_hits": "34",
  "access/_my_acl_ts/authorize/time/total": "35",
  "access/_my_acl_ts/authorize/time/worst": "36",
  "access/_my_acl_ts/receive/allow": "40",
  "access/_my_acl_ts/receive/deny": "41",
  "access/_my_acl_ts/receive/ignore": "42",
  "access/_my_acl_ts/receive/error": "43",
  "access/http/server": "down",
};

async function started(options: unknown = {}) {
  const harness = new PluginHarness({ metrics: METRICS });
  const system = fakeSystem();
  const hooks = await harness.setUp(brokerSys(system), { mosquitto: false, ...Object(options) });
  await hooks.brokerStarted?.({ listeners: [] });
  const payload = (topic: string) => harness.payloadOf(`$SYS/broker/${topic}`);
  return { harness, system, payload };
}

Deno.test("broker_sys: all topics at the start, retained, QoS 0", async () => {
  const { harness } = await started();
  assertEquals(
    Object.fromEntries(harness.published.map(({ topicName, payload }) => [topicName, payload])),
    Object.fromEntries(
      Object.entries(EXPECTED).map(([topic, payload]) => [`$SYS/broker/${topic}`, payload]),
    ),
  );
  assert(harness.published.every(({ qos, retain }) => qos === 0 && retain === true));
});

Deno.test("broker_sys: again after every interval, 20 seconds unless told", async () => {
  for (const [options, interval] of [[{}, 20_000], [{ sys_interval: "1m" }, 60_000]] as const) {
    const { harness } = await started(options);
    const count = harness.published.length;
    harness.advance(interval - 1);
    assertEquals(harness.published.length, count);
    harness.advance(1);
    assertEquals(harness.published.length, 2 * count);
    assertEquals(harness.payloadOf("$SYS/broker/time"), String((START + interval) / 1000));
  }
});

Deno.test("broker_sys: CPU since the last publication in percent of one core, and its highest", async () => {
  const { harness, system, payload } = await started();
  const after = (milliseconds: number, cpu: number) => {
    system.time += milliseconds;
    system.cpu += cpu;
    harness.advance(20_000);
    return [payload("cpu/percent"), payload("cpu/maximum")];
  };
  assertEquals(after(20_000, 500), ["2.500", "2.500"]);
  assertEquals(after(20_000, 30_000), ["150.000", "150.000"]);
  assertEquals(after(20_000, 100), ["0.500", "150.000"]);
});

Deno.test("broker_sys: the highest memory stays when memory falls", async () => {
  const { harness, system, payload } = await started();
  system.rss = 50_000_000;
  harness.advance(20_000);
  system.rss = 40_000_000;
  harness.advance(20_000);
  assertEquals([payload("heap/size"), payload("heap/maximum")], ["40.000", "50.000"]);
});

Deno.test("broker_sys: the event loop's worst delay since the last publication", async () => {
  const { harness, system, payload } = await started();
  for (let second = 1; second <= 20; second++) {
    system.time += second === 7 ? 1250 : 1000;
    harness.advance(1000);
  }
  assertEquals(payload("eventloop/delay"), "250.000");
  for (let second = 1; second <= 20; second++) {
    system.time += 1000;
    harness.advance(1000);
  }
  assertEquals(payload("eventloop/delay"), "0.000");
});

Deno.test("broker_sys: without the permission the machine's memory is left out", async () => {
  const harness = new PluginHarness({ metrics: METRICS });
  const system = fakeSystem();
  system.machine = undefined;
  const hooks = await harness.setUp(brokerSys(system), {});
  await hooks.brokerStarted?.({ listeners: [] });
  assertEquals(harness.payloadOf("$SYS/broker/system/memory/total"), undefined);
  assertEquals(harness.payloadOf("$SYS/broker/version"), "midge 1.2.3");
});

Deno.test("broker_sys: 0 is off, less than a second and less than nothing are errors", async () => {
  const { harness } = await started({ sys_interval: 0 });
  assertEquals([harness.timerCount, harness.published.length], [0, 0]);
  await assertRejects(() => started({ sys_interval: -1 }), Error, "sys_interval: got -1, expected");
  await assertRejects(() => started({ sys_interval: "500ms" }), Error, "at least 1 second");
  await assertRejects(() => started({ interval: 1 }), Error, "interval: unknown option");
});

Deno.test("broker_sys on this machine: plausible memory and CPU", async () => {
  const harness = new PluginHarness();
  const hooks = await harness.setUp(realBrokerSys, {});
  await hooks.brokerStarted?.({ listeners: [] });
  const number = (topic: string) => Number(harness.payloadOf(`$SYS/broker/${topic}`));
  assert(number("heap/size") > 10 && number("heap/size") < 100_000);
  assert(number("heap/used") > 1 && number("heap/used") < number("heap/size"));
  assert(number("system/memory/total") > number("heap/size"));
  assert(number("system/memory/available") <= number("system/memory/total"));
  assertEquals(number("cpu/percent"), 0);
});
