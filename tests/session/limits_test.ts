/** What counts towards a session's limits, and what filtering leaves, to the byte. */
import { assert, assertEquals } from "@std/assert";
import { attached, FakeOutlet, outgoing } from "./support.ts";

/** What an entry of the queue counts beside topic and payload. */
const OVERHEAD = 64;

Deno.test("the topic counts as the payload does", () => {
  for (const [payload, topic] of [["x".repeat(30), "t"], ["x", "t".repeat(30)]] as const) {
    const queued = (maxQueuedBytes: number) => {
      const { session } = attached({ maxQueuedBytes });
      session.detach(0);
      for (let i = 0; i < 2; i++) session.deliver(outgoing(payload, 1, topic), 1);
      return session.queuedMessages;
    };
    const size = OVERHEAD + 31;
    assertEquals([queued(2 * size), queued(2 * size - 1)], [2, 1]);
  }
});

Deno.test("a session is pressed by more than half of its bytes too", () => {
  const { session } = attached({ maxInflight: 1, maxQueuedBytes: 4 * (OVERHEAD + 2) });
  for (const one of ["a", "b", "c"]) session.deliver(outgoing(one), 1);
  assert(!session.isPressed, "half");
  session.deliver(outgoing("d"), 1);
  assert(session.isPressed);
});

Deno.test("filtering a queue of which some has left: the rest in order, its bytes and no more", () => {
  const { session, outlet } = attached({ maxInflight: 1, maxQueuedBytes: 3 * (OVERHEAD + 2) });
  for (const one of ["a", "b", "bad", "c"]) session.deliver(outgoing(one, 1, ""), 1);
  assert(session.acknowledge(1));
  session.drain(); // b leaves, and `bad` is in front
  const [removed, ...others] = session.filterQueue(({ payload }) => payload.length === 1);
  assertEquals([removed?.message.payload.length, others.length], [3, 0]);
  for (const one of ["d", "e", "f"]) session.deliver(outgoing(one), 1);
  assertEquals(session.queuedMessages, 3, "no room for f");
  for (let id = 2; id < 5; id++) {
    assert(session.acknowledge(id));
    session.drain();
  }
  assertEquals(outlet.take(), ["a/1#1", "b/1#2", "c/1#3", "d/1#4", "e/1#5"]);
});

Deno.test("filtering what is under way: what the client may have received is finished", () => {
  const { session } = attached();
  for (const one of ["keep", "gone", "half"]) session.deliver(outgoing(one, 2), 2);
  assert(session.release(3), "PUBREC");
  const removed = session.filterInflight(({ payload }) => payload[0] === "k".charCodeAt(0));
  assertEquals(removed.map(({ message }) => new TextDecoder().decode(message.payload)), ["gone"]);
  assertEquals(session.inflightOut, 2);
  const outlet = new FakeOutlet();
  session.attach(outlet);
  assertEquals(outlet.take(), ["keep/2#1/dup", "62#3"]);
});

Deno.test("a payload is shared from 32,768 bytes on, at every QoS", () => {
  for (const qos of [0, 1, 2] as const) {
    const { session, outlet } = attached();
    for (const length of [32_767, 32_768]) session.deliver(outgoing("x".repeat(length), qos), qos);
    assertEquals(outlet.shared.map(({ length }) => length), [32_768]);
    const ids = qos === 0 ? [0, 0] : [1, 2];
    assertEquals(outlet.take(), [`32767 bytes/${qos}#${ids[0]}`, `32768 bytes/${qos}#${ids[1]}`]);
  }
});

Deno.test("after 65,535 comes packet id 1", () => {
  const { session, outlet } = attached();
  for (let id = 1; id <= 65_535; id++) {
    session.deliver(outgoing("x"), 1);
    assert(session.acknowledge(id));
  }
  outlet.take();
  session.deliver(outgoing("x"), 1);
  assertEquals(outlet.take(), ["x/1#1"]);
});

Deno.test("max_inflight_bytes: one message may pass it, the next waits until there is room", () => {
  const { session, outlet } = attached({ maxInflightBytes: 10 });
  session.deliver(outgoing("x".repeat(30)), 1);
  session.deliver(outgoing("b"), 2);
  assertEquals([outlet.take().length, session.queuedMessages], [1, 1]);
  session.acknowledge(1);
  session.drain();
  assertEquals(outlet.take(), ["b/2#2"]);
  session.deliver(outgoing("12345678"), 1);
  session.deliver(outgoing("1"), 1);
  assertEquals(outlet.take().length, 2);
  session.deliver(outgoing("1"), 1);
  assertEquals(outlet.take().length, 0);
  session.release(2);
  session.drain();
  assertEquals(outlet.take().length, 0, "a message is kept until PUBCOMP");
  session.complete(2);
  session.drain();
  assertEquals(outlet.take().length, 1);
});
