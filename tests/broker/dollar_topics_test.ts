/** Topics that begin with `$`: closed to clients but for what is allowed, and said once a client. */
import { assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../mod.ts";
import { ClockedBroker, testConfig } from "../support/clocked_broker.ts";
import { puback, publish } from "../support/raw_packets.ts";
import { until } from "../support/until.ts";

const ALLOWED = { allow_dollar_topics: ["$aws/", "$dps/reg"] };

Deno.test("what is dropped is acknowledged, and the log says so once a client", async () => {
  await using it = await ClockedBroker.start();
  const watcher = await it.open("w");
  await watcher.subscribed(["$aws/#", 0]);
  for (const clientId of ["a", "b"]) {
    const { raw } = await it.open(clientId, { will: { topic: "$will/x", payload: "x" } });
    for (let id = 1; id < 20; id++) await raw.send(publish(`$aws/${id}`, "x", { qos: 1, id }));
    for (let id = 1; id < 20; id++) await raw.expect(puback(id));
    const lines = it.logged(`${clientId} (`).filter((line) => line.includes("$aws/"));
    assertEquals([lines.length, lines[0]?.includes("$aws/1,")], [1, true]);
  }
  await watcher.nothing();
  assertEquals(it.broker.metrics.messagesDropped, { "$ topic": 38 });
});

Deno.test("a will to such a topic is said in the log", async () => {
  await using it = await ClockedBroker.start();
  const client = await it.open("c", { will: { topic: "$will/x", payload: "x" } });
  await client.drop();
  await until(() => it.logged("publishes to $will/x, which is dropped").length === 1, "the line");
});

Deno.test("allowed beginnings pass, for wills too, and ask the rules as others do", async () => {
  await using it = await ClockedBroker.start(ALLOWED, {
    authorize: ({ topic }) => topic === "$aws/denied" ? "deny" : undefined,
  });
  const watcher = await it.open("w");
  await watcher.subscribed(["$aws/#", 0], ["$dps/#", 0], ["$SYS/#", 0], ["#", 0]);
  const client = await it.open("c", { will: { topic: "$aws/will", payload: "will" } });
  for (
    const topic of [
      "$aws/a",
      "$aws",
      "$awsx/a",
      "$aws/denied",
      "$dps/register",
      "$dps/other",
      "$SYS/a",
      "$share/a/b",
      "$queue/a",
    ]
  ) {
    await client.publish(topic, topic, { qos: 1, retain: true });
  }
  await client.drop();
  await watcher.gets("$aws/a/0", "$dps/register/0", "will/0");
  await watcher.nothing();
  assertEquals(it.broker.metrics.retainedCount, 2);
});

Deno.test("they count as retained messages do", async () => {
  await using it = await ClockedBroker.start({ ...ALLOWED, max_retained: 1 });
  const client = await it.open("c");
  for (const topic of ["$aws/a", "$aws/b", "c"]) await client.publish(topic, "x", { retain: true });
  assertEquals(it.broker.metrics.retainedCount, 1);
  assertEquals(it.broker.metrics.messagesDropped, { "retained full": 2 });
});

Deno.test("explain knows them", async () => {
  await using it = await ClockedBroker.start(ALLOWED);
  await it.open("c");
  const verdicts = [];
  for (const topic of ["$aws/a", "$SYS/a"]) {
    verdicts.push((await it.broker.explain({ client: "c", action: "publish", topic })).verdict);
  }
  assertEquals(verdicts, ["allow", "deny"]);
});

Deno.test("only whole levels, and never those that stay closed", () => {
  const bad = [
    "$SYS/",
    "$SYS/a",
    "$share/",
    "$queue/x",
    "$",
    "$a",
    "$/",
    "a/",
    "",
    "$a/#",
    "$a/+/b",
    "$+/",
    1,
    null,
  ];
  for (const one of bad) {
    const options = { allow_dollar_topics: ["$ok/", one] as string[] };
    assertThrows(() => testConfig(options), UserError, "allow_dollar_topics", `${one}`);
  }
  assertThrows(
    () => testConfig({ allow_dollar_topics: "$aws/" as unknown as string[] }),
    UserError,
  );
  assertEquals(testConfig(ALLOWED).access.allowDollarTopics, ["$aws/", "$dps/reg"]);
});
