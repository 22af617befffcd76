/** `plugins`, `health`, `storage`: what is there, how it is doing, and whether clients should come. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { SourceHealth } from "../../../lib/plugin/metrics.ts";
import { HeldLog } from "../../support/held_log.ts";
import { until } from "../../support/until.ts";
import { ManagedBroker } from "../../support/managed_broker.ts";

const UP: SourceHealth = { state: "up", since: 5, lastError: undefined, answered: 1, failed: 0 };

Deno.test("plugins: hooks, health, and how often a hook has failed, withheld lines too", async () => {
  await using managed = await ManagedBroker.start({}, {
    authorize: ({ topic }) => {
      if (topic === "bad") throw new Error("broken");
      return "allow";
    },
    messageReceived: () => {
      throw new Error("broken too");
    },
    health: () => ({ ...UP, lastError: "redis://me:secret@host is away" }),
  });
  const client = await managed.it.open("c");
  for (let n = 0; n < 30; n++) await client.publish("t", "x", { qos: 1 });
  await client.publish("bad", "x", { qos: 1 });
  const rows = await managed.rows("plugins");
  assertEquals(rows.map(({ key }) => key)[0], "auth_anonymous");
  const { key: _, name: _name, ...own } = rows.find(({ hooks }) => hooks.includes("health"))!;
  assertEquals(own, {
    packaged: false,
    hooks: ["authorize", "messageReceived", "health"],
    health: { state: "up", since: 5, lastError: "redis://me:***@host is away" },
    failures: 32,
  });
  assertEquals([rows[0]?.packaged, rows[0]?.health, rows[0]?.failures], [true, null, 0]);
});

Deno.test("health: ready; not while a source that decides is down, or cannot say", async () => {
  let health: () => SourceHealth = () => UP;
  await using managed = await ManagedBroker.start({}, {
    authorize: () => "allow",
    health: () => health(),
  });
  const ready = await managed.result("health");
  assertEquals([ready.ready, ready.problems], [true, []]);
  assertEquals(ready.checks.map(({ name }) => name.split(" ")[0]), [
    "listening",
    "memory",
    "source",
  ]);
  assertStringIncludes(ready.checks[0]!.detail, "default 127.0.0.1:");
  health = () => ({ ...UP, state: "down", lastError: "connection refused" });
  const down = await managed.result("health");
  assertEquals([down.ready, down.problems.length], [false, 1]);
  assertStringIncludes(
    down.problems[0]!,
    "down since 1970-01-01T00:00:00.005Z: connection refused",
  );
  health = () => {
    throw new Error("oh");
  };
  assertStringIncludes((await managed.result("health")).problems[0]!, "it cannot say: oh");
});

Deno.test("health: a plugin that only watches keeps no one out", async () => {
  await using managed = await ManagedBroker.start({}, {
    clientConnected: () => {},
    health: () => ({ ...UP, state: "down" }),
  });
  assertEquals((await managed.result("health")).ready, true);
});

Deno.test("storage: null in memory; else where, how it goes, and not ready while it fails", async () => {
  await using memory = await ManagedBroker.start();
  assertEquals(await memory.result("storage"), null);
  const log = new HeldLog();
  await using managed = await ManagedBroker.startWith(log);
  const fine = await managed.result("storage");
  assertEquals([fine?.state, fine?.failures, fine?.place], ["up", 0, "/nowhere"]);
  assertStringIncludes((await managed.result("health")).checks[1]!.detail, "takes what is written");
  log.breakDown(new Error("no space left"));
  await managed.it.broker.publish({ topicName: "t", payload: "x", retain: true });
  const { metrics } = managed.it.broker;
  await until(() => metrics.storage?.state === "down", "down");
  const failing = await managed.result("storage");
  assertEquals([failing?.state, failing?.lastError], ["down", "no space left"]);
  const { ready, problems } = await managed.result("health");
  assert(!ready && problems[0]!.includes("no space left"), problems.join());
  await log.free();
});
