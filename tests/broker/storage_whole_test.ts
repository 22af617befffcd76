/**
 * What belongs together is in one batch, or at least in an order in which nothing is lost: wherever the log ends, a
 * message of QoS 2 is with its publisher or with all receivers, and one that moves is with a member of its group.
 */
import { assert, assertEquals } from "@std/assert";
import type { Peer } from "../conformance/peer.ts";
import type { Replayed } from "../../lib/storage/replayed.ts";
import { pubrel } from "../support/raw_packets.ts";
import { replayed } from "../support/replayed.ts";
import { StoredBroker, Type } from "../support/stored_broker.ts";
import { until } from "../support/until.ts";

/** What someone would find who reads the log, had it ended behind each of its batches from one on. */
function* ends({ log }: StoredBroker, from: number): Generator<Replayed["state"]> {
  for (let length = from; length <= log.batches.length; length++) {
    const { state, ending } = replayed(log.batches.slice(0, length));
    // What has ended and not given all away yet does so after a start.
    for (const { session } of ending) {
      const { clientId } = session.client;
      const entries = new Map(session.entries);
      for (const [number, entry] of state.sessions.get(clientId)?.entries ?? []) {
        entries.set(number, entry);
      }
      state.sessions.set(clientId, { ...session, entries });
    }
    yield state;
  }
}

function payloadsIn(state: Replayed["state"], ...clientIds: string[]): string[] {
  const sessions = clientIds.flatMap((clientId) => state.sessions.get(clientId) ?? []);
  const entries = sessions.flatMap((session) => [...session.entries.values()]);
  return entries.map(({ message }) => new TextDecoder().decode(message.payload)).sort();
}

/** Every message that is queued or sent takes its time: slices are short. */
function slowly(it: { broker?: StoredBroker }) {
  const takeTime = () => it.broker?.inner.clock.advance(1);
  return { messageQueued: takeTime, packetSent: takeTime };
}

/** That many sessions that are kept and away, subscribed to a topic. */
async function crowd(it: StoredBroker, count: number): Promise<string[]> {
  const names = Array.from({ length: count }, (_, i) => `r${i}`);
  for (const name of names) {
    const peer = await it.kept(name, "t", 2);
    await peer.raw.close();
  }
  await until(() => it.inner.broker.clients.length === 0, "all have gone");
  return names;
}

for (const version of [4, 5] as const) {
  Deno.test(`version ${version}: a QoS 2 message to many, handed over in slices, is one batch`, async () => {
    const clock: { broker?: StoredBroker } = {};
    await using it = await StoredBroker.start(version, {}, slowly(clock));
    const names = await crowd(it, 260);
    const publisher = await it.keep("p");
    clock.broker = it;
    const before = it.log.batches.length;
    const other = await it.keep("other");
    let published = false;
    const publishing = (async () => {
      await publisher.raw.send(it.words.publish("t", "x", { qos: 2, id: 7 }));
      await publisher.answer(Type.PUBREC, 7);
      published = true;
    })();
    for (let i = 0; !published; i++) await other.subscribed([`o/${i}`, 1]); // batches in between
    await publishing;
    const counts = [...ends(it, before)].map((state) => {
      const known = state.sessions.get("p")!.received.has(7);
      const entries = payloadsIn(state, ...names).length;
      assertEquals(entries, known ? names.length : 0);
      return entries;
    });
    assertEquals(new Set(counts), new Set([0, names.length]));
    await publisher.raw.send(pubrel(7));
    await publisher.answer(Type.PUBCOMP, 7);
  });
}

const PAYLOADS = Array.from({ length: 300 }, (_, i) => String(i).padStart(3, "0"));

/** A member with messages that wait, and another one with room. */
async function members(it: StoredBroker): Promise<{ goes: Peer; stays: Peer }> {
  const goes = await it.keep("goes");
  await goes.subscribed(["$share/g/t", 1]);
  const publisher = await it.open("p");
  for (const payload of PAYLOADS) await publisher.publish("t", payload, { qos: 1 });
  const stays = await it.keep("stays");
  await stays.subscribed(["$share/g/t", 1]);
  return { goes, stays };
}

/** Every message is with a member of its group, wherever the log ends; at the end all are with the one that stays. */
async function allMove(it: StoredBroker, before: number): Promise<void> {
  const isThere = () =>
    new Set(payloadsIn(it.log.state, "stays")).size === PAYLOADS.length &&
    payloadsIn(it.log.state, "goes").length === 0;
  await until(() => {
    it.inner.clock.advance(250);
    return isThere();
  }, "all have moved");
  const states = [...ends(it, before)];
  assert(states.length > 2, "several slices");
  for (const state of states) {
    assertEquals([...new Set(payloadsIn(state, "goes", "stays"))], PAYLOADS);
  }
}

Deno.test("what a member that goes away leaves to another is lost nowhere", async () => {
  const clock: { broker?: StoredBroker } = {};
  await using it = await StoredBroker.start(5, {}, slowly(clock));
  const { goes } = await members(it);
  clock.broker = it;
  const before = it.log.batches.length;
  await goes.raw.close();
  await allMove(it, before);
});

Deno.test("what a session that ends leaves to a member is lost nowhere", async () => {
  const clock: { broker?: StoredBroker } = {};
  await using it = await StoredBroker.start(5, {}, slowly(clock));
  await members(it);
  clock.broker = it;
  const before = it.log.batches.length;
  const anew = await it.open("goes");
  await allMove(it, before);
  await anew.ping();
  assert(!it.log.state.sessions.has("goes"));
});

Deno.test("a session that ends is gone behind the batch that its successor's CONNACK waits for", async () => {
  await using it = await StoredBroker.start(4);
  const peer = await it.kept("c", "t", 1);
  const publisher = await it.open("p");
  await publisher.publish("t", "x", { qos: 1 });
  assertEquals(payloadsIn(it.log.state, "c"), ["x"]);
  await peer.raw.close();
  it.log.hold();
  const raw = await it.knock("c");
  await it.log.pass(); // that it was left, or all
  if (it.log.state.sessions.has("c")) await it.log.pass();
  await raw.expectPacket("CONNACK");
  assertEquals([...it.log.state.sessions.keys()], []);
});
