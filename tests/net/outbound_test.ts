/** The write side: order, the buffer under way, limits, and the account of what waits. */
import { assert, assertEquals } from "@std/assert";
import { BufferPool } from "../../lib/net/buffer_pool.ts";
import { FlushQueue } from "../../lib/net/flush_queue.ts";
import { Outbound } from "../../lib/net/outbound.ts";
import { Traffic } from "../../lib/net/stream.ts";
import { WriteBudget } from "../../lib/net/write_budget.ts";
import { FakeStream } from "../support/fake_stream.ts";
import { Random } from "../support/random.ts";
import { encodePacket } from "../../lib/wire/codec.ts";
import type { ProtocolLevel, QoS } from "../../lib/wire/packets.ts";
import { bytes, packet, puback, publish, toHex, utf8 } from "../support/raw_packets.ts";
import { turn, until } from "../support/until.ts";

interface Bench {
  stream: FakeStream;
  outbound: Outbound;
  budget: WriteBudget;
  queue: FlushQueue;
  traffic: Traffic;
  /** What the owner heard. */
  heard: string[];
}

function bench(limit = Infinity, total = Infinity): Bench {
  const stream = new FakeStream();
  const heard: string[] = [];
  const [queue, traffic, budget] = [new FlushQueue(), new Traffic(), new WriteBudget(total)];
  const owner = {
    stream,
    writeFailed: (cause: unknown) => void heard.push(`failed: ${(cause as Error).message}`),
    drained: () => void heard.push("drained"),
  };
  const outbound = new Outbound(owner, new BufferPool(), queue, traffic, budget, limit);
  return { stream, outbound, budget, queue, traffic, heard };
}

/** A QoS 1 PUBLISH frame under id 1, as the broker encodes it once for all. */
const ID_FRAME = publish("topic", "payload", { qos: 1, id: 1 });

Deno.test("a PUBLISH made of its parts is as its encoder makes it, at each QoS and level", async () => {
  const { stream, outbound } = bench();
  const place = { bytes: utf8("before payload behind"), offset: 7, payloadLength: 7 };
  const all = { bytes: utf8("payload"), offset: 0, payloadLength: 7 };
  outbound.pushCopied(0x31, utf8("topic"), 0, place);
  outbound.pushCopied(0x3a, utf8("topic"), 0x1234, place);
  outbound.protocolLevel = 5;
  outbound.pushCopied(0x30, utf8("topic"), 0, all);
  outbound.pushCopied(0x34, utf8("topic"), 0x1234, place);
  await outbound.whenIdle();
  const values = { topicName: "topic", payload: utf8("payload"), retain: false, dup: false };
  const of = (qos: QoS, level: ProtocolLevel, more = {}) =>
    encodePacket({ type: "publish", ...values, qos, packetId: 0x1234, ...more }, level);
  const wanted = bytes(
    of(0, 4, { retain: true }),
    of(1, 4, { dup: true }),
    of(0, 5),
    of(2, 5),
  );
  assertEquals(toHex(Uint8Array.from(stream.written), 1e6), toHex(wanted, 1e6));
});

Deno.test("packets of every kind leave in the order of their push, patched in place", async () => {
  const { stream, outbound, traffic, budget } = bench();
  const large = new Uint8Array(40_000).fill(9);
  const head = publish("big", "", { qos: 0 });
  outbound.push(packet(0xd0));
  outbound.pushPublish(publish("topic", "payload", { retain: true }), 0x30);
  outbound.pushPublishWithId(ID_FRAME, 0x3a, 5, 0x1234);
  outbound.pushParts(head, large);
  outbound.pushAck(0x40, 515);
  await outbound.whenIdle();
  const wanted = bytes(
    packet(0xd0),
    publish("topic", "payload"),
    publish("topic", "payload", { qos: 1, dup: true, id: 0x1234 }),
    bytes(head, large),
    puback(515),
  );
  assertEquals(toHex(Uint8Array.from(stream.written), 1e6), toHex(wanted, 1e6));
  assertEquals([traffic.packetsSent, traffic.publishSent, traffic.bytesSent], [
    5,
    3,
    wanted.length,
  ]);
  assertEquals([budget.used, outbound.backlog, outbound.written], [0, 0, wanted.length]);
});

Deno.test("a packet id is patched behind any length of the fixed header", async () => {
  for (const size of [100, 121, 122, 16_000, 16_374, 16_375, 20_000]) {
    const { stream, outbound } = bench();
    const payload = new Uint8Array(size).fill(5);
    outbound.pushPublishWithId(publish("t/é", payload, { qos: 1, id: 1 }), 0x34, 4, 65_535);
    await outbound.whenIdle();
    const wanted = publish("t/é", payload, { qos: 2, id: 65_535 });
    assertEquals(toHex(Uint8Array.from(stream.written), 1e6), toHex(wanted, 1e6), `${size}`);
  }
});

Deno.test("random pushes over short and slow writes: every byte once, in order", async () => {
  for (let seed = 0; seed < 20; seed++) {
    const random = new Random(seed);
    const { stream, outbound, budget } = bench();
    stream.isSlow = true;
    const wanted: Uint8Array[] = [];
    for (let step = 0; step < 80; step++) {
      if (stream.isWriting && random.oneIn(3)) {
        // The fake stream fails when bytes under way have changed.
        stream.writeSome(1 + random.below(random.pick([5, 500, 50_000])));
        await turn();
      } else wanted.push(pushOne(random, outbound));
      if (random.oneIn(2)) outbound.flush();
    }
    stream.isSlow = false;
    if (stream.isWriting) stream.writeSome();
    await outbound.whenIdle();
    const all = bytes(...wanted);
    assert(stream.written.length === all.length, `seed ${seed}: ${stream.written.length} bytes`);
    assert(all.every((byte, at) => byte === stream.written[at]), `seed ${seed}`);
    assertEquals([budget.used, outbound.backlog], [0, 0]);
  }
});

/** Pushes something and spoils the bytes afterwards, unless they are given by reference. */
function pushOne(random: Random, outbound: Outbound): Uint8Array {
  const payload = random.bytes(random.pick([4, 300, 5000]));
  const frame = publish("t", payload, { qos: 1, id: 77 });
  const copy = frame.slice();
  if (random.oneIn(4)) {
    outbound.pushParts(frame.subarray(0, 8), frame.subarray(8));
    return copy;
  }
  if (random.oneIn(4)) {
    outbound.pushAck(0x70, 77);
    return packet(0x70, 0, 77);
  }
  outbound.push(frame);
  frame.fill(0xee);
  return copy;
}

Deno.test("one write is in flight, and what comes meanwhile goes together in the next", async () => {
  const { stream, outbound } = bench();
  stream.isSlow = true;
  outbound.push(packet(0xd0));
  outbound.flush();
  for (let i = 0; i < 5; i++) outbound.pushAck(0x40, i + 1);
  outbound.flush();
  stream.writeSome();
  await until(() => stream.isWriting, "the second write");
  stream.writeSome();
  await outbound.whenIdle();
  assertEquals(stream.written.length, 2 + 5 * 4);
});

Deno.test("a flush outside of any loop comes within the turn; inside a loop at its end", async () => {
  const { stream, outbound, queue } = bench();
  outbound.push(packet(0xd0));
  assertEquals(stream.written, []);
  await Promise.resolve();
  assertEquals(stream.written, [0xd0, 0]);
  await outbound.whenIdle();
  queue.inTurn = true;
  outbound.push(packet(0xd0));
  await turn();
  assertEquals(stream.written.length, 2);
  queue.inTurn = false;
  queue.flushAll();
  assertEquals(stream.written.length, 4);
  await outbound.whenIdle();
});

Deno.test("room ends at the limit and comes back with written bytes", async () => {
  const { stream, outbound, heard, budget } = bench(1000);
  stream.isSlow = true;
  const frame = publish("t", new Uint8Array(400));
  outbound.push(frame);
  assert(outbound.hasRoom && !outbound.isPressed);
  outbound.push(frame);
  assert(outbound.hasRoom && outbound.isPressed);
  assertEquals([...budget.pressed ?? []], [outbound]);
  outbound.push(frame);
  assert(!outbound.hasRoom);
  let hasRoom = false;
  const room = outbound.whenRoom().then(() => hasRoom = true);
  outbound.flush();
  stream.writeSome(600);
  await turn();
  assert(outbound.hasRoom && outbound.isPressed && !hasRoom);
  stream.writeSome(200);
  await room;
  assert(!outbound.isPressed && heard.includes("drained") && stream.isWriting);
  stream.writeSome();
  await outbound.whenIdle();
});

Deno.test("a client whom a publisher has waited for does not press again until it has room", async () => {
  const { stream, outbound, budget } = bench(1000);
  stream.isSlow = true;
  const frame = publish("t", new Uint8Array(600));
  outbound.push(frame);
  budget.pressed = undefined;
  outbound.isImpatient = true;
  outbound.push(frame);
  assertEquals(budget.pressed, undefined);
  stream.isSlow = false;
  await outbound.whenIdle();
  outbound.push(frame);
  assertEquals([...budget.pressed ?? []], [outbound]);
  await outbound.whenIdle();
});

Deno.test("when the total is used up everybody still has a share", async () => {
  const total = bench(Infinity, 1000);
  total.stream.isSlow = true;
  total.outbound.push(publish("t", new Uint8Array(2000)));
  assertEquals(total.budget.used, 2006);
  assert(total.outbound.hasRoom, "below its share");
  total.outbound.push(publish("t", new Uint8Array(16_000)));
  assert(!total.outbound.hasRoom, "above its share");
  total.stream.isSlow = false;
  await total.outbound.whenIdle();
  assert(total.outbound.hasRoom);
});

const ENDS: Record<string, (it: Bench) => void> = {
  "closed while nothing is written": ({ outbound }) => outbound.close(),
  "closed while a write is in flight": ({ outbound, stream }) => {
    outbound.flush();
    outbound.close();
    stream.close();
  },
  "closed after half a write": ({ outbound, stream }) => {
    outbound.flush();
    stream.writeSome(7);
    outbound.close();
    queueMicrotask(() => stream.close());
  },
  "closed twice": ({ outbound }) => {
    outbound.close();
    outbound.close();
  },
  "closed, then pushed to": ({ outbound }) => {
    outbound.close();
    for (let i = 0; i < 100; i++) {
      outbound.push(packet(0xd0));
      outbound.pushAck(0x40, 1);
      outbound.pushPublish(publish("t", "x"), 0x30);
      outbound.pushPublishWithId(ID_FRAME, 0x32, 5, 1);
      outbound.pushParts(publish("t"), new Uint8Array(100));
    }
  },
  "a write that fails": ({ outbound, stream, heard }) => {
    stream.failWrites(new Error("gone"));
    outbound.flush();
    queueMicrotask(() => queueMicrotask(() => outbound.close()));
    heard.push("ended");
  },
};

for (const [name, end] of Object.entries(ENDS)) {
  Deno.test(`nothing is left on the account: ${name}`, async () => {
    const it = bench();
    it.stream.isSlow = true;
    it.outbound.push(publish("t", new Uint8Array(3000)));
    it.outbound.pushParts(publish("t"), new Uint8Array(50_000));
    it.outbound.pushAck(0x40, 1);
    end(it);
    await it.outbound.whenIdle();
    await it.outbound.whenRoom();
    await turn();
    assertEquals([it.budget.used, it.outbound.backlog], [0, 0]);
    assert(!it.outbound.hasRoom);
  });
}

Deno.test("a failed write is reported once and ends waiting for idleness", async () => {
  const { stream, outbound, heard } = bench();
  stream.isSlow = true;
  outbound.push(packet(0xd0));
  outbound.flush();
  const idle = outbound.whenIdle();
  stream.failWrites(new Error("gone"));
  await idle;
  assertEquals(heard, ["failed: gone"]);
  outbound.close();
});

Deno.test("every packet that goes out is shown to an observer", async () => {
  const { outbound } = bench();
  const seen: string[] = [];
  outbound.onPacket = (one) =>
    void seen.push("packetId" in one ? `${one.type} ${one.packetId}` : one.type);
  outbound.push(packet(0xd0));
  outbound.pushPublishWithId(ID_FRAME, 0x32, 5, 9);
  outbound.pushParts(publish("t", "", { qos: 0 }).with(1, 8), Uint8Array.of(1, 2, 3, 4, 5));
  outbound.pushAck(0x62, 9);
  assertEquals(seen, ["pingresp", "publish 9", "publish 0", "pubrel 9"]);
  await outbound.whenIdle();
});

Deno.test("buffers come from the pool and go back to it", async () => {
  const pool = new BufferPool();
  const first = pool.take(10);
  assertEquals(first.length, 1024);
  pool.give(first);
  assertEquals(pool.take(1024), first);
  assertEquals(pool.take(1025).length, 2048);
  pool.give(new Uint8Array(1_048_576));
  assert(pool.take(1_048_576).every((byte) => byte === 0));
  await turn();
});
