/**
 * Editions beside live records: at no batch does the log come to less, or to more, than was so at one moment. Each test is
 * one way in which it could.
 */
import { assertEquals } from "@std/assert";
import { subscriptionOptions } from "../../lib/session/subscription.ts";
import { TurnRecords } from "../../lib/storage/turn_records.ts";
import { entriesOf, type Kept, storedClient } from "./kept_sessions.ts";
import { turns } from "./held_log.ts";
import { atEachBatch, behind, sessions } from "./promise_cases.ts";

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
