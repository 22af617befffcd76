/**
 * The order of promises to a log: at no batch is something promised that is not there, or there by half. Each test is
 * one way in which it could be.
 */
import { assert, assertEquals } from "@std/assert";
import { subscriptionOptions } from "../../lib/session/subscription.ts";
import { TurnRecords } from "../../lib/storage/turn_records.ts";
import { FakeOutlet } from "../session/support.ts";
import { entriesOf, type Kept, KeptSessions, storedClient } from "./kept_sessions.ts";
import { replayed, turns } from "./held_log.ts";

const LARGE = new Uint8Array(1_200_000).fill(120);

/** Sessions by these names, all that they have written. */
async function sessions(...names: string[]): Promise<{ store: KeptSessions; all: Kept[] }> {
  const store = new KeptSessions();
  const all = names.map((name) => store.create(name));
  await store.log.settleAll();
  return { store, all };
}

/** What the log comes to at each batch from now on. */
async function* atEachBatch(store: KeptSessions) {
  await turns();
  while (store.log.isWriting) {
    await store.log.settle();
    yield store.stored;
  }
}

/** A write is under way, more waits than a batch takes, and an edition has begun. */
async function behind(store: KeptSessions): Promise<void> {
  store.retain("first", "x");
  await turns();
  assert(store.log.isWriting);
  store.journal.startEdition();
  store.retained.set("large", store.message(LARGE, "large").message);
  store.journal.retained("large");
  await turns();
}

Deno.test("an edition beside turns that wait: a QoS 2 message and the note that it came are one", async () => {
  const { store, all } = await sessions("p", "s");
  const [p, s] = all as [Kept, Kept];
  await behind(store);
  s.deliver(store.message("m"), 2);
  p.receive(7);
  for await (const { state } of atEachBatch(store)) {
    const [noted, there] = [
      state.sessions.get("p")!.received,
      entriesOf({ ...store.stored, state }, "s"),
    ];
    assertEquals(noted.has(7), there!.length === 1);
  }
  assertEquals(entriesOf(store.stored, "s"), ["m/2"]);
});

Deno.test("an edition beside turns that wait: what goes to another session is in one of the two", async () => {
  const { store, all } = await sessions("a", "b");
  const [a, b] = all as [Kept, Kept];
  const group = store.group("$share/g/t");
  a.deliver(store.message("m"), 1, false, undefined, group);
  await store.log.settleAll();
  await behind(store);
  const [taken] = a.takeShared(() => true);
  a.giveAway(taken!, () => b.deliver(store.message("m"), 1, false, undefined, group));
  for await (const now of atEachBatch(store)) {
    assertEquals([...entriesOf(now, "a")!, ...entriesOf(now, "b")!], ["m/1"]);
  }
  assertEquals(entriesOf(store.stored, "b"), ["m/1"]);
});

Deno.test("an edition beside the turn that gathers: what goes to another session is in one of the two", async () => {
  const { store, all } = await sessions("a", "b");
  const [a, b] = all as [Kept, Kept];
  const group = store.group("$share/g/t");
  a.deliver(store.message("m"), 1, false, undefined, group);
  store.journal.whenSafe(() => {
    const [taken] = a.takeShared(() => true);
    a.giveAway(taken!, () => b.deliver(store.message("m"), 1, false, undefined, group));
  });
  await turns();
  store.journal.startEdition();
  for await (const now of atEachBatch(store)) {
    assertEquals([...entriesOf(now, "a")!, ...entriesOf(now, "b")!], ["m/1"]);
  }
  assertEquals(entriesOf(store.stored, "b"), ["m/1"]);
});

Deno.test("an edition beside turns that wait: a will is there or its message is", async () => {
  const { store, all } = await sessions("s");
  const values = { topicName: "w", payload: new Uint8Array(1), qos: 1, retain: false } as const;
  const will = { client: storedClient("w"), ...values, delay: 0, properties: undefined };
  store.wills.set("w", { ...will, due: undefined });
  store.journal.will(store.wills.get("w")!);
  await store.log.settleAll();
  await behind(store);
  all[0]!.deliver(store.message("gone"), 1);
  store.wills.delete("w");
  store.journal.willGone("w");
  for await (const now of atEachBatch(store)) {
    assertEquals(now.state.wills.size + entriesOf(now, "s")!.length, 1);
  }
});

Deno.test("an edition beside a message in slices: it has come when all of it is there", async () => {
  const { store, all } = await sessions("p", "s");
  const [p, s] = all as [Kept, Kept];
  const apart = new TurnRecords(true);
  store.journal.gatherInto(apart, () => {
    s.deliver(store.message("m"), 2);
    p.receive(7);
  });
  store.journal.startEdition();
  await store.log.settleAll();
  assertEquals([...store.stored.state.sessions.get("p")!.received], []);
  assertEquals(entriesOf(store.stored, "s"), []);
  store.journal.closeApart(apart);
  await store.log.settleAll();
  assertEquals([...store.stored.state.sessions.get("p")!.received], [7]);
  assertEquals(entriesOf(store.stored, "s"), ["m/2"]);
});

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

Deno.test("what was taken out and not given yet is in an edition", async () => {
  const { store, all } = await sessions("a", "b");
  const [a, b] = all as [Kept, Kept];
  const group = store.group("$share/g/t");
  for (const payload of ["m", "n"]) {
    a.deliver(store.message(payload), 1, false, undefined, group);
  }
  await store.log.settleAll();
  const taken = a.takeShared(() => true);
  a.giveAway(taken[0]!, () => b.deliver(store.message("m"), 1, false, undefined, group));
  store.journal.startEdition();
  await store.log.settleAll();
  assertEquals([entriesOf(store.stored, "a"), entriesOf(store.stored, "b")], [["n/1"], ["m/1"]]);
});

Deno.test("a session that ends while its messages are given away comes back as nothing but them", async () => {
  const { store, all } = await sessions("a", "b");
  const [a, b] = all as [Kept, Kept];
  const group = store.group("$share/g/t");
  a.subscribe("t", subscriptionOptions(1));
  a.receive(9);
  for (const payload of ["m", "n"]) {
    a.deliver(store.message(payload), 1, false, undefined, group);
  }
  a.deliver(store.message("own"), 1);
  const taken = a.takeShared(() => true);
  store.end(a);
  await store.log.settleAll();
  for (const edition of [false, true]) {
    if (edition) store.journal.startEdition();
    await store.log.settleAll();
    const { state, ending } = store.stored;
    assertEquals(state.sessions.has("a"), false);
    assertEquals(ending.length, 1);
    const { session } = ending[0]!;
    assertEquals([session.subscriptions.size, session.received.size], [0, 0]);
    const shared = [...session.entries.values()].filter((entry) => entry.group !== undefined);
    assertEquals(shared.map(({ message: { payload } }) => payload.length), [1, 1]);
  }
  for (const one of taken) {
    a.giveAway(one, () => b.deliver(store.message("x"), 1, false, undefined, group));
  }
  await store.log.settleAll();
  assertEquals(store.stored.ending, []);
  assertEquals(entriesOf(store.stored, "b"), ["x/1", "x/1"]);
});

Deno.test("a new session of the same client id counts, wherever an edition has written the old one", async () => {
  const { store, all } = await sessions("a", "b");
  const [a, b] = all as [Kept, Kept];
  const group = store.group("$share/g/t");
  a.deliver(store.message("m"), 1, false, undefined, group);
  const [taken] = a.takeShared(() => true);
  store.end(a);
  const next = store.create("a");
  next.subscribe("new", subscriptionOptions(1));
  store.journal.startEdition();
  await store.log.settleAll();
  assertEquals([...store.stored.state.sessions.get("a")!.subscriptions.keys()], ["new"]);
  store.end(next);
  await store.log.settleAll();
  assertEquals(store.stored.state.sessions.has("a"), false);
  a.giveAway(taken!, () => b.deliver(store.message("m"), 1, false, undefined, group));
  await store.log.settleAll();
  assertEquals([store.stored.state.sessions.has("a"), store.stored.ending], [false, []]);
});

Deno.test("a session that was resumed and has not had its CONNACK is no session whose client is away", async () => {
  const { store, all } = await sessions("a");
  all[0]!.detach(store.clock.now());
  await store.log.settleAll();
  store.clock.advance(2000); // what no one waits for is written
  await store.log.settleAll();
  assertEquals(store.stored.state.sessions.get("a")!.detachedAt, 0);
  all[0]!.adopt({}, storedClient("a"), Infinity);
  store.journal.startEdition();
  await store.log.settleAll();
  assertEquals(store.stored.state.sessions.get("a")!.detachedAt, undefined);
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
  assertEquals([store.journal.isFailing, released], [true, ""]);
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
