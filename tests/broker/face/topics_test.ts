/** `topics` and `topic`: what was published last, by whom, how often; only while someone looks, only to who may see it. */
import { assert, assertEquals } from "@std/assert";
import { CTL, ManagedBroker, userOf } from "../../support/managed_broker.ts";

const text = (payload: string | undefined) => payload === undefined ? payload : atob(payload);

/** Lets `viewer` subscribe to what does not begin with `secret`. */
const RULES = {
  authorize: (
    { client, action, topic }: {
      client: { username: string | undefined };
      action: string;
      topic: string;
    },
  ) => {
    if (client.username !== "viewer") return "allow" as const;
    return action === "subscribe" && !topic.startsWith("secret")
      ? "allow" as const
      : "deny" as const;
  },
};

Deno.test("topics: noted from the first look on; forgotten five minutes after the last", async () => {
  await using managed = await ManagedBroker.start();
  const { it } = managed;
  const client = await it.open("c");
  await client.publish("before", "x", { qos: 1 });
  assertEquals(await managed.rows("topics"), []);
  await client.publish("a/b", "21.5", { qos: 1 });
  it.clock.advance(2000);
  await client.publish("a/b", "22", { qos: 1 });
  const [row] = await managed.rows("topics");
  assertEquals({ ...row, rate: 0 }, {
    topicName: "a/b",
    qos: 1,
    retain: false,
    publisher: "c",
    at: it.clock.epoch(),
    messages: 2,
    rate: 0,
    isRetained: false,
    last: { bytes: 2, payload: btoa("22"), isWhole: true },
  });
  assertEquals(row?.rate, 1, "two messages in two seconds");
  it.clock.advance(299_999);
  assertEquals((await managed.rows("topics")).length, 1);
  it.clock.advance(300_000);
  const another = await it.open("d"); // the keep-alive of the first is over
  await another.publish("a/b", "23", { qos: 1 });
  assertEquals(await managed.rows("topics"), [], "no one has looked meanwhile");
});

Deno.test("topics: retained messages of before are there; search and filter; $ topics are asked for", async () => {
  await using managed = await ManagedBroker.start();
  const { it } = managed;
  const client = await it.open("c");
  await client.publish("House/Kitchen/temp", "20", { qos: 1, retain: true });
  it.broker.publish({ topicName: "$SYS/x", payload: "1", retain: true });
  await managed.rows("topics");
  await client.publish("house/live", "on", { qos: 1 });
  await client.publish("garden", "wet", { qos: 1 });
  const names = async (args = {}) =>
    (await managed.rows("topics", args)).map(({ topicName }) => topicName).toSorted();
  assertEquals(await names(), ["House/Kitchen/temp", "garden", "house/live"]);
  assertEquals(await names({ search: "HOUSE" }), ["House/Kitchen/temp", "house/live"]);
  assertEquals(await names({ topicFilter: "+/live" }), ["house/live"]);
  assertEquals(await names({ topicFilter: "$SYS/#" }), ["$SYS/x"]);
  const [kept] = await managed.rows("topics", { search: "kitchen" });
  assertEquals([kept?.at, kept?.messages, kept?.isRetained, text(kept?.last?.payload)], [
    null,
    0,
    true,
    "20",
  ]);
  const refusal = await managed.refusal("topics", { topicFilter: "a/#/b" });
  assertEquals(refusal.startsWith('"a/#/b": '), true, refusal);
});

Deno.test("topics: who published last: a client without a receiver, the broker, a will", async () => {
  await using managed = await ManagedBroker.start();
  const { it } = managed;
  await managed.rows("topics");
  await (await it.open("c")).publish("of/client", "x", { qos: 1 });
  it.broker.publish({ topicName: "of/broker", payload: "y" });
  const dying = await it.open("d", { will: { topic: "of/will", payload: "z" } });
  await it.broker.kick("d");
  await dying.raw.expectClosed();
  const one = async (topicName: string) => (await managed.result("topic", { topicName })).publisher;
  assertEquals(await one("of/client"), "c");
  assertEquals(await one("of/broker"), null);
  assertEquals(await one("of/will"), "d");
});

Deno.test("topic: a long payload is cut in a listing, and whole for one", async () => {
  await using managed = await ManagedBroker.start();
  const client = await managed.it.open("c");
  await managed.rows("topics");
  await client.publish("t", "x".repeat(70_000), { qos: 1 });
  const [row] = await managed.rows("topics");
  assertEquals([row?.last?.bytes, atob(row!.last!.payload).length, row?.last?.isWhole], [
    70_000,
    256,
    false,
  ]);
  const { last } = await managed.result("topic", { topicName: "t" });
  assertEquals([atob(last!.payload).length, last!.isWhole], [65_536, false]);
  await client.publish("t", "y".repeat(70_000), { qos: 1, retain: true });
  const kept = await managed.result("topic", { topicName: "t" });
  assertEquals([atob(kept.last!.payload).length, kept.last!.isWhole], [70_000, true]);
  const refusal = await managed.refusal("topic", { topicName: "u" });
  assertEquals(refusal, 'nothing was published to "u" since someone looks, or is retained');
  assert((await managed.refusal("topic", { topicName: "+" })).startsWith('"+": '));
});

Deno.test("payloads are shown only of topics that the caller's user may subscribe to", async () => {
  await using managed = await ManagedBroker.start({}, RULES);
  const client = await managed.it.open("c", { username: "writer" });
  await managed.rows("topics");
  await client.publish("secret/live", "s1", { qos: 1 });
  await client.publish("secret/kept", "s2", { qos: 1, retain: true });
  await client.publish("open/live", "o1", { qos: 1 });
  await client.publish("open/kept", "o2", { qos: 1, retain: true });
  const seen = async (caller = CTL) =>
    Object.fromEntries(
      (await managed.rows("topics", {}, caller)).map(({ topicName, last }) =>
        [topicName, text(last?.payload)] as const
      ),
    );
  const all = { "secret/live": "s1", "secret/kept": "s2", "open/live": "o1", "open/kept": "o2" };
  const open = { ...all, "secret/live": undefined, "secret/kept": undefined };
  const viewer = userOf("viewer", { isAdmin: false });
  assertEquals(await seen(), all);
  assertEquals(await seen(userOf("root", { superuser: true })), all);
  assertEquals(await seen(viewer), open);
  assertEquals((await managed.result("topic", { topicName: "secret/kept" }, viewer)).last, null);
  const denied = await managed.refusal("retained get", { topicName: "secret/kept" }, viewer);
  assertEquals(denied, 'viewer may not subscribe to "secret/kept"');
  const got = await managed.result("retained get", { topicName: "open/kept" }, viewer);
  assertEquals(text(got.payload), "o2");
});

Deno.test("receive rules hide payloads too, and a source that is down shows none", async () => {
  let answer: "allow" | "deny" | Error = "deny";
  await using managed = await ManagedBroker.start({}, {
    hasReceiveRules: () => true,
    authorizeReceive: () => {
      if (answer instanceof Error) throw answer;
      return answer;
    },
  });
  await managed.rows("topics");
  await (await managed.it.open("c")).publish("t", "x", { qos: 1 });
  const last = async () => (await managed.rows("topics", {}, userOf("u")))[0]!.last;
  assertEquals(await last(), null);
  answer = new Error("down");
  assertEquals(await last(), null);
  answer = "allow";
  assertEquals(text((await last())?.payload), "x");
});

Deno.test("who may not subscribe sees no payload, although a receive rule would let it through", async () => {
  await using managed = await ManagedBroker.start({}, {
    authorize: ({ action }) => action === "subscribe" ? "deny" : "allow",
    hasReceiveRules: () => true,
    authorizeReceive: () => "allow",
  });
  await managed.rows("topics");
  await (await managed.it.open("c")).publish("t", "x", { qos: 1 });
  const [row] = await managed.rows("topics", {}, userOf("u"));
  assertEquals([row?.topicName, row?.last], ["t", null]);
});
