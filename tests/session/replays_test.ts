/** Retained messages for new subscriptions, while the window, the client and the messages change. */
import { subscriptionOptions } from "../../lib/session/subscription.ts";
import { assertEquals } from "@std/assert";
import { LENT, Message, OWN } from "../../lib/session/message.ts";
import { Delivery } from "../../lib/session/delivery.ts";
import { OutgoingPublish } from "../../lib/session/outgoing.ts";
import type { QueuedMessage } from "../../lib/session/queue.ts";
import type { QoS } from "../../lib/wire/packets.ts";
import type { RetainedSource } from "../../lib/session/replays.ts";
import { attached, FakeOutlet, message, outgoing } from "./support.ts";

/** The retained messages of a broker, by topic. */
function retained(...messages: Message[]) {
  const all = new Map(messages.map((one) => [one.topicName, one]));
  let finds = 0;
  const source: RetainedSource = {
    find: () => (finds++, [...all.values()]),
    current: (topicName) => all.get(topicName),
    covers: () => true,
    since: Infinity,
  };
  return { all, source, finds: () => finds };
}

/** A live message that is newer than what is retained. */
function newer(payload: string, qos: QoS, topicName: string) {
  const publish = outgoing(payload, qos, topicName);
  publish.order = 5;
  return publish;
}

const three = () => retained(message("a", 1, "ta"), message("b", 2, "tb"), message("c", 0, "tc"));

Deno.test("retained messages are sent with RETAIN, at the lower QoS of both", () => {
  const { session, outlet } = attached();
  const { source } = three();
  session.replay("#", source, subscriptionOptions(2));
  assertEquals(outlet.take(), ["a/1#1/r", "b/2#2/r", "c/0#0/r"]);
  session.replay("#", source, subscriptionOptions(0));
  assertEquals(outlet.take(), ["a/0#0/r", "b/0#0/r", "c/0#0/r"]);
});

Deno.test("what has to wait is sent as it is then: changed, or not at all when it is gone", () => {
  const { session, outlet } = attached({ maxInflight: 1 });
  const { source, all } = three();
  session.replay("#", source, subscriptionOptions(2));
  assertEquals(outlet.take(), ["a/1#1/r"]);
  all.set("tb", message("newer", 1, "tb"));
  all.delete("tc");
  session.acknowledge(1);
  session.drain();
  assertEquals(outlet.take(), ["newer/1#2/r"]);
  session.acknowledge(2);
  session.drain();
  assertEquals(outlet.take(), []);
});

Deno.test("without room nothing is even looked up", () => {
  const { session, outlet } = attached();
  const { source, finds } = three();
  outlet.hasRoom = false;
  session.replay("#", source, subscriptionOptions(1));
  assertEquals([finds(), outlet.take().length], [0, 0]);
  outlet.hasRoom = true;
  session.drain();
  assertEquals([finds(), outlet.take().length], [1, 3]);
});

Deno.test("where room ends in between, the rest is sent when there is room again", () => {
  const { session, outlet } = attached();
  let room = 1;
  Object.defineProperty(outlet, "hasRoom", { get: () => outlet.sent.length < room });
  session.replay("#", three().source, subscriptionOptions(2));
  assertEquals(outlet.sent, ["a/1#1/r"]);
  room = 2;
  session.drain();
  assertEquals(outlet.sent, ["a/1#1/r", "b/2#2/r"]);
  room = 3;
  session.drain();
  assertEquals(outlet.sent, ["a/1#1/r", "b/2#2/r", "c/0#0/r"]);
});

Deno.test("subscribing again begins again and keeps one replay", () => {
  const { session, outlet } = attached({ maxInflight: 1 });
  const { source, finds } = three();
  for (let i = 0; i < 1000; i++) session.replay("#", source, subscriptionOptions(1));
  assertEquals(outlet.take(), ["a/1#1/r"]);
  session.acknowledge(1);
  session.drain();
  assertEquals(outlet.take(), ["a/1#2/r"]);
  for (const id of [2, 3]) {
    session.acknowledge(id);
    session.drain();
  }
  assertEquals(outlet.take(), ["b/1#3/r", "c/0#0/r"]);
  assertEquals(finds() < 1003, true);
});

Deno.test("a subscription that ended gets no more of its retained messages", () => {
  const { session, outlet } = attached({ maxInflight: 1 });
  session.subscribe("#", subscriptionOptions(1));
  session.replay("#", three().source, subscriptionOptions(1));
  session.replay("x", three().source, subscriptionOptions(0));
  session.unsubscribe("#");
  session.acknowledge(1);
  session.drain();
  assertEquals(outlet.take(), ["a/1#1/r", "a/0#0/r", "b/0#0/r", "c/0#0/r"]);
});

Deno.test("live messages that wait go first", () => {
  const { session, outlet } = attached({ maxInflight: 1 });
  session.replay("#", three().source, subscriptionOptions(1));
  session.deliver(outgoing("live"), 1);
  outlet.take();
  session.acknowledge(1);
  session.drain();
  assertEquals(outlet.take(), ["live/1#2"]);
});

Deno.test("what is owed outlives the connection", () => {
  const { session } = attached({ maxInflight: 1 });
  session.replay("#", three().source, subscriptionOptions(1));
  session.detach(0);
  const outlet = new FakeOutlet();
  session.attach(outlet);
  assertEquals(outlet.take(), ["a/1#1/r/dup"]);
  session.acknowledge(1);
  session.drain();
  assertEquals(outlet.take(), ["b/1#2/r", "c/0#0/r"]);
});

Deno.test("a message that is only lent is the session's own where it is under way", () => {
  const { session } = attached();
  const bytes = new TextEncoder().encode("..ta.payload..");
  const head = { ...message("", 1, "ta"), topic: bytes.subarray(2, 4) };
  const lent = () => new Message(head, undefined, bytes, 5, 7, LENT);
  const source = { find: () => [head], current: lent, covers: () => true, since: Infinity };
  session.replay("#", source, subscriptionOptions(1));
  bytes.fill(0);
  const [{ message: kept }] = session.entries() as [QueuedMessage];
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assertEquals([kept.slab, text(kept.payload), text(kept.topic)], [OWN, "payload", "ta"]);
});

Deno.test("of 40,000 topics each is sent once, those too that have changed behind their turn", () => {
  const { session, outlet } = attached();
  const names = Array.from({ length: 40_000 }, (_, i) => `t${i}`);
  const found = [...names.map((topicName) => ({ topicName })), undefined];
  const source: RetainedSource = {
    find: () => found.values(),
    current: (topicName) => message(topicName, 0, topicName, 1),
    covers: () => true,
    since: Infinity,
  };
  session.replay("#", source, subscriptionOptions(0));
  assertEquals(outlet.take().length, names.length);
  for (const topicName of ["t0", "t16384", "t39999"]) {
    session.deliver(newer("live", 0, topicName), 0);
  }
  assertEquals(outlet.take(), ["live/0#0", "live/0#0", "live/0#0"]);
});

Deno.test("what was sent before its turn is not sent again in its turn", () => {
  const { session, outlet } = attached({ maxInflight: 1 });
  const { source } = three();
  session.deliver(outgoing("w", 1, "w"), 1);
  session.replay("#", { ...source, since: 0 }, subscriptionOptions(1));
  session.deliver(newer("live", 1, "tb"), 1);
  const got = outlet.take();
  for (let id = 1; id < 6; id++) {
    session.acknowledge(id);
    session.drain();
    got.push(...outlet.take());
  }
  assertEquals(got.filter((one) => one.startsWith("b/")), ["b/1#2/r"]);
});

Deno.test("a topic that goes and comes again while others are sent is found twice, and sent once", () => {
  const { session, outlet } = attached();
  const all = retained(message("a", 0, "ta"));
  const found = [{ topicName: "ta" }, undefined, { topicName: "ta" }];
  session.replay(
    "#",
    { ...all.source, find: () => found.values(), since: 1 },
    subscriptionOptions(0),
  );
  assertEquals(outlet.take(), ["a/0#0/r"]);
  all.all.set("ta", message("again", 0, "ta", 5));
  outlet.hasRoom = false;
  const lost = OutgoingPublish.of(message("lost", 0, "tb", 6));
  assertEquals(session.deliver(lost, 0), Delivery.SLOW);
  outlet.hasRoom = true;
  session.drain();
  assertEquals(outlet.take(), []);
});

Deno.test("what was found a while ago is not taken for what is there now", () => {
  const { session, outlet } = attached({ maxInflight: 1 });
  const { source, all } = three();
  const asked: string[] = [];
  const current = (topicName: string, found?: { readonly topicName: string }) => {
    asked.push(`${topicName}${found === undefined ? "" : " found"}`);
    return found === undefined ? all.get(topicName) : found as Message;
  };
  session.replay("#", { ...source, current }, subscriptionOptions(1));
  all.set("tb", message("newer", 1, "tb"));
  session.acknowledge(1);
  session.drain();
  assertEquals(outlet.take(), ["a/1#1/r", "newer/1#2/r", "c/0#0/r"]);
  assertEquals(asked, ["ta found", "tb found", "tb", "tc found"]);
});

Deno.test("a search that has to pause goes on when the session is told to, where it was", () => {
  const { session, outlet } = attached();
  const found = [message("a", 0, "ta"), undefined, undefined, message("b", 0, "tb")];
  const source: RetainedSource = {
    find: () => found.values(),
    current: (topicName) => found.find((one) => one?.topicName === topicName),
    covers: () => true,
    since: Infinity,
  };
  session.replay("#", source, subscriptionOptions(0));
  assertEquals(outlet.take(), ["a/0#0/r"]);
  session.drain();
  assertEquals(outlet.take(), []);
  session.drain();
  assertEquals(outlet.take(), ["b/0#0/r"]);
});
