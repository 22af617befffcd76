/** How a storage is doing: in the metrics, in `midge ctl status`, under $SYS; and without one none of it. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { parse } from "valibot";
import { statusLines } from "../../lib/cli/ctl/text.ts";
import { ask } from "../../lib/manage/client.ts";
import { STATUS } from "../../lib/manage/status.ts";
import { ClockedBroker } from "../support/clocked_broker.ts";
import { TempFolder } from "../support/midge_process.ts";
import { StoredBroker } from "../support/stored_broker.ts";
import { until } from "../support/until.ts";

const FULL = new Error("No space left on device (os error 28)");

/** The lines of `midge ctl status` about the storage. */
async function linesOf(folder: TempFolder): Promise<string[]> {
  const answer = await ask({ kind: "unix", path: `${folder.path}/m.sock` }, "status", {});
  return statusLines(parse(STATUS, answer)).filter((line) => /^(storage|written)/.test(line));
}

Deno.test("metrics, ctl status and $SYS say how the storage is doing", async () => {
  await using folder = new TempFolder();
  await using it = await StoredBroker.start(4, {
    management: { path: `${folder.path}/m.sock` },
    plugins: { broker_sys: { sys_interval: "20s" } },
  });
  const { metrics } = it.inner.broker;
  const reader = await it.open("reader", { keepAlive: 0 });
  await reader.subscribed(["$SYS/broker/storage/#", 0]);
  await it.kept("away", "t", 1, true);
  it.inner.clock.advance(2000);
  await until(() => metrics.storage!.pending === 0, "all is written");
  const { state, writes, written, failing } = metrics.storage!;
  assertEquals([state, failing], ["up", 0]);
  assert(writes > 0 && written > 0);
  assertMatch((await linesOf(folder))[0]!, /^storage {5}full, \/nowhere, 0\.0 MiB, ok$/);

  it.log.breakDown(FULL);
  const publisher = await it.open("p", { keepAlive: 0 });
  await publisher.raw.send(it.words.publish("t", "x", { qos: 1, id: 1 }));
  await until(() => metrics.storage!.state === "down", "down");
  it.inner.clock.advance(12_000);
  await publisher.ping();
  const down = metrics.storage!;
  assertEquals([down.failing, down.lastError], [12_000, FULL.message]);
  assert(down.failures > 0 && down.pending > 0);
  const [storage, numbers] = await linesOf(folder);
  assertEquals(
    storage,
    `storage     full, /nowhere, 0.0 MiB, failing for 12 s: ${FULL.message}`,
  );
  assertMatch(
    numbers!,
    /^written {5}\d+ bytes, \d+ writes, \d+ failed, 0 ms the last one, \d+ bytes wait$/,
  );

  it.inner.clock.advance(10_000);
  const said = new Map((await reader.drain()).map(({ topic, payload }) => [topic, payload]));
  assertEquals(said.get("$SYS/broker/storage/state"), "down");
  assertEquals(said.get("$SYS/broker/storage/writes"), String(metrics.storage!.writes));
  await it.log.free();
  it.inner.clock.advance(5000);
  await until(() => metrics.storage!.state === "up", "up again");
  assertEquals(metrics.storage!.failing, 0);
  assertMatch((await linesOf(folder))[0]!, /, ok$/);
});

Deno.test("without a storage there is nothing about one", async () => {
  await using folder = new TempFolder();
  await using it = await ClockedBroker.start({
    management: { path: `${folder.path}/m.sock` },
    plugins: { broker_sys: null },
  });
  assertEquals(it.broker.metrics.storage, undefined);
  assertEquals(await linesOf(folder), []);
  const reader = await it.open("reader");
  await reader.subscribed(["$SYS/broker/storage/#", 0]);
  await reader.nothing();
});
