/** Clients that say they are bridges, by levels 0x83 and 0x84: no echo, and RETAIN as it was published. */
import { assertEquals } from "@std/assert";
import { ClockedBroker } from "../support/clocked_broker.ts";
import { connack, connect, pubrel } from "../support/raw_packets.ts";
import type { Peer } from "../conformance/peer.ts";

const KINDS = [{ level: 0x84 }, { level: 0x83, name: "MQIsdp" }] as const;

/** A bridge that is subscribed to everything, and a plain client. */
async function pair(it: ClockedBroker, kind: typeof KINDS[number], qos = 1): Promise<[Peer, Peer]> {
  const bridge = await it.keep("bridge", kind);
  await bridge.subscribed(["#", qos]);
  return [bridge, await it.open("plain")];
}

for (const kind of KINDS) {
  Deno.test(`a bridge of level ${kind.level} gets no echo, live or retained, and others get its messages`, async () => {
    await using it = await ClockedBroker.start();
    const [bridge, plain] = await pair(it, kind);
    await plain.subscribed(["#", 1]);
    for (const qos of [0, 1, 2]) await bridge.publish("t", `${qos}`, { qos, retain: true });
    await plain.gets("0/0", "1/1", "2/1");
    await bridge.nothing();
    await bridge.subscribed(["t", 1]);
    await bridge.nothing();
    await plain.publish("t", "theirs", { qos: 1, retain: true });
    await bridge.gets("theirs/1/r");
    await bridge.subscribed(["t", 1]);
    await bridge.gets("theirs/1/r");
  });

  Deno.test(`a bridge of level ${kind.level} gets RETAIN as it was published, also from the queue and again`, async () => {
    await using it = await ClockedBroker.start({ max_inflight: 1 });
    const [bridge, plain] = await pair(it, kind, 2);
    const publishAll = async () => {
      for (const [at, retain] of [true, false, true].entries()) {
        await plain.publish("t", `${at}`, { qos: at, retain });
      }
    };
    await publishAll();
    await bridge.gets("0/0/r", "1/1", "2/2/r");
    await publishAll();
    await bridge.gets("0/0/r");
    assertEquals((await bridge.take()).payload, "1");
    await bridge.drop();
    const again = await it.keep("bridge", kind);
    await again.gets("1/1/dup", "2/2/r");
    await again.nothing();
  });
}

Deno.test("a client that is no bridge gets its own messages, without RETAIN", async () => {
  await using it = await ClockedBroker.start();
  const client = await it.open("c");
  await client.subscribed(["#", 1]);
  await client.publish("t", "x", { qos: 1, retain: true });
  await client.gets("x/1");
});

Deno.test("a shared subscription leaves a bridge out for its own messages", async () => {
  await using it = await ClockedBroker.start();
  const bridge = await it.open("bridge", { level: 0x84 });
  const other = await it.open("other");
  for (const one of [bridge, other]) await one.subscribed(["$share/g/t", 1]);
  for (let i = 0; i < 4; i++) await bridge.publish("t", `${i}`, { qos: 1 });
  await other.gets("0/1", "1/1", "2/1", "3/1");
  await bridge.nothing();
});

Deno.test("other levels with the highest bit are refused, as are names that do not fit", async () => {
  await using it = await ClockedBroker.start();
  for (
    const [name, level] of [["MQTT", 0x85], ["MQTT", 0x83], ["MQIsdp", 0x84], [
      "MQTT",
      0x80,
    ]] as const
  ) {
    const raw = await it.dial();
    await raw.send(connect({ clientId: "c", name, level }));
    await raw.expect(connack(false, 1));
    await raw.expectClosed();
  }
  const { raw } = await it.open("c", { level: 0x84 });
  await raw.send(pubrel(1));
  await raw.expectPacket("PUBCOMP");
});
