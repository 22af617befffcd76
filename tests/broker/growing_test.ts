/** Keep-alive while one packet takes long to come: its bytes count, while there are enough of them, after CONNECT. */
import { assertEquals } from "@std/assert";
import { ClockedBroker } from "../support/clocked_broker.ts";
import { connect, puback, publish } from "../support/raw_packets.ts";
import type { RawClient } from "../support/raw_client.ts";
import { until } from "../support/until.ts";

const KEEP_ALIVE_MS = 10_000;

/** Sends these bytes and waits until the broker has read them. */
async function give(it: ClockedBroker, client: RawClient, bytes: Uint8Array): Promise<void> {
  const before = it.broker.metrics.bytesReceived;
  await client.send(bytes);
  await until(() => it.broker.metrics.bytesReceived >= before + bytes.length, "the bytes");
}

/** Sends a part of a packet every so often; true when the connection lives to its end. */
async function lives(it: ClockedBroker, size: number, each: number, ms: number): Promise<boolean> {
  const { raw } = await it.open("c", { keepAlive: KEEP_ALIVE_MS / 1000 });
  const packet = publish("t", new Uint8Array(size), { qos: 1, id: 3 });
  for (let at = 0; at < packet.length; at += each) {
    await give(it, raw, packet.subarray(at, at + each));
    if (at + each >= packet.length) break;
    it.clock.advance(ms);
    if (it.broker.clients.length === 0) return false;
  }
  await raw.expect(puback(3));
  return true;
}

Deno.test("a packet that grows by a kibibyte a keep-alive is waited for, larger than allowed too", async () => {
  await using it = await ClockedBroker.start({ max_packet_size: "20KiB" });
  assertEquals(await lives(it, 10_000, 1024, KEEP_ALIVE_MS), true);
  assertEquals(await lives(it, 30_000, 4000, KEEP_ALIVE_MS * 1.4), true);
});

Deno.test("many small parts count together", async () => {
  await using it = await ClockedBroker.start();
  assertEquals(await lives(it, 5000, 110, KEEP_ALIVE_MS / 10), true);
});

Deno.test("one that grows more slowly is cut", async () => {
  await using it = await ClockedBroker.start();
  assertEquals(await lives(it, 5000, 90, KEEP_ALIVE_MS / 10), false);
  assertEquals(await lives(it, 5000, 1023, KEEP_ALIVE_MS * 1.1), false);
  assertEquals(it.logged("keep-alive time-out").length, 2);
});

Deno.test("before CONNECT nothing of the kind counts", async () => {
  await using it = await ClockedBroker.start({ connect_timeout: "10s" });
  const client = await it.dial();
  const packet = connect({ clientId: "c", username: "u".repeat(60_000), keepAlive: 10 });
  for (let at = 0; at < 20_000; at += 5000) {
    await give(it, client, packet.subarray(at, at + 5000));
    it.clock.advance(2450);
  }
  it.clock.advance(500);
  await client.expectClosed();
});
