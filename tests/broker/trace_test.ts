/** Following messages: from their publisher through rules to each receiver, and what became of them there. */
import { assertEquals, assertRejects } from "@std/assert";
import type { Feed } from "../../lib/feed.ts";
import type { EventOf } from "../../lib/manage/commands.ts";
import { UserError } from "../../lib/user_error.ts";
import type { Hooks } from "../../mod.ts";
import { ManagedBroker } from "../support/managed_broker.ts";
import { puback, pubcomp, publish, pubrec } from "../support/raw_packets.ts";

type Event = EventOf<"trace">;

/** The next events, as `client event: detail`. */
async function next(feed: Feed<Event>, count: number): Promise<string[]> {
  const lines: string[] = [];
  for (let i = 0; i < count; i++) {
    const { value, done } = await feed.next();
    if (done) break;
    const { clientId, event, detail } = value as Event;
    lines.push(`${clientId ?? "broker"} ${event}: ${detail}`);
  }
  return lines;
}

const RULES: Hooks = {
  authorize: ({ topic }) => topic.startsWith("no") ? "deny" : "allow",
};

Deno.test("a message from its publisher to each receiver, with packet ids and acknowledgements", async () => {
  await using broker = await ManagedBroker.start();
  const [one, two, away] = [
    await broker.it.open("one"),
    await broker.it.open("two"),
    await broker.it.keep("away"),
  ];
  await one.subscribe(["t/#", 0]);
  await two.subscribe(["t/#", 2]);
  await away.subscribe(["t/#", 1]);
  await away.disconnect();
  await broker.rowThat("sessions", ({ clientId, connected }) => clientId === "away" && !connected);
  const feed = await broker.events("trace", { topicFilter: "t/+" });
  const publisher = await broker.it.open("p");
  await publisher.raw.send(publish("other", "x"));
  await publisher.raw.send(publish("t/a", "hello", { qos: 1, id: 7, retain: true }));
  assertEquals(await next(feed, 7), [
    "p received: QoS 1, retain, 5 bytes",
    "p allowed: acl_nomatch",
    "p retained: kept",
    "p routed: 3 receivers",
    "one sent: QoS 0",
    "two sent: QoS 1, packet id 1",
    "away queued: QoS 1",
  ]);
  await two.raw.expectPacket("PUBLISH");
  await two.raw.send(puback(1));
  assertEquals(await next(feed, 1), ["two acknowledged: PUBACK, packet id 1"]);
  const back = await broker.it.keep("away");
  assertEquals(await next(feed, 1), ["away sent: QoS 1, packet id 1"]);
  await back.drop();
  await broker.it.keep("away");
  assertEquals(await next(feed, 1), ["away sent: QoS 1, packet id 1, again"]);
  await feed.return();
});

Deno.test("QoS 2: PUBREC and PUBCOMP of the receiver", async () => {
  await using broker = await ManagedBroker.start();
  const client = await broker.it.open("c");
  await client.subscribe(["t", 2]);
  const feed = await broker.events("trace", { clientId: "c" });
  const publisher = await broker.it.open("p");
  await publisher.raw.send(publish("t", "x", { qos: 2, id: 1 }));
  assertEquals(await next(feed, 4), [
    "p received: QoS 2, 1 bytes",
    "p allowed: acl_nomatch",
    "p routed: 1 receivers",
    "c sent: QoS 2, packet id 1",
  ]);
  await client.raw.expectPacket("PUBLISH");
  await client.raw.send(pubrec(1));
  await client.raw.send(pubcomp(1));
  assertEquals(await next(feed, 2), [
    "c acknowledged: PUBREC, packet id 1",
    "c acknowledged: PUBCOMP, packet id 1",
  ]);
  await feed.return();
});

Deno.test("one who follows a receiver hears of no other receiver; of a publisher, of all", async () => {
  await using broker = await ManagedBroker.start();
  for (const name of ["one", "two"]) await (await broker.it.open(name)).subscribe(["t", 0]);
  const receiver = await broker.events("trace", { about: "two" });
  const all = await broker.events("trace", { about: "p" });
  const none = await broker.events("trace", { clientId: "two", topicFilter: "other" });
  const publisher = await broker.it.open("p");
  await publisher.raw.send(publish("t", "x"));
  assertEquals((await next(receiver, 4)).at(-1), "two sent: QoS 0");
  assertEquals((await next(all, 5)).slice(3), ["one sent: QoS 0", "two sent: QoS 0"]);
  none.end();
  assertEquals(await next(none, 1), []);
  await receiver.return();
  await all.return();
});

Deno.test("denied, unheard, and again from the client's memory", async () => {
  await using broker = await ManagedBroker.start({}, RULES);
  const feed = await broker.events("trace", {});
  const publisher = await broker.it.open("p");
  await publisher.raw.send(publish("no/t", "x"));
  assertEquals(await next(feed, 2), [
    "p received: QoS 0, 1 bytes",
    `p denied: ${await ruleOf(broker)}`,
  ]);
  for (let i = 0; i < 2; i++) {
    await publisher.raw.send(publish("t", "x"));
    const lines = await next(feed, 3);
    assertEquals([lines[0], lines[2]], ["p received: QoS 0, 1 bytes", "p routed: no receivers"]);
    assertEquals(lines[1]!.startsWith("p allowed: "), true);
  }
  await feed.return();
});

async function ruleOf(broker: ManagedBroker): Promise<string> {
  return (await broker.rowThat("why", ({ kind }) => kind === "denied")).rule;
}

Deno.test("a receiver who may not have it, and one whose queue is full", async () => {
  const denies: Hooks = {
    authorizeReceive: ({ client }) =>
      client.clientId === "denied" ? { result: "deny", because: "row 9" } : "allow",
  };
  await using broker = await ManagedBroker.start({ max_queued_messages: 1 }, denies);
  const [denied, away] = [await broker.it.open("denied"), await broker.it.keep("away")];
  await denied.subscribe(["t", 0]);
  await away.subscribe(["t", 1]);
  await away.disconnect();
  await broker.rowThat("sessions", ({ clientId, connected }) => clientId === "away" && !connected);
  const publisher = await broker.it.open("p");
  await publisher.raw.send(publish("t", "1", { qos: 1, id: 1 }));
  await publisher.raw.expectPacket("PUBACK");
  const feed = await broker.events("trace", { topicFilter: "t" });
  await publisher.raw.send(publish("t", "2", { qos: 1, id: 2 }));
  const lines = await next(feed, 5);
  assertEquals(lines[3], "denied denied: receive denied"); // from memory: why tells the rule
  assertEquals(lines[4], "away dropped: queue full");
  await feed.return();
});

Deno.test("the broker's own messages and wills", async () => {
  await using broker = await ManagedBroker.start();
  await (await broker.it.open("c")).subscribe(["#", 0]);
  const feed = await broker.events("trace", { clientId: "c" });
  broker.context.publish!({ topicName: "own", payload: "x" });
  assertEquals(await next(feed, 3), [
    "broker published: of the broker, QoS 0, 1 bytes",
    "broker routed: 1 receivers",
    "c sent: QoS 0",
  ]);
  const client = await broker.it.open("w", { will: { topic: "will", payload: "bye" } });
  await client.raw.send(publish("t", "x")); // its will is another message
  assertEquals((await next(feed, 4)).at(-1), "c sent: QoS 0");
  await client.drop();
  assertEquals((await next(feed, 3))[0], "w published: a will, QoS 0, 3 bytes");
  await feed.return();
});

Deno.test("it ends after its seconds, and nothing is looked at any more", async () => {
  await using broker = await ManagedBroker.start();
  const feed = await broker.events("trace", { seconds: 10 });
  broker.it.clock.advance(9999);
  broker.context.publish!({ topicName: "a", payload: "" });
  assertEquals((await next(feed, 2)).length, 2);
  broker.it.clock.advance(1);
  broker.context.publish!({ topicName: "b", payload: "" });
  assertEquals(await next(feed, 1), []);
});

Deno.test("what cannot be followed is refused; a slow one misses the oldest", async () => {
  await using broker = await ManagedBroker.start();
  const refused: [Record<string, unknown>, string][] = [
    [{ topicFilter: "a#" }, "# must be alone"],
    [{ seconds: 0 }, "seconds is 0; expected a number above 0"],
  ];
  for (const [args, words] of refused) {
    await assertRejects(() => broker.ask("trace", args), UserError, words);
  }
  const feeds: Feed<Event>[] = [];
  for (let i = 0; i < 16; i++) feeds.push(await broker.events("trace", {}));
  await assertRejects(() => broker.ask("trace", {}), UserError, "16 follow messages already");
  for (let i = 0; i < 3000; i++) broker.context.publish!({ topicName: "a", payload: "" });
  assertEquals(feeds[0]!.takeMissed(), 1000);
  for (const feed of feeds) await feed.return();
});
