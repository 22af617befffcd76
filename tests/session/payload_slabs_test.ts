/** Payloads under way in slabs: their bytes stay what they were, and what stays long keeps no slab in memory. */
import { assert, assertEquals } from "@std/assert";
import { OWN } from "../../lib/session/message.ts";
import { OutgoingPublish } from "../../lib/session/outgoing.ts";
import { PayloadSlabs, type SlabUser } from "../../lib/session/payload_slabs.ts";
import { loneServices } from "../../lib/session/services.ts";
import { Session } from "../../lib/session/session.ts";
import type { SessionJournal } from "../../lib/session/journal.ts";
import { publish as encode, utf8 } from "../support/raw_packets.ts";
import { FakeOutlet, outgoing } from "./support.ts";

const LIMITS = {
  maxInflight: 65_535,
  maxInflightBytes: Infinity,
  receiveMaximum: 65_535,
  maxQueuedMessages: Infinity,
  maxQueuedBytes: Infinity,
};
const SLAB = 65_536;

function sessionIn(slabs: PayloadSlabs, limits = {}): { session: Session; outlet: FakeOutlet } {
  const services = { ...loneServices(), slabs };
  const session = new Session("c", Infinity, { ...LIMITS, ...limits }, services);
  const outlet = new FakeOutlet();
  session.attach(outlet);
  return { session, outlet };
}

/** A message in a read buffer, between others. */
function read(payload: string, buffer: Uint8Array): OutgoingPublish {
  const frame = encode("t", payload, { qos: 1, id: 9 });
  buffer.set(frame, 100);
  const view = buffer.subarray(100, 100 + frame.length);
  return OutgoingPublish.fromFrame(view, false, utf8(payload).length, "t", utf8("t"), 1, false);
}

/** Messages of a thousand bytes through a session that acknowledges, until so many slabs were begun. */
function stream(slabs: PayloadSlabs, until: number): void {
  const { session } = sessionIn(slabs);
  for (let i = 0; slabs.number < until && i < until * 70; i++) {
    session.deliver(outgoing(new Uint8Array(1000)), 1);
    for (const [id] of session.underWay) session.acknowledge(id);
  }
}

function messagesOf(session: Session) {
  return session.entries().map(({ message }) => message);
}

Deno.test("neither read buffer nor neighbours change what is sent again", () => {
  const slabs = new PayloadSlabs();
  const { session } = sessionIn(slabs);
  const buffer = new Uint8Array(400);
  const wanted: string[] = [];
  for (let i = 0; i < 3000; i++) {
    const payload = `${i}`.padStart(i % 37, "-");
    session.deliver(read(payload, buffer), 1);
    buffer.fill(0xff);
    wanted.push(payload);
  }
  // Every second one is acknowledged, and its place in the slab overwritten by who must not.
  for (const [id, { message }] of [...session.underWay]) {
    if (id % 2 === 1) continue;
    message.payload.fill(0x58);
    session.acknowledge(id);
  }
  const again = new FakeOutlet();
  session.attach(again);
  const stays = wanted.filter((_, i) => i % 2 === 0);
  assertEquals(again.take(), stays.map((payload, i) => `${payload}/1#${2 * i + 1}/dup`));
  assert(slabs.number > 0, "they were in slabs");
});

Deno.test("what waited in a slab goes out as it was", () => {
  const { session, outlet } = sessionIn(new PayloadSlabs(), { maxInflight: 1 });
  const other = sessionIn(new PayloadSlabs(), { maxInflight: 1 });
  other.outlet.hasRoom = outlet.hasRoom = false;
  const buffer = new Uint8Array(200);
  const payloads = ["a", "", "x".repeat(30), "b"];
  for (const payload of payloads) {
    const publish = read(payload, buffer);
    session.deliver(publish, 1);
    other.session.deliver(publish, 2, true);
    buffer.fill(0);
  }
  messagesOf(session)[2]!.own();
  for (const { session: one, outlet: to } of [{ session, outlet }, other]) {
    to.hasRoom = true;
    for (let i = 1; i <= payloads.length; i++) {
      one.drain();
      one.acknowledge(i);
      one.release(i);
      one.complete(i);
    }
  }
  assertEquals(outlet.take(), payloads.map((payload, i) => `${payload}/1#${i + 1}`));
  assertEquals(other.outlet.take(), payloads.map((payload, i) => `${payload}/2#${i + 1}/r`));
});

Deno.test("what waits at QoS 0 for a session that is held goes without a packet id", () => {
  const { session, outlet } = sessionIn(new PayloadSlabs());
  outlet.hasRoom = false;
  session.deliver(read("first", new Uint8Array(200)), 1);
  session.hold();
  session.deliver(read("second", new Uint8Array(200)), 0);
  outlet.hasRoom = true;
  session.resume();
  assertEquals(outlet.take(), ["first/1#1", "second/0#0"]);
});

Deno.test("a client that never acknowledges keeps no slab: what it has is copied out in time", () => {
  const slabs = new PayloadSlabs();
  slabs.onEnough = () => void slabs.settle(() => false);
  const { session } = sessionIn(slabs);
  const buffer = new Uint8Array(200);
  for (let i = 0; i < 300; i++) {
    session.deliver(read(`stuck ${i}`, buffer), 1); // one in each slab
    stream(slabs, slabs.number + 1);
    assert(slabs.pinned <= 65, `${slabs.pinned} slabs`);
    if (i % 50 !== 0) continue;
    const young = messagesOf(session).slice(-30).filter(({ slab }) => slab === OWN);
    assertEquals(young.length, 0, "what is young stays where it is");
  }
  const inSlabs = messagesOf(session).filter(({ slab }) => slab !== OWN);
  assert(inSlabs.length <= 65, `${inSlabs.length} are in slabs`);
  for (const { slab, bytes, payloadLength } of messagesOf(session)) {
    if (slab === OWN) assertEquals(bytes.buffer.byteLength, payloadLength);
  }
  const again = new FakeOutlet();
  session.attach(again);
  assertEquals(again.take(), Array.from({ length: 300 }, (_, i) => `stuck ${i}/1#${i + 1}/dup`));
});

Deno.test("where no one copies out, further payloads have bytes of their own", () => {
  const slabs = new PayloadSlabs();
  const { session } = sessionIn(slabs);
  for (let i = 0; i < 500; i++) {
    stream(slabs, Math.min(slabs.number + 1, 128));
    session.deliver(outgoing(`${i}`), 1);
  }
  for (let i = 0; i < 70; i++) session.deliver(outgoing(new Uint8Array(1000)), 1);
  session.deliver(outgoing(new Uint8Array(1001)), 1);
  assertEquals([slabs.pinned, slabs.number], [128, 128]);
  assertEquals(messagesOf(session).at(-1)!.bytes.buffer.byteLength, 1001);
  slabs.settle(() => false);
  session.deliver(outgoing(new Uint8Array(SLAB / 20)), 1);
  stream(slabs, slabs.number + 1);
  assert(slabs.pinned < 128, "and lie in slabs again when that was done");
});

Deno.test("a look from time to time copies out what was there at the last one", () => {
  const slabs = new PayloadSlabs();
  slabs.onEnough = () => void slabs.settle(() => false);
  const { session } = sessionIn(slabs);
  session.deliver(outgoing("old"), 1);
  stream(slabs, 2);
  session.deliver(outgoing("new"), 1);
  slabs.look();
  assertEquals(messagesOf(session).map(({ slab }) => slab), [1, 2]);
  slabs.look();
  assertEquals(messagesOf(session).map(({ slab }) => slab), [OWN, 2]);
  assert(session.isInSlabs);
});

Deno.test("what waits in the queue is copied out like what is under way", () => {
  const slabs = new PayloadSlabs();
  slabs.onEnough = () => void slabs.settle(() => false);
  const { session } = sessionIn(slabs, { maxInflight: 1 });
  for (const payload of ["sent", "waits"]) session.deliver(outgoing(payload), 1);
  stream(slabs, 2);
  slabs.look();
  slabs.look();
  assertEquals(messagesOf(session).map(({ slab }) => slab), [OWN, OWN]);
  session.acknowledge(1);
  session.deliver(outgoing("new"), 1);
  slabs.look();
  assertEquals(messagesOf(session).map(({ slab }) => slab), [OWN, 2], "until the next look");
});

Deno.test("what is copied out pauses when it is told to, and then goes on", () => {
  const slabs = new PayloadSlabs();
  const sessions = Array.from({ length: 5 }, () => sessionIn(slabs).session);
  for (const one of sessions) for (let i = 0; i < 10; i++) one.deliver(outgoing(`${i}`), 1);
  stream(slabs, 2);
  let looks = 0;
  let begun = 0;
  slabs.onEnough = () => begun++;
  slabs.look();
  slabs.look();
  assertEquals(begun, 1);
  let slices = 1;
  while (!slabs.settle(() => ++looks % 30 === 0)) slices++;
  assert(slices > 1 && slices < 20, `${slices} slices`);
  for (const one of sessions) {
    assert(messagesOf(one).every(({ slab }) => slab === OWN));
    assert(!one.isInSlabs);
  }
  sessions[0]!.deliver(outgoing("anew"), 1);
  assert(sessions[0]!.isInSlabs, "it is known again with the next one");
});

Deno.test("what is for a client that is away, beyond few, retained, or in the journal, has bytes of its own", () => {
  const slabs = new PayloadSlabs();
  const { session } = sessionIn(slabs, { maxInflight: 1 });
  for (let i = 0; i < 258; i++) session.deliver(outgoing(`${i}`), 1);
  const waiting = messagesOf(session).map(({ slab }) => slab === OWN);
  assertEquals([waiting.indexOf(true), waiting.lastIndexOf(false)], [257, 256], "a long queue");

  const { session: away } = sessionIn(slabs);
  away.detach(0);
  away.deliver(outgoing("away"), 1);
  assertEquals(messagesOf(away)[0]!.slab, OWN);

  const { session: busy } = sessionIn(slabs);
  for (let i = 0; i < 1025; i++) busy.deliver(outgoing(`${i}`), 1);
  assertEquals(messagesOf(busy).findIndex(({ slab }) => slab === OWN), 1024, "a wide window");

  const retained = outgoing("kept");
  const { session: other } = sessionIn(slabs);
  other.deliver(retained, 1);
  assertEquals(retained.inSlab(slabs).slab, slabs.number);
  assertEquals(retained.message.slab, OWN);
  assertEquals(messagesOf(other)[0]!.payload, utf8("kept"));

  const { session: stored } = sessionIn(slabs);
  stored.journal = { begun: () => ({ number: 1 }) } as unknown as SessionJournal<unknown>;
  stored.deliver(outgoing("stored"), 1);
  assertEquals(messagesOf(stored)[0]!.slab, OWN);
});

Deno.test("receivers share what is alike: not RETAIN, not what the journal has of each", () => {
  const publish = outgoing("x");
  const live = sessionIn(new PayloadSlabs());
  const asPublished = sessionIn(new PayloadSlabs());
  live.session.deliver(publish, 1, false);
  asPublished.session.deliver(publish, 1, true);
  for (const { session } of [live, asPublished]) session.attach(live.outlet);
  assertEquals(live.outlet.take(), ["x/1#1", "x/1#1/dup", "x/1#1/r/dup"]);
  assertEquals(asPublished.outlet.take(), ["x/1#1/r"]);
  const records = [1, 2].map((number) => {
    const { session } = sessionIn(new PayloadSlabs());
    session.journal = { begun: () => ({ number }) } as unknown as SessionJournal<unknown>;
    session.deliver(publish, 1);
    return session;
  }).map((session) => session.entries()[0]!.record);
  assertEquals(records, [{ number: 1 }, { number: 2 }]);
});

Deno.test("what waited for a client of MQTT 5 with topic aliases goes with one", () => {
  const { session, outlet } = sessionIn(new PayloadSlabs());
  outlet.protocolLevel = 5;
  outlet.aliases = { use: () => -3 };
  outlet.hasRoom = false;
  session.deliver(outgoing("x"), 1);
  outlet.hasRoom = true;
  session.drain();
  assertEquals(outlet.aliased.map(({ topicAlias, packetId }) => [topicAlias, packetId]), [[3, 1]]);
});

Deno.test("a large payload has bytes of its own, one a little smaller lies in a slab", () => {
  const slabs = new PayloadSlabs();
  const { session } = sessionIn(slabs);
  session.deliver(outgoing(new Uint8Array(4096)), 1);
  session.deliver(outgoing(new Uint8Array(4095)), 1);
  assertEquals(messagesOf(session).map(({ slab }) => slab), [OWN, 1]);
});

Deno.test("a message that comes late, from a slab that was done with, gets bytes of its own", () => {
  const slabs = new PayloadSlabs();
  slabs.onEnough = () => void slabs.settle(() => false);
  const late = outgoing("late");
  assertEquals(late.inSlab(slabs).slab, 1);
  stream(slabs, 70);
  const { session } = sessionIn(slabs);
  session.deliver(late, 1);
  assertEquals(messagesOf(session)[0]!.slab, OWN);
});

Deno.test("users that are added while others are settled are not forgotten", () => {
  const slabs = new PayloadSlabs();
  const user = (stays: boolean): SlabUser & { settled: number } => ({
    isInSlabs: false,
    settled: 0,
    settle(_before, isOver) {
      this.settled++;
      isOver();
      return stays;
    },
  });
  const [first, second] = [user(true), user(false)];
  slabs.add(first);
  stream(slabs, 2);
  slabs.look();
  slabs.look();
  assert(!slabs.settle(() => true), "told to stop");
  slabs.add(second);
  stream(slabs, 4);
  slabs.look();
  slabs.look();
  assert(slabs.settle(() => false));
  slabs.look();
  assert(slabs.settle(() => false));
  assertEquals([first.settled >= 3, second.settled > 0], [true, true]);
  assertEquals([first.isInSlabs, second.isInSlabs], [true, false]);
});
