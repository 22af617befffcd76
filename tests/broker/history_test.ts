/** The last hour: moments every five seconds from when someone asks, bounded, in the order of SERIES. */
import { assert, assertEquals } from "@std/assert";
import { Core } from "../../lib/broker/core.ts";
import { History, HISTORY_SERIES } from "../../lib/broker/history.ts";
import { SERIES } from "../../manage.ts";
import { ClockedBroker, testConfig } from "../support/clocked_broker.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { inlinePlugin } from "../support/inline_registry.ts";
import { PluginHarness } from "../support/plugin_harness.ts";
import type { PluginContext } from "../../plugin.ts";

const START = 1_795_317_255_000;

function makeCore(clock = new FakeClock(START)): Core {
  return new Core(testConfig({}), clock, new PluginHarness().context.logger);
}

const MEMORY = () => ({ rss: 40_000_000, heapUsed: 9_000_000 });

/** What a moment has under this name. */
function valueOf(values: readonly (number | null)[], name: (typeof SERIES)[number]) {
  return values[SERIES.indexOf(name)];
}

Deno.test("history: its series are those of the command, in order", () => {
  assertEquals(HISTORY_SERIES, [...SERIES]);
});

Deno.test("history: counters are a second, gauges as they are, latencies of what came since", () => {
  const clock = new FakeClock(START);
  const core = makeCore(clock);
  core.vitals.measure();
  core.traffic.bytesReceived = 1000;
  const history = new History(core, MEMORY);
  core.traffic.bytesReceived = 1500;
  core.totals.queued = 7;
  core.traffic.latency!.histogram.observe(200);
  clock.advance(5000);
  history.note();
  core.traffic.bytesReceived = 1510;
  clock.advance(2000);
  history.note();
  const [first, second] = [...history.since()];
  assertEquals([first?.at, second?.at], [START + 5000, START + 7000]);
  assertEquals(valueOf(first!.values, "bytesIn"), 100, "500 bytes in 5 s, not those before");
  assertEquals(valueOf(second!.values, "bytesIn"), 5, "10 bytes in 2 s");
  assertEquals([valueOf(first!.values, "queued"), valueOf(first!.values, "rss")], [7, 40_000_000]);
  assertEquals(valueOf(first!.values, "latencyP50"), 0.15);
  assertEquals(valueOf(second!.values, "latencyP50"), NaN, "nothing was delivered since");
});

Deno.test("history: an hour is kept, the oldest go; since: only what is newer", () => {
  const clock = new FakeClock(START);
  const core = makeCore(clock);
  core.keepHistory();
  clock.advance(3_700_000);
  const all = [...core.history!.since()];
  assertEquals(all.length, 720);
  assertEquals([all[0]!.at, all.at(-1)!.at], [START + 105_000, START + 3_700_000]);
  assertEquals([...core.history!.since(START + 3_690_000)].map(({ at }) => at - START), [
    3_695_000,
    3_700_000,
  ]);
});

Deno.test("history: one timer however often it is asked for, none before, none after the end", async () => {
  const clock = new FakeClock(START);
  const core = makeCore(clock);
  const before = clock.timerCount;
  core.keepHistory();
  core.keepHistory();
  core.vitals.measure();
  assertEquals(clock.timerCount, before + 1);
  await core.end();
  assertEquals([clock.timerCount, core.traffic.latency], [before, undefined]);
});

Deno.test("history: a moment of the event loop's delay has the worst of its five seconds", () => {
  const clock = new FakeClock(START);
  const late = { ...clock, now: () => clock.time + extra };
  let extra = 0;
  const core = new Core(
    testConfig({}),
    Object.assign(late, { every: clock.every, after: clock.after, epoch: clock.epoch }),
    new PluginHarness().context.logger,
  );
  core.keepHistory();
  clock.advance(1000);
  extra = 250;
  clock.advance(4000);
  clock.advance(5000);
  const delays = [...core.history!.since()].map(({ values }) => valueOf(values, "eventLoopDelay"));
  assertEquals(delays, [250, 0]);
});

Deno.test("history: a plugin has it kept from the start, the command shows it", async () => {
  const seen: { context?: PluginContext } = {};
  const dashboard = inlinePlugin((context) => {
    context.measure?.(true);
    seen.context = context;
    return {};
  });
  await using it = await ClockedBroker.start({
    plugins: { auth_anonymous: null, [dashboard]: null },
  });
  it.clock.advance(10_000);
  const caller = { name: "test", isAdmin: false, user: undefined };
  const rows = await seen.context!.manage!("history", {}, caller) as Iterable<
    { at: number; values: (number | null)[] }[]
  >;
  const moments = [...rows].flat();
  assertEquals(moments.length, 2);
  assertEquals(valueOf(moments[0]!.values, "latencyP99"), null);
  assert(valueOf(moments[0]!.values, "rss")! > 1e6);
});
