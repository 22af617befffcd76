/** When a session is ready, pressed and relieved, and what a session that has nothing answers. */
import { subscriptionOptions } from "../../lib/session/subscription.ts";
import { assert, assertEquals } from "@std/assert";
import { attached, FakeOutlet, message, outgoing, sourceOf } from "./support.ts";

/** Pressed: one message is under way, three of four places are taken. */
function pressed() {
  const { session, outlet } = attached({ maxInflight: 1, maxQueuedMessages: 4 });
  for (const one of ["a", "b", "c", "d"]) session.deliver(outgoing(one), 1);
  assert(session.isPressed);
  const ids = { next: 1 };
  const acknowledge = (count: number) => {
    for (let i = 0; i < count; i++) {
      assert(session.acknowledge(ids.next++));
      session.drain();
    }
  };
  return { session, outlet, acknowledge };
}

/** Has the promise resolved by the time everything that is ready has run? */
async function isResolved(promise: Promise<void>): Promise<boolean> {
  let resolved = false;
  promise.then(() => resolved = true);
  await new Promise((resolve) => setTimeout(resolve, 0));
  return resolved;
}

Deno.test("room comes when a quarter is left, for each who waits, and each time anew", async () => {
  const { session, acknowledge } = pressed();
  assert(session.whenRoom() instanceof Promise);
  const [one, two] = [session.whenRoom(), session.whenRoom()];
  acknowledge(1);
  assert(!await isResolved(one), "half is left");
  acknowledge(1);
  assert(await isResolved(one) && await isResolved(two));
  for (const payload of ["e", "f"]) session.deliver(outgoing(payload), 1);
  const again = session.whenRoom();
  assert(!await isResolved(again), "pressed again");
  acknowledge(2);
  assert(await isResolved(again));
});

Deno.test("impatience ends with the pressure, whether any publisher waits or not", () => {
  const { session, acknowledge } = pressed();
  assert(!session.isImpatient);
  session.isImpatient = true;
  acknowledge(1);
  assert(session.isImpatient);
  acknowledge(1);
  assert(!session.isImpatient);
});

Deno.test("the end of a session is room for those who wait", async () => {
  const { session } = pressed();
  const room = session.whenRoom();
  session.end();
  assert(await isResolved(room));
});

Deno.test("a session is ready when it is there, nothing waits, and window and write buffer have room", () => {
  const { session, outlet } = attached({ maxInflight: 2 });
  assert(session.isReady);
  outlet.hasRoom = false;
  assert(!session.isReady);
  session.deliver(outgoing("a"), 1);
  outlet.hasRoom = true;
  assert(!session.isReady, "one message waits");
  session.drain();
  assert(session.isReady);
  session.deliver(outgoing("b"), 1);
  assert(!session.isReady, "the window is full");
  assert(session.acknowledge(1));
  assert(session.isReady);
  session.detach(0);
  assert(!session.isReady);
});

Deno.test("what can be queued is what deliver queues", () => {
  const { session } = attached({ maxQueuedBytes: 64 + 64 + 10 });
  session.detach(0);
  session.deliver(outgoing("", 1, ""), 1);
  assert(session.canQueue(outgoing("12345", 1, "topic").size));
  assert(!session.canQueue(outgoing("123456", 1, "topic").size));
  assert(!session.canQueue(outgoing("12345", 1, "topics").size));
});

Deno.test("a retained message goes behind those that wait, also at QoS 0", () => {
  const { session, outlet } = attached({ maxInflight: 1 });
  for (const one of ["a", "b"]) session.deliver(outgoing(one), 1);
  const kept = message("kept", 0);
  session.replay("#", sourceOf(kept), subscriptionOptions(0));
  assertEquals(outlet.take(), ["a/1#1"]);
  assert(session.acknowledge(1));
  session.drain();
  assertEquals(outlet.take(), ["b/1#2", "kept/0#0/r"]);
});

Deno.test("retained messages that were owed end with the session", () => {
  const { session } = attached({ maxInflight: 1 });
  const kept = message("kept");
  session.deliver(outgoing("a"), 1);
  session.replay("#", sourceOf(kept), subscriptionOptions(1));
  session.end();
  const outlet = new FakeOutlet();
  session.attach(outlet);
  assertEquals(outlet.take(), []);
});

Deno.test("a session with nothing: not pressed, no room to wait for, no exchange to end", async () => {
  const { session } = attached();
  assert(!session.isPressed);
  assert(await isResolved(session.whenRoom()));
  assertEquals(
    [session.acknowledge(1), session.release(1), session.complete(1), session.forget(1)],
    [false, false, false, false],
  );
  assertEquals([session.subscriptionCount, session.inflightOut, session.inflightIn], [0, 0, 0]);
});
