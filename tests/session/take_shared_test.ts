/** What is taken out of a session for the other members of shared subscriptions, and what identifiers weigh. */
import { assertEquals } from "@std/assert";
import type { QueuedMessage } from "../../lib/session/queue.ts";
import type { Session } from "../../lib/session/session.ts";
import type { QoS } from "../../lib/wire/packets.ts";
import { attached, FakeOutlet, outgoing } from "./support.ts";

const [GROUP, OTHER] = [{}, {}];

const deliver = (session: Session, payload: string, qos: QoS, group?: object, ids?: number[]) =>
  session.deliver(outgoing(payload, qos), qos, false, ids, group);

const texts = (taken: readonly QueuedMessage[]) =>
  taken.map(({ message, qos }) => `${new TextDecoder().decode(message.payload)}/${qos}`);

Deno.test("sent at QoS 1 and queued at any QoS, the older first; sent at QoS 2 and of no group stays", () => {
  const { session, outlet } = attached({ maxInflight: 4 });
  deliver(session, "a", 1, GROUP);
  deliver(session, "b", 2, GROUP);
  deliver(session, "c", 1);
  deliver(session, "d", 1, GROUP);
  for (const [qos, payload] of [[2, "e"], [1, "f"], [1, "g"]] as const) {
    deliver(session, payload, qos, payload === "f" ? undefined : GROUP);
  }
  deliver(session, "h", 0, GROUP); // leaves at once
  assertEquals(texts(session.takeShared(() => true)), ["a/1", "d/1", "e/2", "g/1"]);
  assertEquals([session.inflightOut, session.queuedMessages], [2, 1]);
  outlet.take();
  session.detach(1);
  const next = new FakeOutlet();
  session.attach(next);
  assertEquals(next.take(), ["b/2#2/dup", "c/1#3/dup", "f/1#5"]);
});

Deno.test("a QoS 2 message whose PUBREC has come stays", () => {
  const { session } = attached();
  deliver(session, "a", 2, GROUP);
  session.release(1);
  assertEquals(session.takeShared(() => true), []);
  assertEquals(session.awaits(1), "PUBCOMP");
});

Deno.test("what is asked: each message with its group, and whether it was sent", () => {
  const { session } = attached({ maxInflight: 2 });
  deliver(session, "a", 1, GROUP);
  deliver(session, "b", 1, OTHER);
  deliver(session, "c", 1, OTHER);
  const asked: [string, boolean, boolean][] = [];
  const taken = session.takeShared((one, wasSent) => {
    asked.push([texts([one])[0]!, one.group === GROUP, wasSent]);
    return one.group === OTHER && !wasSent;
  });
  assertEquals(asked, [["a/1", true, true], ["b/1", false, true], ["c/1", false, false]]);
  assertEquals(texts(taken), ["c/1"]);
  assertEquals([session.inflightOut, session.queuedMessages], [2, 0]);
});

Deno.test("what was taken makes room, and a late PUBACK for it is for nothing", () => {
  const { session, outlet } = attached({ maxInflight: 1 });
  deliver(session, "a", 1, GROUP);
  deliver(session, "b", 1);
  session.takeShared(() => true);
  assertEquals(session.acknowledge(1), false);
  outlet.take();
  session.drain();
  assertEquals(outlet.take(), ["b/1#2"]);
});

Deno.test("room for several messages together", () => {
  const { session } = attached({ maxInflight: 1, maxQueuedMessages: 3, maxQueuedBytes: 300 });
  assertEquals([3, 4].map((count) => session.canQueue(10, count)), [true, false]);
  assertEquals([100, 200].map((bytes) => session.canQueue(bytes, 2)), [true, false], "and 64 each");
  assertEquals(session.canQueue(1000), true, "an empty queue takes one of any size");
});

Deno.test("identifiers of what waits count bytes", () => {
  const { session } = attached({ maxInflight: 1, maxQueuedBytes: 10_000 });
  const identifiers = Array.from({ length: 1000 }, (_, i) => i + 1);
  deliver(session, "sent", 1);
  deliver(session, "first", 1, undefined, identifiers);
  deliver(session, "second", 1, undefined, identifiers);
  deliver(session, "third", 1);
  assertEquals(session.queuedMessages, 2, "8,000 bytes of numbers, and no more of them");
});
