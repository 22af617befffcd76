/** `retained get`, `delete`, `purge`, `undo`: by whom, how many, and what comes back. */
import { assert, assertEquals } from "@std/assert";
import { HeldLog } from "../../support/held_log.ts";
import { ManagedBroker, userOf } from "../../support/managed_broker.ts";
import { until } from "../../support/until.ts";

/** Lets `limited` publish below `own/` only. */
const RULES = {
  authorize: (
    { client, action, topic }: {
      client: { username: string | undefined };
      action: string;
      topic: string;
    },
  ) =>
    client.username === "limited" && action === "publish" && !topic.startsWith("own/")
      ? "deny" as const
      : "allow" as const,
};

/** A broker with retained messages: name and payload. */
async function stocked(messages: Record<string, string>, options = {}) {
  const managed = await ManagedBroker.start(options, RULES);
  for (const [topicName, payload] of Object.entries(messages)) {
    managed.it.broker.publish({ topicName, payload, retain: true });
  }
  const names = async () =>
    (await managed.rows("retained")).map(({ topicName }) => topicName).toSorted();
  return { managed, names };
}

Deno.test("retained get: payload, type, and how long it holds", async () => {
  const { managed } = await stocked({ a: "one" });
  await using _ = managed;
  managed.it.broker.publish({
    topicName: "b",
    payload: Uint8Array.of(0, 255),
    qos: 1,
    retain: true,
    properties: { contentType: "image/png", messageExpiryInterval: 60 },
  });
  managed.it.clock.advance(10_000);
  assertEquals(await managed.result("retained get", { topicName: "b" }), {
    topicName: "b",
    qos: 1,
    at: null,
    expirySeconds: 50,
    contentType: "image/png",
    bytes: 2,
    payload: "AP8=",
    isWhole: true,
  });
  const { expirySeconds, contentType } = await managed.result("retained get", { topicName: "a" });
  assertEquals([expirySeconds, contentType], [null, null]);
  const refusal = await managed.refusal("retained get", { topicName: "c" });
  assertEquals(refusal, 'nothing is retained at "c"');
  managed.it.clock.advance(50_000);
  assertEquals(
    await managed.refusal("retained get", { topicName: "b" }),
    'nothing is retained at "b"',
  );
});

Deno.test("retained purge: a dry run says what it would do; undo brings all back, once", async () => {
  const { managed, names } = await stocked({ "x/1": "11", "x/2": "22", y: "3" });
  await using _ = managed;
  const dry = await managed.result("retained purge", { topicFilter: "x/#", dryRun: true });
  assertEquals({ ...dry, topics: dry.topics.toSorted() }, {
    messages: 2,
    bytes: 4,
    topics: ["x/1", "x/2"],
    denied: 0,
    undo: null,
  });
  assertEquals(await names(), ["x/1", "x/2", "y"]);
  const { undo, ...done } = await managed.result("retained purge", { topicFilter: "x/#" });
  assertEquals(done.messages, 2);
  assertEquals(await names(), ["y"]);
  assertEquals(await managed.result("retained undo", { undo }), { messages: 2, kept: 0, lost: 0 });
  assertEquals(await names(), ["x/1", "x/2", "y"]);
  assertEquals(atob((await managed.result("retained get", { topicName: "x/1" })).payload), "11");
  assert((await managed.refusal("retained undo", { undo })).includes("cannot be undone"));
  assertEquals(managed.it.logged("2 retained messages of x/# deleted, by test").length, 1);
  const nothing = await managed.result("retained purge", { topicFilter: "z" });
  assertEquals([nothing.messages, nothing.undo], [0, null]);
});

Deno.test("retained undo: not over a newer message, not what has expired, not after ten minutes", async () => {
  const { managed, names } = await stocked({ a: "old", b: "old" });
  await using _ = managed;
  const { broker, clock } = managed.it;
  broker.publish({
    topicName: "c",
    payload: "old",
    retain: true,
    properties: { messageExpiryInterval: 30 },
  });
  const first = await managed.result("retained purge", { topicFilter: "#" });
  broker.publish({ topicName: "a", payload: "new", retain: true });
  clock.advance(31_000);
  const result = await managed.result("retained undo", { undo: first.undo });
  assertEquals(result, { messages: 1, kept: 1, lost: 1 });
  assertEquals(await names(), ["a", "b"]);
  assertEquals(atob((await managed.result("retained get", { topicName: "a" })).payload), "new");
  const second = await managed.result("retained delete", { topicName: "b" });
  clock.advance(600_000);
  assert((await managed.refusal("retained undo", { undo: second.undo })).includes("ten minutes"));
});

Deno.test("retained undo: a message that is brought back expires when it would have", async () => {
  const { managed, names } = await stocked({});
  await using _ = managed;
  const { broker, clock } = managed.it;
  const properties = { messageExpiryInterval: 60 };
  broker.publish({ topicName: "c", payload: "x", retain: true, properties });
  const { undo } = await managed.result("retained delete", { topicName: "c" });
  clock.advance(40_000);
  await managed.result("retained undo", { undo });
  const { expirySeconds } = await managed.result("retained get", { topicName: "c" });
  assertEquals(expirySeconds, 20);
  clock.advance(21_000);
  assertEquals(await names(), []);
});

Deno.test("retained undo: ten MiB in all, the oldest go; what is more by itself is not kept", async () => {
  const { managed } = await stocked({});
  await using _ = managed;
  const { broker } = managed.it;
  const large = (topicName: string, mebibytes: number) => {
    const payload = new Uint8Array(mebibytes * 1024 * 1024);
    broker.publish({ topicName, payload, retain: true });
    return managed.result("retained delete", { topicName });
  };
  const first = await large("a", 4);
  const second = await large("b", 4);
  assertEquals((await large("c", 11)).undo, null);
  const third = await large("d", 4);
  assert(
    (await managed.refusal("retained undo", { undo: first.undo })).includes("cannot be undone"),
  );
  for (const { undo } of [second, third]) {
    assertEquals((await managed.result("retained undo", { undo })).messages, 1);
  }
});

Deno.test("retained delete and purge: a user only where they may publish; a viewer never", async () => {
  const { managed, names } = await stocked({ "own/a": "1", "own/b": "2", other: "3" });
  await using _ = managed;
  const limited = userOf("limited");
  const viewer = userOf("v", { isAdmin: false });
  for (
    const [name, args] of [
      ["retained delete", { topicName: "other" }],
      ["retained purge", { topicFilter: "#" }],
      ["retained undo", { undo: "x" }],
      ["publish", { topicName: "t" }],
    ] as const
  ) {
    assertEquals(
      await managed.refusal(name, args, viewer),
      `v may only look; ${name} changes something`,
    );
  }
  const refusal = await managed.refusal("retained delete", { topicName: "other" }, limited);
  assert(refusal.startsWith('limited may not publish to "other": '), refusal);
  const purged = await managed.result("retained purge", { topicFilter: "#" }, limited);
  assertEquals([purged.messages, purged.denied], [2, 1]);
  assertEquals(await names(), ["other"]);
  const all = await managed.result("retained purge", { topicFilter: "#" });
  const undo = await managed.refusal("retained undo", { undo: all.undo }, limited);
  assertEquals(undo, 'limited may not publish to "other"');
  assertEquals((await managed.result("retained undo", { undo: purged.undo }, limited)).messages, 2);
  const root = userOf("root", { superuser: true });
  assertEquals((await managed.result("retained undo", { undo: all.undo }, root)).messages, 1);
  assertEquals(await names(), ["other", "own/a", "own/b"]);
});

Deno.test("what is removed and brought back is so in the storage too", async () => {
  const log = new HeldLog();
  await using managed = await ManagedBroker.startWith(log);
  const { broker } = managed.it;
  const stored = () => [...log.state.retained.keys()].toSorted();
  for (const topicName of ["a", "b", "c"]) {
    broker.publish({ topicName, payload: "x", retain: true });
  }
  await until(() => stored().length === 3, "all are written");
  const purged = await managed.result("retained purge", { topicFilter: "+" });
  await until(() => stored().length === 0, "none is left");
  await managed.result("retained undo", { undo: purged.undo });
  await until(() => stored().length === 3, "all are back");
  const kept = log.state.retained.get("b")!;
  assertEquals(new TextDecoder().decode(kept.payload), "x");
});

Deno.test("retained undo: what there is no room for is lost, and said to be", async () => {
  const { managed, names } = await stocked({ a: "1", b: "2" }, { max_retained: 2 });
  await using _ = managed;
  const { undo } = await managed.result("retained purge", { topicFilter: "#" });
  managed.it.broker.publish({ topicName: "c", payload: "3", retain: true });
  const { messages, lost } = await managed.result("retained undo", { undo });
  assertEquals([messages, lost], [1, 1]);
  assertEquals((await names()).length, 2);
});
