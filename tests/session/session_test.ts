/** What outlives a connection: order, window, packet ids, what is sent again, and limits. */
import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { OutgoingPublish } from "../../lib/session/outgoing.ts";
import { subscriptionOptions } from "../../lib/session/subscription.ts";
import type { QoS } from "../../lib/wire/packets.ts";
import { Random } from "../support/random.ts";
import { publish as encodePublish, utf8 } from "../support/raw_packets.ts";
import { attached, FakeOutlet, outgoing } from "./support.ts";
import { Delivery } from "../../lib/session/delivery.ts";

Deno.test("messages leave at their effective QoS under ids in order", () => {
  const { session, outlet } = attached();
  assertEquals(session.deliver(outgoing("a", 0), 0), Delivery.SENT);
  assertEquals(session.deliver(outgoing("b", 1), 1), Delivery.SENT);
  assertEquals(session.deliver(outgoing("c", 2), 2), Delivery.SENT);
  assertEquals(session.deliver(outgoing("d", 2), 0), Delivery.SENT);
  assertEquals(session.deliver(outgoing("e", 2), 1), Delivery.SENT);
  assertEquals(outlet.take(), ["a/0#0", "b/1#1", "c/2#2", "d/0#0", "e/1#3"]);
  assertEquals(session.inflightOut, 3);
});

Deno.test("beyond the window messages wait, and leave in order as acknowledgements come", () => {
  const { session, outlet } = attached({ maxInflight: 2 });
  for (const one of ["a", "b", "c", "d"]) session.deliver(outgoing(one), 1);
  assertEquals(outlet.take(), ["a/1#1", "b/1#2"]);
  assert(session.acknowledge(2));
  session.drain();
  assertEquals(outlet.take(), ["c/1#3"]);
  assertEquals(session.deliver(outgoing("e"), 1), Delivery.QUEUED, "behind what waits");
  assert(session.acknowledge(1) && session.acknowledge(3));
  session.drain();
  assertEquals(outlet.take(), ["d/1#4", "e/1#5"]);
  assertEquals([session.queuedMessages, session.inflightOut], [0, 2]);
});

Deno.test("without room QoS 0 is refused, the rest waits without taking an id", () => {
  const { session, outlet } = attached();
  outlet.hasRoom = false;
  assertEquals(session.deliver(outgoing("a", 0), 0), Delivery.SLOW);
  assertEquals(session.deliver(outgoing("b"), 1), Delivery.QUEUED);
  assertEquals([session.inflightOut, session.queuedMessages], [0, 1]);
  outlet.hasRoom = true;
  assertEquals(session.deliver(outgoing("c"), 1), Delivery.QUEUED, "behind what waits");
  session.drain();
  assertEquals(outlet.take(), ["b/1#1", "c/1#2"]);
});

Deno.test("each exchange ends with its own acknowledgement only", () => {
  const { session } = attached();
  session.deliver(outgoing("a", 1), 1);
  session.deliver(outgoing("b", 2), 2);
  assert(!session.acknowledge(2) && !session.acknowledge(9), "PUBACK of QoS 2, of nothing");
  assert(!session.release(1) && !session.release(9), "PUBREC of QoS 1, of nothing");
  assert(!session.complete(1) && !session.complete(2), "PUBCOMP before PUBREC");
  assert(session.release(2) && session.release(2), "PUBREC, and again");
  assert(!session.acknowledge(2));
  assert(session.complete(2) && !session.complete(2));
  assert(session.acknowledge(1) && !session.acknowledge(1));
  assertEquals(session.inflightOut, 0);
});

Deno.test("packet ids wrap at 65,535 and never repeat while under way", () => {
  const random = new Random(7);
  const { session, outlet } = attached();
  const underWay = new Set<number>();
  const publish = outgoing("x");
  for (let i = 0; i < 150_000; i++) {
    session.deliver(publish, 1);
    const [sent] = outlet.take();
    const id = Number(sent!.split("#")[1]);
    assert(id >= 1 && id <= 65_535 && !underWay.has(id), `id ${id} at message ${i}`);
    underWay.add(id);
    if (!random.oneIn(100)) continue;
    for (const one of [...underWay]) {
      if (random.oneIn(50)) continue; // these stay under way for long
      assert(session.acknowledge(one));
      underWay.delete(one);
    }
  }
});

Deno.test("with all 65,535 ids under way the next message waits", () => {
  const { session, outlet } = attached();
  const publish = outgoing("x");
  for (let i = 0; i < 65_535; i++) assertEquals(session.deliver(publish, 1), Delivery.SENT);
  assertEquals(session.deliver(publish, 1), Delivery.QUEUED);
  outlet.take();
  session.acknowledge(300);
  session.drain();
  assertEquals(outlet.take(), ["x/1#300"]);
});

Deno.test("a new connection gets what was not acknowledged, in order, then what waited", () => {
  const { session, outlet } = attached({ maxInflight: 3 });
  for (const [text, qos] of [["a", 1], ["b", 2], ["c", 2], ["d", 1], ["e", 2]] as const) {
    session.deliver(outgoing(text, qos), qos);
  }
  session.release(2);
  outlet.take();
  session.detach(5);
  assertEquals([session.isConnected, session.detachedAt], [false, 5]);
  assertEquals(session.deliver(outgoing("f"), 1), Delivery.QUEUED);
  assertEquals(session.deliver(outgoing("g", 0), 0), Delivery.ABSENT);
  const next = new FakeOutlet();
  session.attach(next);
  assertEquals(next.take(), ["a/1#1/dup", "62#2", "c/2#3/dup"]);
  assert(session.complete(2) && session.acknowledge(1));
  session.drain();
  assertEquals(next.take(), ["d/1#4", "e/2#5"]);
  assertEquals(outlet.take(), [], "the old connection gets nothing");
});

Deno.test("ids go on from connection to connection", () => {
  const { session } = attached();
  session.deliver(outgoing("a"), 1);
  session.acknowledge(1);
  session.detach(1);
  const next = new FakeOutlet();
  session.attach(next);
  session.deliver(outgoing("b"), 1);
  assertEquals(next.take(), ["b/1#2"]);
});

Deno.test("the queue is bounded by count and by bytes, and refuses the newest", () => {
  const byCount = attached({ maxQueuedMessages: 2 });
  byCount.session.detach(0);
  const results = ["a", "b", "c"].map((one) => byCount.session.deliver(outgoing(one), 1));
  assertEquals(results, [Delivery.QUEUED, Delivery.QUEUED, Delivery.QUEUE_FULL]);
  // A message counts with topic and overhead: 65 bytes and its payload.
  const byBytes = attached({ maxQueuedBytes: 265 });
  byBytes.session.detach(0);
  const payload = "x".repeat(100);
  assertEquals(byBytes.session.deliver(outgoing(payload), 1), Delivery.QUEUED);
  assertEquals(byBytes.session.deliver(outgoing(payload), 1), Delivery.QUEUE_FULL);
  assertEquals(byBytes.session.deliver(outgoing("x".repeat(35)), 1), Delivery.QUEUED);
  const outlet = new FakeOutlet();
  byBytes.session.attach(outlet);
  assertEquals(outlet.take().length, 2);
  byBytes.session.detach(1);
  assertEquals(byBytes.session.deliver(outgoing(payload), 1), Delivery.QUEUED, "room again");
});

Deno.test("inflight and queue keep copies: overwriting the read buffer changes nothing", () => {
  const { session } = attached({ maxInflight: 1 });
  const frame = encodePublish("t", "borrowed", { qos: 1, id: 9 });
  for (let i = 0; i < 2; i++) {
    const borrowed = OutgoingPublish.fromFrame(frame, false, 8, "t", utf8("t"), 1, false);
    session.deliver(borrowed, 1);
  }
  frame.fill(0x2a);
  session.detach(0);
  const outlet = new FakeOutlet();
  session.attach(outlet);
  session.acknowledge(1);
  session.drain();
  assertEquals(outlet.take(), ["borrowed/1#1/dup", "borrowed/1#2"]);
});

Deno.test("kept copies do not pin the read buffer", () => {
  const buffer = new Uint8Array(65_536);
  const publish = OutgoingPublish.fromFrame(buffer, false, 10, "t", utf8("t"), 1, false);
  assertEquals(publish.message.payload.buffer.byteLength, 10);
});

Deno.test("one large payload is shared by all its receivers, and is a copy", () => {
  const source = new Uint8Array(40_000).fill(1);
  const publish = outgoing(source, 1);
  const all = Array.from({ length: 5 }, () => attached());
  for (const { session } of all) session.deliver(publish, 1);
  const [first] = all[0]!.outlet.shared;
  for (const { outlet } of all) assertStrictEquals(outlet.shared[0], first);
  source.fill(2);
  assert(first!.every((byte) => byte === 1));
  assertEquals(all[0]!.outlet.take(), ["40000 bytes/1#1"]);
});

Deno.test("an inbound frame is reused for its own layout and for no other", () => {
  const frame = encodePublish("t", "x", { qos: 2, id: 77, dup: true, retain: true });
  const publish = OutgoingPublish.fromFrame(frame, false, 1, "t", utf8("t"), 2, true);
  const { session, outlet } = attached();
  for (const qos of [0, 1, 2] as const) session.deliver(publish, qos);
  assertEquals(outlet.take(), ["x/0#0", "x/1#1", "x/2#2"]);
});

Deno.test("QoS 2 ids from the client are known until PUBREL", () => {
  const { session } = attached();
  assert(!session.hasReceived(4));
  session.receive(4);
  assert(session.hasReceived(4));
  session.detach(0);
  session.attach(new FakeOutlet());
  assert(session.hasReceived(4), "kept from connection to connection");
  assertEquals(session.inflightIn, 1);
  assert(session.forget(4) && !session.forget(4) && !session.hasReceived(4));
});

Deno.test("a connected session is pressed by a half-full queue, and relieved when a quarter is left", async () => {
  const { session, outlet } = attached({ maxInflight: 1, maxQueuedMessages: 4 });
  for (const one of ["a", "b", "c"]) session.deliver(outgoing(one), 1);
  assert(!session.isPressed);
  await session.whenRoom();
  session.deliver(outgoing("d"), 1);
  assert(session.isPressed);
  session.isImpatient = true;
  const room = session.whenRoom();
  session.acknowledge(1);
  session.drain();
  assert(!session.isPressed && session.isImpatient, "half is not yet a quarter");
  session.acknowledge(2);
  session.drain();
  await room;
  assert(!session.isImpatient);
  for (const one of ["e", "f"]) session.deliver(outgoing(one), 1);
  assert(session.isPressed);
  const again = session.whenRoom();
  session.detach(0);
  await again;
  assert(!session.isPressed, "nobody waits for an absent client");
  assertEquals(outlet.sent.length, 3);
});

Deno.test("filtering the queue keeps order and counts", () => {
  const { session } = attached({ maxQueuedBytes: 400 });
  session.detach(0);
  for (const one of ["a", "bad", "c", "bad"]) session.deliver(outgoing(one), 1);
  const removed = session.filterQueue(({ payload }) => payload.length === 1);
  assertEquals(removed.length, 2);
  assertEquals(session.queuedMessages, 2);
  for (let i = 0; i < 4; i++) session.deliver(outgoing("d"), 1);
  assertEquals(session.queuedMessages, 6, "the bytes of what was removed are free again");
  const outlet = new FakeOutlet();
  session.attach(outlet);
  assertEquals(outlet.take().map((one) => one[0]).join(""), "acdddd");
});

Deno.test("an ended session holds nothing any more", () => {
  const { session } = attached({ maxInflight: 1 });
  session.subscribe("a/b", subscriptionOptions(1));
  session.receive(3);
  for (const one of ["a", "b"]) session.deliver(outgoing(one), 1);
  session.detach(0);
  assertEquals(session.end().length, 1);
  const { inflightOut, inflightIn, queuedMessages, subscriptionCount } = session;
  assertEquals([inflightOut, inflightIn, queuedMessages, subscriptionCount], [0, 0, 0, 0]);
});

Deno.test("random traffic: every message once, in order, whatever window, room and connection do", () => {
  for (let seed = 0; seed < 100; seed++) {
    const random = new Random(seed);
    const maxInflight = 1 + random.below(6);
    const { session, outlet: first } = attached({ maxInflight });
    let outlet = first;
    const done: string[] = [];
    const pending = new Map<number, { text: string; qos: number }>();
    const look = () => {
      for (const one of outlet.take()) {
        const [text, rest] = one.split("/") as [string, string];
        const [qos, id] = rest.split("#").map(Number) as [number, number];
        if (one.startsWith("62#")) continue;
        const known = pending.get(id);
        if (known !== undefined) assertEquals([known.text, one.endsWith("/dup")], [text, true]);
        else {
          done.push(text);
          pending.set(id, { text, qos });
        }
      }
      assert(pending.size <= maxInflight);
    };
    for (let step = 0; step < 200; step++) {
      const qos = 1 + random.below(2) as QoS;
      if (random.oneIn(3)) session.deliver(outgoing(String(step), qos), qos);
      else if (random.oneIn(20)) {
        session.detach(step);
        outlet = new FakeOutlet();
        session.attach(outlet);
      } else if (random.oneIn(4)) outlet.hasRoom = !outlet.hasRoom;
      else {
        const [id, exchange] = random.pick([...pending, [0, undefined]] as const);
        if (exchange === undefined) continue;
        assert(
          exchange.qos === 1
            ? session.acknowledge(id)
            : session.release(id) && session.complete(id),
        );
        pending.delete(id);
        session.drain();
      }
      look();
    }
    assertEquals(done, [...done].sort((a, b) => Number(a) - Number(b)), `seed ${seed}`);
  }
});
