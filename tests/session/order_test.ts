/** Retained and live messages of one topic: what is older goes first, whatever the window and the queue do. */
import { subscriptionOptions } from "../../lib/session/subscription.ts";
import { assert, assertEquals } from "@std/assert";
import type { Message } from "../../lib/session/message.ts";
import { OutgoingPublish } from "../../lib/session/outgoing.ts";
import type { RetainedSource } from "../../lib/session/replays.ts";
import type { Session } from "../../lib/session/session.ts";
import { filterMatches } from "../../lib/topic/filter.ts";
import { Delivery } from "../../lib/session/delivery.ts";
import type { QoS } from "../../lib/wire/packets.ts";
import { Random } from "../support/random.ts";
import { attached, FakeOutlet, message } from "./support.ts";

/** A broker of one session: messages get their order, retained ones are kept. Payloads are `TOPIC-ORDER`. */
class World {
  readonly retained = new Map<string, Message>();
  order = 0;

  /** A message that has begun to spread; kept when it is retained. */
  made(topicName: string, qos: QoS, retain: boolean): OutgoingPublish {
    const order = ++this.order;
    const made = message(`${topicName}-${order}`, qos, topicName, order);
    if (retain) this.retained.set(topicName, made);
    return OutgoingPublish.of(made.with({ retain }));
  }

  source(topicFilter: string): RetainedSource {
    const covers = (topicName: string) => filterMatches(topicFilter, topicName);
    return {
      since: this.order,
      covers,
      find: () => [...this.retained.values()].filter(({ topicName }) => covers(topicName)),
      current: (topicName) => this.retained.get(topicName),
    };
  }
}

/** A session whose window of one is full, by a message on topic `w` with packet id 1. */
function full(limits = {}) {
  const world = new World();
  const { session, outlet } = attached({ maxInflight: 1, ...limits });
  session.deliver(world.made("w", 1, false), 1);
  outlet.take();
  const acknowledge = (id: number) => {
    assert(session.acknowledge(id));
    session.drain();
    return outlet.take();
  };
  return { world, session, outlet, acknowledge };
}

for (const liveQos of [0, 1] as const) {
  Deno.test(`an owed retained message goes before a newer live one of its topic, QoS ${liveQos}`, () => {
    const { world, session, outlet, acknowledge } = full();
    world.made("t", 1, true);
    session.replay("t", world.source("t"), subscriptionOptions(1));
    assertEquals(session.deliver(world.made("t", liveQos, false), liveQos), Delivery.QUEUED);
    assertEquals(outlet.take(), []);
    const got = [...acknowledge(1)];
    if (liveQos > 0) got.push(...acknowledge(2));
    assertEquals(got, ["t-2/1#2/r", `t-3/${liveQos}#${liveQos && 3}`]);
  });
}

Deno.test("a live message of another topic does not wait for a replay", () => {
  const { world, session, outlet } = full();
  world.made("t", 1, true);
  session.replay("#", world.source("#"), subscriptionOptions(1));
  assertEquals(session.deliver(world.made("u", 0, false), 0), Delivery.SENT);
  assertEquals(outlet.take(), ["u-3/0#0"]);
});

Deno.test("behind a live message that waits at QoS 0, those that follow wait too", () => {
  const { world, session, outlet, acknowledge } = full();
  world.made("t", 1, true);
  session.replay("t", world.source("t"), subscriptionOptions(1));
  for (const topic of ["t", "u", "t"]) session.deliver(world.made(topic, 0, false), 0);
  assertEquals(outlet.take(), []);
  assertEquals(acknowledge(1), ["t-2/1#2/r", "t-3/0#0", "u-4/0#0", "t-5/0#0"]);
});

Deno.test("what is retained anew while its topic's message is owed comes once, live", () => {
  const { world, session, acknowledge } = full();
  world.made("t", 1, true);
  session.replay("t", world.source("t"), subscriptionOptions(1));
  session.deliver(world.made("t", 1, true), 1);
  assertEquals(acknowledge(1), ["t-3/1#2"]);
  assertEquals(acknowledge(2), []);
});

Deno.test("and as retained where its live delivery was lost", () => {
  const { world, session, outlet, acknowledge } = full();
  world.made("t", 1, true);
  session.replay("t", world.source("t"), subscriptionOptions(1));
  outlet.hasRoom = false;
  assertEquals(session.deliver(world.made("t", 0, true), 0), Delivery.SLOW);
  outlet.hasRoom = true;
  assertEquals(acknowledge(1), ["t-3/0#0/r"]);
});

Deno.test("a queue from before the subscription: the older of it first, then the retained, then the newer", () => {
  const { world, session, acknowledge } = full();
  session.deliver(world.made("t", 1, false), 1);
  session.deliver(world.made("u", 1, false), 1);
  world.made("t", 1, true);
  session.deliver(world.made("t", 1, false), 1);
  session.replay("t", world.source("t"), subscriptionOptions(1));
  const got = [1, 2, 3, 4].flatMap(acknowledge);
  assertEquals(got, ["t-2/1#2", "u-3/1#3", "t-4/1#4/r", "t-5/1#5"]);
});

Deno.test("a queue that never empties and replays have their turns", () => {
  const { world, session, acknowledge } = full({ maxInflight: 1 });
  for (const topic of ["a", "b", "c"]) world.made(topic, 1, true);
  session.replay("+", world.source("+"), subscriptionOptions(1));
  const got: string[] = [];
  for (let id = 1; id < 8; id++) {
    for (let i = 0; i < 2; i++) session.deliver(world.made("live", 1, false), 1);
    got.push(...acknowledge(id).map((one) => one.split("-")[0]!));
  }
  assertEquals(got, ["a", "live", "b", "live", "c", "live", "live"]);
});

Deno.test("with many replays under way order holds all the same", () => {
  const { world, session, acknowledge } = full();
  world.made("t", 1, true);
  for (let i = 0; i < 40; i++) {
    session.replay(`x/${i}`, world.source(`x/${i}`), subscriptionOptions(1));
  }
  session.replay("t", world.source("t"), subscriptionOptions(1));
  session.deliver(world.made("t", 1, false), 1);
  assertEquals([1, 2].flatMap(acknowledge), ["t-2/1#2/r", "t-3/1#3"]);
});

/** Acknowledges some of what was sent, and takes all that has been sent then. */
function look(session: Session, outlet: FakeOutlet, random: Random, pending: number[]): string[] {
  while (pending.length > 0 && random.oneIn(2)) {
    session.acknowledge(pending.splice(random.below(pending.length), 1)[0]!);
  }
  session.drain();
  const sent = outlet.take();
  for (const one of sent) {
    const [, qos, id] = /\/(\d)#(\d+)/.exec(one)!;
    if (qos === "1") pending.push(Number(id));
  }
  return sent;
}

Deno.test("random traffic: per topic nothing older comes behind what is newer, and no subscription misses its retained message", () => {
  for (let seed = 0; seed < 300; seed++) {
    const random = new Random(seed);
    const world = new World();
    const { session, outlet } = attached({ maxInflight: 1 + random.below(3) });
    const pending: number[] = [];
    const got: string[] = [];
    const topics = ["a", "b", "c", "d"];
    for (const topic of topics) {
      if (random.oneIn(2)) world.made(topic, random.below(2) as QoS, true);
    }
    let owed: Message[] = [];
    let subscribedAt = 0;
    for (let step = 0; step < 60; step++) {
      const qos = random.below(2) as QoS;
      // One filter, subscribed once: a second subscription gets an older message again, as it must.
      if (step === 20) {
        owed = [...world.retained.values()];
        got.push(...look(session, outlet, random, pending));
        subscribedAt = got.length;
        session.replay("#", world.source("#"), subscriptionOptions(1));
      } else if (step > 20 || qos === 1) {
        const made = world.made(random.pick(topics), qos, random.oneIn(4));
        session.deliver(made, qos);
      }
      if (random.oneIn(3)) got.push(...look(session, outlet, random, pending));
    }
    for (let i = 0; i < 200; i++) got.push(...look(session, outlet, random, pending));
    checkOrder(got, subscribedAt, seed);
    for (const { topicName, order } of owed) {
      const fresh = got.some((one) => one.startsWith(`${topicName}-`) && orderOf(one) >= order);
      assert(fresh, `seed ${seed}: ${topicName}-${order} is missing`);
    }
  }
});

function orderOf(sent: string): number {
  return Number(/-(\d+)\//.exec(sent)![1]);
}

/**
 * Per topic and QoS live messages keep their order [MQTT-4.6.0-6]; a retained one comes before every newer one of its
 * topic, except those that had been sent when the subscription was made.
 */
function checkOrder(got: string[], subscribedAt: number, seed: number): void {
  const last = new Map<string, number>();
  const newest = new Map<string, number>();
  for (const [at, one] of got.entries()) {
    const topic = one.split("-")[0]!;
    const order = orderOf(one);
    if (one.includes("/r")) {
      const before = newest.get(topic) ?? 0;
      assert(order >= before, `seed ${seed}: ${one} behind ${topic}-${before}`);
    } else {
      const kind = `${topic}${one.split("/")[1]![0]}`;
      const before = last.get(kind) ?? 0;
      assert(order >= before, `seed ${seed}: ${one} behind ${topic}-${before}`);
      last.set(kind, order);
      if (at >= subscribedAt) newest.set(topic, order);
    }
  }
}
