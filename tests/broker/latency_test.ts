/** How long messages take: from the read of their chunk to the end of the write, each counted once, none that waited. */
import { assert, assertEquals } from "@std/assert";
import { BufferPool } from "../../lib/net/buffer_pool.ts";
import { FlushQueue } from "../../lib/net/flush_queue.ts";
import { LatencyMeter } from "../../lib/net/latency.ts";
import { Outbound } from "../../lib/net/outbound.ts";
import { Traffic } from "../../lib/net/stream.ts";
import { WriteBudget } from "../../lib/net/write_budget.ts";
import type { Verdict } from "../../plugin.ts";
import { ClockedBroker } from "../support/clocked_broker.ts";
import { inlinePlugin } from "../support/inline_registry.ts";
import { publish } from "../support/raw_packets.ts";

/** An outbound whose writes end when the test says so. */
function outbound(traffic: Traffic) {
  const writes: { bytes: Uint8Array; done: (count: number) => void }[] = [];
  const stream = {
    read: () => Promise.resolve(null),
    write: (bytes: Uint8Array) => new Promise<number>((done) => writes.push({ bytes, done })),
    close() {},
  };
  const owner = { stream, writeFailed() {}, drained() {} };
  const out = new Outbound(
    owner,
    new BufferPool(),
    new FlushQueue(),
    traffic,
    new WriteBudget(Infinity),
    1 << 20,
  );
  const finish = async (count?: number) => {
    const { bytes, done } = writes.shift()!;
    done(count ?? bytes.length);
    await Promise.resolve();
    await Promise.resolve();
  };
  return { out, finish };
}

const FRAME = Uint8Array.of(0x30, 3, 0, 1, 0x61);

function metered() {
  const time = { now: 1000 };
  const traffic = new Traffic();
  traffic.latency = new LatencyMeter(() => time.now);
  return { time, traffic, histogram: traffic.latency.histogram, ...outbound(traffic) };
}

Deno.test("latency: a write's messages are counted when it is done, the sum is exact", async () => {
  const { time, out, finish, histogram, traffic } = metered();
  for (const readAt of [990, 996]) {
    out.pushPublish(FRAME, 0x30);
    out.published(0, readAt);
  }
  out.flush();
  time.now = 1001;
  assertEquals(histogram.view.count, 0, "it is not written yet");
  await finish();
  assertEquals([histogram.view.count, histogram.sum], [2, (11 + 5) * 1000]);
  assertEquals(traffic.publishSent, 2);
});

Deno.test("latency: what is pushed during a write belongs to the next one; a short write is not the end", async () => {
  const { time, out, finish, histogram } = metered();
  out.pushPublish(FRAME, 0x30);
  out.published(0, 999);
  out.flush();
  out.pushPublish(FRAME, 0x30);
  out.published(0, 1000);
  time.now = 1003;
  await finish(2);
  assertEquals(histogram.view.count, 0, "three bytes are left");
  await finish();
  assertEquals([histogram.view.count, histogram.sum], [1, 4000]);
  time.now = 1010;
  await finish();
  assertEquals([histogram.view.count, histogram.sum], [2, 14_000]);
});

Deno.test("latency: what has waited is not counted, nor anything while no one asks", async () => {
  const { out, finish, histogram, traffic } = metered();
  out.pushPublish(FRAME, 0x30);
  out.published(3, undefined);
  out.flush();
  await finish();
  assertEquals([histogram.view.count, traffic.payloadBytesSent], [0, 3]);
  traffic.latency = undefined;
  out.pushPublish(FRAME, 0x30);
  out.published(3, 999);
  out.flush();
  await finish();
  assertEquals(histogram.view.count, 0);
});

Deno.test("latency in a broker: each receiver of a message, with what a source took to decide", async () => {
  const measures = inlinePlugin((context) => {
    context.measure?.();
    return {};
  });
  const advance: { by?: (milliseconds: number) => void } = {};
  const slow = inlinePlugin({
    authorize: async ({ action }): Promise<Verdict> => {
      await Promise.resolve();
      if (action === "publish") advance.by!(30);
      return "allow";
    },
  });
  await using it = await ClockedBroker.start({
    plugins: { auth_anonymous: null, [measures]: null, [slow]: null },
  });
  advance.by = (milliseconds) => it.clock.advance(milliseconds);
  for (const name of ["a", "b"]) await (await it.open(name)).subscribed(["t", 0]);
  const sender = await it.open("c");
  await sender.publish("t", "x", { qos: 1 });
  await sender.raw.expectNothing();
  const { count, sum } = it.broker.metrics.deliveryLatency;
  assertEquals([count, sum], [2, 60_000]);
  assertEquals(it.broker.metrics.payloadBytesReceived, 1);
  assertEquals(it.broker.metrics.payloadBytesSent, 2);
});

Deno.test("latency in a broker: nothing is measured unless a plugin wants it", async () => {
  await using it = await ClockedBroker.start({ plugins: { auth_anonymous: null } });
  const reader = await it.open("a");
  await reader.subscribed(["t", 0]);
  const { raw } = await it.open("c");
  await raw.send(publish("t", "x"));
  assertEquals(await reader.payloads(1), ["x"]);
  assertEquals(it.broker.metrics.deliveryLatency.count, 0);
  assert(it.broker.metrics.residentMemory > 1e6);
});
