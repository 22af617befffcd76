/**
 * The order of promises to a log: at no batch is something promised that is not there, or there by half. Each test is one
 * way in which it could be.
 */
import { assert, assertEquals } from "@std/assert";
import { TurnRecords } from "../../lib/storage/turn_records.ts";
import { FakeOutlet } from "../session/support.ts";
import { entriesOf, type Kept, KeptSessions, storedClient } from "./kept_sessions.ts";
import { replayed } from "../support/replayed.ts";
import { turns } from "./held_log.ts";
import { atEachBatch, LARGE, sessions } from "./promise_cases.ts";

Deno.test("a QoS 2 message of a spread in slices leaves when all of it is safe, whoever sends it", async () => {
  const { store, all } = await sessions("s");
  const [s] = all as [Kept];
  const apart = new TurnRecords(true);
  store.journal.gatherInto(apart, () => s.deliver(store.message("m"), 2));
  const outlet = new FakeOutlet();
  s.attach(outlet); // takes it out of the queue
  await store.log.settleAll();
  assertEquals(outlet.take(), []);
  store.journal.closeApart(apart);
  await turns();
  assertEquals(outlet.take(), []);
  await store.log.settle();
  assertEquals(outlet.take(), ["m/2#1"]);
});

Deno.test("a message that came by a spread in slices has come when all of it is safe", async () => {
  const { store, all } = await sessions("p", "s");
  const [p, s] = all as [Kept, Kept];
  const apart = new TurnRecords(true);
  store.journal.gatherInto(apart, () => {
    s.deliver(store.message("m"), 2);
    p.receive(7);
  });
  let isSafe = false;
  p.journal!.whenReceived(7, () => isSafe = true);
  await store.log.settleAll();
  assertEquals(isSafe, false);
  store.journal.closeApart(apart);
  await turns();
  assertEquals(isSafe, false);
  await store.log.settle();
  assertEquals(isSafe, true);
});

Deno.test("an id that came, went and came again in one turn has come", async () => {
  const { store, all } = await sessions("p");
  all[0]!.receive(7);
  all[0]!.forget(7);
  all[0]!.receive(7);
  await store.log.settleAll();
  assertEquals([...store.stored.state.sessions.get("p")!.received], [7]);
});

Deno.test("an id that was forgotten before it was written stays forgotten, also one of a spread in slices", async () => {
  const { store, all } = await sessions("p");
  const apart = new TurnRecords(true);
  store.journal.gatherInto(apart, () => all[0]!.receive(7));
  all[0]!.forget(7);
  await store.log.settleAll();
  store.journal.closeApart(apart);
  await store.log.settleAll();
  assertEquals([...store.stored.state.sessions.get("p")!.received], []);
});

Deno.test("a message given away before it was written is in one of the two sessions, at each batch", async () => {
  const { store, all } = await sessions("a", "b");
  const [a, b] = all as [Kept, Kept];
  const group = store.group("$share/g/t");
  store.retain("first", "x");
  await turns();
  a.deliver(store.message("m"), 1, false, undefined, group);
  let isSafe = false;
  store.journal.whenSafe(() => isSafe = true);
  await turns();
  store.retained.set("large", store.message(LARGE, "large").message);
  store.journal.retained("large");
  await turns(); // so that what follows is in a batch of its own
  const [taken] = a.takeShared(() => true);
  a.giveAway(taken!, () => b.deliver(store.message("m"), 1, false, undefined, group));
  for await (const now of atEachBatch(store)) {
    const there = [...entriesOf(now, "a")!, ...entriesOf(now, "b")!];
    assert(!isSafe || there.length === 1, "PUBACK has left");
  }
  assertEquals([entriesOf(store.stored, "a"), entriesOf(store.stored, "b")], [[], ["m/1"]]);
});

Deno.test("a message of a spread in slices that is given away is still safe with the others", async () => {
  const { store, all } = await sessions("a", "b", "p");
  const [a, b, p] = all as [Kept, Kept, Kept];
  const group = store.group("$share/g/t");
  const apart = new TurnRecords(true);
  store.journal.gatherInto(apart, () => a.deliver(store.message("m"), 2, false, undefined, group));
  const [taken] = a.takeShared(() => true);
  a.giveAway(taken!, () => b.deliver(store.message("m"), 2, false, undefined, group));
  await store.log.settleAll();
  assertEquals([entriesOf(store.stored, "a"), entriesOf(store.stored, "b")], [[], []]);
  store.journal.gatherInto(apart, () => p.receive(3));
  store.journal.closeApart(apart);
  await store.log.settleAll();
  assertEquals([entriesOf(store.stored, "a"), entriesOf(store.stored, "b")], [[], ["m/2"]]);
});

Deno.test("a QoS 2 message that waits for the log is sent once to the connection that comes meanwhile", async () => {
  const { store, all } = await sessions("s");
  const [s] = all as [Kept];
  const [first, second] = [new FakeOutlet(), new FakeOutlet()];
  s.attach(first);
  s.deliver(store.message("m"), 2);
  s.detach(store.clock.now());
  s.adopt({}, storedClient("s"), Infinity);
  s.attach(second);
  assertEquals(second.take(), []);
  await store.log.settleAll();
  assertEquals([first.take(), second.take()], [[], ["m/2#1/dup"]]);
});

Deno.test("a QoS 2 message that waits for the log while its session is held leaves at the end of the hold", async () => {
  const { store, all } = await sessions("s");
  const [s] = all as [Kept];
  const outlet = new FakeOutlet();
  s.attach(outlet);
  s.deliver(store.message("m"), 2);
  s.hold();
  await store.log.settleAll();
  assertEquals(outlet.take(), []);
  s.resume();
  assertEquals(outlet.take(), ["m/2#1/dup"]);
  s.release(1);
  s.complete(1);
  s.deliver(store.message("n"), 2);
  await store.log.settleAll();
  assertEquals(outlet.take(), ["n/2#2"]);
});

Deno.test("a QoS 2 message that waits for the log when its client goes is sent by the next connection", async () => {
  const { store, all } = await sessions("s");
  const [s] = all as [Kept];
  s.attach(new FakeOutlet());
  s.deliver(store.message("m"), 2);
  s.detach(store.clock.now());
  await store.log.settleAll();
  const outlet = new FakeOutlet();
  s.attach(outlet);
  assertEquals(outlet.take(), ["m/2#1/dup"]);
});

Deno.test("a QoS 1 message that is acknowledged before it is encoded is never written", async () => {
  const { store, all } = await sessions("s");
  const [s] = all as [Kept];
  s.attach(new FakeOutlet());
  store.retain("r", "x");
  await turns();
  s.deliver(store.message("m"), 1);
  s.acknowledge(1);
  await store.log.settleAll();
  const written = store.log.batches.map(({ body }) => new TextDecoder().decode(body)).join();
  assertEquals(written.includes("m"), false);
});

Deno.test("entries come back as they are to be sent: what is under way, then what waits", async () => {
  const store = new KeptSessions([], undefined, 1);
  const s = store.create("s");
  for (const payload of ["a", "b", "c"]) s.deliver(store.message(payload), 1);
  await store.log.settleAll();
  s.attach(new FakeOutlet());
  await store.log.settleAll();
  store.clock.advance(2000);
  await store.log.settleAll();
  assertEquals(entriesOf(store.stored, "s"), ["a/1#1", "b/1", "c/1"]);
});

Deno.test("a batch that fails is brought again as it was, and what was recorded meanwhile follows", async () => {
  const { store, all } = await sessions("s");
  const [s] = all as [Kept];
  s.deliver(store.message("m"), 1);
  let released = "";
  store.journal.whenSafe(() => released += "m");
  await turns();
  await store.log.fail();
  s.deliver(store.message("n"), 1);
  store.journal.whenSafe(() => released += "n");
  assertEquals([store.journal.tally.isFailing, released], [true, ""]);
  store.clock.advance(100);
  await turns();
  await store.log.settle();
  assertEquals([entriesOf(store.stored, "s"), released], [["m/1"], "m"]);
  await store.log.settleAll();
  assertEquals([entriesOf(store.stored, "s"), released], [["m/1", "n/1"], "mn"]);
});

Deno.test("a log of no batch", () => {
  const { state, sessions, ending, lastBatch, nextSession } = replayed([]);
  assertEquals([state.sessions.size, sessions.length, ending.length], [0, 0, 0]);
  assertEquals([lastBatch, nextSession], [0, 1]);
});
