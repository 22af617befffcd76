/** What a client was permitted to publish the last time needs no question: how long, and for what. */
import { assertEquals } from "@std/assert";
import type { BrokerOptions, Hooks } from "../../mod.ts";
import { ClockedBroker, testConfig } from "../support/clocked_broker.ts";
import { inlinePlugin } from "../support/inline_registry.ts";

Deno.test("a later permit is for its own QoS and RETAIN, not for those of the one before", async () => {
  await using it = await ClockedBroker.start({}, {
    authorize: ({ action, topic, qos, retain }) =>
      action === "publish" && topic === "b" && qos === 0 && !retain ? "deny" : undefined,
  });
  const reader = await it.open("reader");
  await reader.subscribed(["#", 0]);
  const client = await it.open("c");
  await client.publish("a", "one");
  await client.publish("b", "two", { qos: 1 });
  await client.publish("b", "denied");
  await client.publish("b", "three", { retain: true });
  await client.publish("b", "denied");
  await reader.gets("one/0", "two/0", "three/0");
  await reader.nothing();
  assertEquals(it.broker.metrics.messagesDropped.denied, 2);
});

Deno.test("a permit ends at the very millisecond at which the remembered answer does", async () => {
  let questions = 0;
  await using it = await ClockedBroker.start({ acl_cache: { ttl: 10 } }, {
    authorize: () => void questions++,
  });
  const client = await it.open("c");
  const asked: number[] = [];
  for (const milliseconds of [0, 9999, 1, 9999, 1]) {
    it.clock.advance(milliseconds);
    await client.publish("t", "x", { qos: 1 });
    asked.push(questions);
  }
  assertEquals(asked, [1, 1, 2, 2, 3]);
});

Deno.test("a permit from before the rules says nothing about how long one of theirs holds", async () => {
  let questions = 0;
  const counts = inlinePlugin({ authorize: () => void questions++ });
  await using it = await ClockedBroker.start();
  const client = await it.open("c");
  await client.publish("t", "x", { qos: 1 });
  await it.broker.reload(testConfig({ plugins: { auth_anonymous: null, [counts]: null } }));
  for (let i = 0; i < 3; i++) await client.publish("t", "x", { qos: 1 });
  assertEquals(questions, 1);
  it.clock.advance(60_000);
  await client.publish("t", "x", { qos: 1 });
  assertEquals(questions, 2);
});

Deno.test("after a change of rules the same publish is asked about once, and then not looked up", async () => {
  const allows = inlinePlugin({ authorize: () => "allow" });
  await using it = await ClockedBroker.start({ plugins: { [allows]: null } });
  const client = await it.open("c");
  const looks = async () => {
    for (let i = 0; i < 3; i++) await client.publish("t", "x", { qos: 1 });
    const { cacheHits, cacheMisses } = it.broker.metrics.access!;
    return [cacheHits, cacheMisses];
  };
  assertEquals(await looks(), [0, 1]);
  await it.broker.reloadRules();
  assertEquals(await looks(), [0, 2]);
});

Deno.test("without a cache every publish is asked about", async () => {
  let questions = 0;
  await using it = await ClockedBroker.start({ acl_cache: { enable: false } }, {
    authorize: () => void questions++,
  });
  const client = await it.open("c");
  for (let i = 0; i < 3; i++) await client.publish("t", "x", { qos: 1 });
  assertEquals(questions, 3);
});

/** Publishes one topic in every way, twice; how often was asked? */
async function asked(uses: Hooks["authorizeUses"], options: BrokerOptions = {}): Promise<number> {
  let questions = 0;
  const hooks: Hooks = { authorize: () => void questions++, ...(uses && { authorizeUses: uses }) };
  await using it = await ClockedBroker.start(options, hooks);
  const client = await it.open("c");
  for (let round = 0; round < 2; round++) {
    for (const qos of [0, 1, 2] as const) {
      for (const retain of [false, true]) await client.publish("t", "x", { qos, retain });
    }
  }
  return questions;
}

Deno.test("one topic in every way asks as often as a source looks at the way", async () => {
  assertEquals(await asked(() => "nothing"), 1);
  assertEquals(await asked(() => "qos"), 3);
  assertEquals(await asked(() => "retain"), 2);
  assertEquals(await asked(() => "both"), 6);
  assertEquals(await asked(undefined), 6, "a stranger's plugin may look at both");
  assertEquals(
    await asked(() => {
      throw new Error("no idea");
    }),
    6,
  );
  const named = inlinePlugin({ authorize: () => undefined }, { authorizeUses: "nothing" });
  const beside = { plugins: { [named]: null } };
  assertEquals(await asked(() => "qos", beside), 3, "the other says so of itself");
  const cached = { acl_cache: { max_size: 1 } };
  assertEquals(await asked(() => "nothing", cached), 1);
});

Deno.test("a subscription at another QoS is the same question, and explain knows its answer", async () => {
  let questions = 0;
  await using it = await ClockedBroker.start({}, {
    authorize: () => (questions++, "allow"),
    authorizeUses: () => "retain",
  });
  const client = await it.open("c");
  await client.subscribed(["t", 0]);
  await client.subscribed(["t", 1]);
  assertEquals(questions, 1);
  const { cache } = await it.broker.explain({
    client: "c",
    action: "subscribe",
    topic: "t",
    qos: 2,
  });
  assertEquals(cache.remembered?.verdict, "allow");
});
