/** `publish`: in the broker's name, or under the rules and laws of a user, as a client of theirs. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { CTL, ManagedBroker, userOf } from "../../support/managed_broker.ts";
import { publish } from "../../support/raw_packets.ts";

const RULES = {
  authorize: (
    { client, topic }: {
      client: { username: string | undefined; clientId: string };
      topic: string;
    },
  ) =>
    client.username === "u" && topic.startsWith("no/")
      ? { result: "deny" as const, because: "line 7" }
      : "allow" as const,
};

Deno.test("publish: to every subscriber, and it says to how many", async () => {
  await using managed = await ManagedBroker.start();
  const { it } = managed;
  const one = await it.open("one");
  await one.subscribed(["t/#", 0], ["t/+", 0]);
  const away = await it.keep("away");
  await away.subscribed(["t/a", 1]);
  await away.disconnect();
  const two = await it.open("two");
  await two.subscribed(["$share/g/t/a", 0]);
  const qos0 = await managed.result("publish", { topicName: "t/a", payload: "grüße" });
  assertEquals(qos0, { topicName: "t/a", receivers: 2 });
  await one.raw.expect(publish("t/a", "grüße"));
  const qos1 = await managed.result("publish", { topicName: "t/a", payload: "x", qos: 1 });
  assertEquals(qos1.receivers, 3, "it waits for the one who is away");
  const none = await managed.result("publish", { topicName: "other", payload: "x" });
  assertEquals(none.receivers, 0);
  assertEquals(it.logged("published to other, by test").length, 1);
});

Deno.test("publish: base64, properties, retained; what is none is refused with a sentence", async () => {
  await using managed = await ManagedBroker.start();
  await managed.result("publish", {
    topicName: "t",
    payload: "AP8=",
    encoding: "base64",
    retain: true,
    contentType: "image/png",
    messageExpiryInterval: 9,
    userProperties: [{ name: "a", value: "1" }],
  });
  const kept = await managed.result("retained get", { topicName: "t" });
  assertEquals([kept.payload, kept.contentType, kept.expirySeconds], ["AP8=", "image/png", 9]);
  for (
    const [args, part] of [
      [{ payload: "*", encoding: "base64" }, "no base64"],
      [{ topicName: "a/#" }, "wildcard"],
      [{ topicName: "" }, "topic name"],
      [{ topicName: "a\u0000" }, ""],
      [{ topicName: "a\ud800" }, ""],
      [{ topicName: "x".repeat(70_000) }, ""],
      [{ responseTopic: "a/+" }, ""],
      [{ messageExpiryInterval: -1 }, ""],
      [{ messageExpiryInterval: 1.5 }, ""],
      [{ messageExpiryInterval: 2 ** 32 }, ""],
      [{ contentType: "x".repeat(70_000) }, ""],
    ] as const
  ) {
    assertStringIncludes(await managed.refusal("publish", { topicName: "t", ...args }), part);
  }
});

Deno.test("publish: a user under their rules, as a client; a denial is counted and logged", async () => {
  await using managed = await ManagedBroker.start({}, RULES);
  const { it } = managed;
  const user = userOf("u");
  const client = await it.open("c");
  await client.subscribed(["#", 0]);
  assertEquals(
    (await managed.result("publish", { topicName: "yes", payload: "x" }, user)).receivers,
    1,
  );
  await client.raw.expect(publish("yes", "x"));
  const denied = await managed.refusal("publish", { topicName: "no/a", payload: "x" }, user);
  assertStringIncludes(denied, 'u may not publish to "no/a": ');
  assertStringIncludes(denied, "line 7");
  assertEquals(Object.values(it.broker.metrics.messagesDropped), [1]);
  assertEquals(it.logged("api:u").length, 1);
  await client.nothing();
  const root = userOf("u", { superuser: true });
  assertEquals(
    (await managed.result("publish", { topicName: "no/a", payload: "x" }, root)).receivers,
    1,
  );
});

Deno.test("publish: what is not offered, and $ topics, are refused to a user and not to the broker", async () => {
  await using managed = await ManagedBroker.start({ max_qos: 1, retain_available: false });
  const user = userOf("u");
  for (
    const args of [{ topicName: "t", qos: 2 }, { topicName: "t", retain: true }, {
      topicName: "$SYS/x",
    }]
  ) {
    assert((await managed.refusal("publish", args, user)).length > 0);
  }
  await managed.result("publish", { topicName: "$SYS/x" }, CTL);
  await managed.result("publish", { topicName: "$SYS/x" }, userOf("r", { superuser: true }));
});

Deno.test("publish: larger than max_packet_size is refused; a full queue where the broker refuses for it", async () => {
  await using managed = await ManagedBroker.start({
    max_packet_size: 1000,
    max_queued_messages: 1,
    full_queue: "refuse",
  });
  assertStringIncludes(
    await managed.refusal("publish", { topicName: "t", payload: "x".repeat(1000) }),
    "max_packet_size",
  );
  const away = await managed.it.keep("away");
  await away.subscribed(["t", 1]);
  await away.disconnect();
  assertEquals((await managed.result("publish", { topicName: "t", qos: 1 })).receivers, 1);
  assertEquals(
    await managed.refusal("publish", { topicName: "t", qos: 1 }),
    "the queue of every receiver is full",
  );
});
