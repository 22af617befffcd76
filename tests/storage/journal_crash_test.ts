/** What a crash between two batches leaves: order, and no half of what belongs together. */
import { assert, assertEquals } from "@std/assert";
import { TurnRecords } from "../../lib/storage/turn_records.ts";
import { entryOf, JournalParty, messageOf } from "./journal_party.ts";

Deno.test("what was begun after it was closed and before it was encoded does not overtake the older", async () => {
  const party = new JournalParty();
  const { recorder } = party.open("s");
  const [first, second] = [entryOf(messageOf(1)), entryOf(messageOf(2))];
  first.record = recorder.queued(first);
  await party.settle();
  recorder.received(1);
  await Promise.resolve();
  second.record = recorder.queued(second);
  await Promise.resolve();
  recorder.begun(1, first);
  recorder.begun(2, second);
  await party.step();
  await party.step();
  for (let batches = 1; batches <= party.log.batches.length; batches++) {
    const order = party.orderAfter("s", batches);
    assertEquals(order, [1, 2].slice(0, order.length), `after ${batches} batches`);
  }
  await party.settle();
  assertEquals(party.orderAfter("s"), [1, 2]);
  assertEquals([...party.after("s")!.entries.values()].map(({ packetId }) => packetId), [1, 2]);
});

Deno.test("an edition whose image of a session takes several batches loses none of it on the way", async () => {
  const party = new JournalParty();
  const { session, recorder } = party.open("s");
  for (let order = 1; order <= 40; order++) {
    const entry = entryOf(messageOf(order, 10_000));
    entry.record = recorder.queued(entry);
    session.list.push(entry);
  }
  await party.settle();
  const before = party.log.batches.length;
  party.journal.startEdition();
  await party.settle();
  assert(party.log.batches.length > before + 2);
  for (let batches = before; batches <= party.log.batches.length; batches++) {
    assertEquals(party.orderAfter("s", batches).length, 40, `after ${batches} batches`);
  }
  const { keepFrom } = party.log.batches.at(-1)!;
  const needed = party.log.batches.filter(({ number }) => number >= keepFrom);
  party.log.batches.splice(0, party.log.batches.length, ...needed);
  assertEquals(party.orderAfter("s").length, 40);
});

Deno.test("an edition says nothing of a turn that is still gathered", async () => {
  const party = new JournalParty();
  const large = party.open("large");
  for (let order = 1; order <= 60; order++) {
    const entry = entryOf(messageOf(order, 10_000));
    entry.record = large.recorder.queued(entry);
    large.session.list.push(entry);
  }
  const publisher = party.open("p");
  const subscriber = party.open("s");
  await party.settle();
  const before = party.log.batches.length;
  let next = 100;
  const publish = () => {
    if (++next > 120) return;
    publisher.session.receivedIds.add(next);
    publisher.recorder.received(next);
    const entry = entryOf(messageOf(next));
    entry.record = subscriber.recorder.queued(entry);
    subscriber.session.list.push(entry);
    party.journal.whenSafe(publish);
  };
  party.journal.startEdition();
  publish();
  await party.settle();
  for (let batches = before; batches <= party.log.batches.length; batches++) {
    const received = [...party.after("p", batches)!.received];
    assertEquals(party.orderAfter("s", batches), received, `after ${batches} batches`);
  }
  assertEquals(party.orderAfter("s").length, 20);
});

Deno.test("what is recorded as soon as a write has ended is written without anyone else", async () => {
  const party = new JournalParty();
  const { recorder } = party.open("s");
  party.journal.whenSafe(() => recorder.received(7));
  await party.settle();
  assertEquals([...party.after("s")!.received], [7]);
});

Deno.test("nor of what is gathered apart over several turns", async () => {
  const party = new JournalParty();
  const publisher = party.open("p");
  const subscriber = party.open("s");
  await party.settle();
  const apart = new TurnRecords(true);
  const entry = entryOf(messageOf(1));
  party.journal.gatherInto(apart, () => {
    publisher.session.receivedIds.add(7);
    publisher.recorder.received(7);
    entry.record = subscriber.recorder.queued(entry);
    subscriber.session.list.push(entry);
  });
  party.journal.startEdition();
  await party.settle();
  assertEquals(party.after("p")!.received.has(7), false);
  party.journal.closeApart(apart);
  await party.settle();
  assertEquals(party.after("p")!.received.has(7), true);
  assertEquals(party.orderAfter("s"), [1]);
});

Deno.test("what is begun while it is gathered apart leaves when that is safe", async () => {
  const party = new JournalParty();
  const { recorder } = party.open("s");
  await party.settle();
  const apart = new TurnRecords(true);
  const entry = entryOf(messageOf(1));
  party.journal.gatherInto(apart, () => entry.record = recorder.queued(entry));
  let hasLeft = false;
  recorder.whenSafe(recorder.begun(5, entry), () => hasLeft = true);
  await party.settle();
  assertEquals(hasLeft, false);
  party.journal.closeApart(apart);
  await party.settle();
  assertEquals(hasLeft, true);
  assertEquals([...party.after("s")!.entries.values()].map(({ packetId }) => packetId), [5]);
});
