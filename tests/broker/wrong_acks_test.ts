/** Acknowledgements that the state of their packet id does not allow: closed; and what only looks wrong: answered. */
import { assertEquals } from "@std/assert";
import { ClockedBroker } from "../support/clocked_broker.ts";
import { puback, pubcomp, publish, pubrec, pubrel } from "../support/raw_packets.ts";
import type { Peer } from "../conformance/peer.ts";

const ACKS = { PUBACK: puback, PUBREC: pubrec, PUBCOMP: pubcomp };
type Ack = keyof typeof ACKS;

/** How far a delivery is, and which acknowledgements of its id are no violation then. */
const STATES: { state: string; qos: number; done: Ack[]; legal: Ack[] }[] = [
  { state: "QoS 1 sent", qos: 1, done: [], legal: ["PUBACK"] },
  { state: "QoS 1 done", qos: 1, done: ["PUBACK"], legal: ["PUBACK", "PUBREC", "PUBCOMP"] },
  { state: "QoS 2 sent", qos: 2, done: [], legal: ["PUBREC"] },
  { state: "PUBREL sent", qos: 2, done: ["PUBREC"], legal: ["PUBREC", "PUBCOMP"] },
  {
    state: "QoS 2 done",
    qos: 2,
    done: ["PUBREC", "PUBCOMP"],
    legal: ["PUBACK", "PUBREC", "PUBCOMP"],
  },
];

/** A subscriber that has got one message and has gone so far with it. */
async function deliveredTo(it: ClockedBroker, qos: number, done: Ack[]): Promise<[Peer, number]> {
  const subscriber = await it.open("subscriber");
  await subscriber.subscribed(["t", qos]);
  await (await it.open("publisher")).publish("t", "x", { qos });
  const { id } = await subscriber.take();
  for (const ack of done) {
    await subscriber.raw.send(ACKS[ack](id));
    if (ack === "PUBREC") await subscriber.raw.expect(pubrel(id));
  }
  return [subscriber, id];
}

for (const { state, qos, done, legal } of STATES) {
  Deno.test(`${state}: of the acknowledgements only ${legal.join(", ")} may come`, async () => {
    for (const ack of ["PUBACK", "PUBREC", "PUBCOMP"] as const) {
      await using it = await ClockedBroker.start();
      const [subscriber, id] = await deliveredTo(it, qos, done);
      await subscriber.raw.sendAnyway(ACKS[ack](id));
      if (legal.includes(ack)) {
        if (ack === "PUBREC") await subscriber.raw.expect(pubrel(id));
        await subscriber.ping();
      } else {
        await subscriber.raw.expectClosed();
        const lines = it.logged(`closed: ${ack} for packet id ${id}`);
        assertEquals([lines.length, lines[0]?.includes("[MQTT-4.8.0-1]")], [1, true], ack);
      }
    }
  });
}

Deno.test("the message that was acknowledged wrongly comes again", async () => {
  await using it = await ClockedBroker.start({ max_inflight: 1 });
  const subscriber = await it.keep("s");
  await subscriber.subscribed(["t", 1]);
  const publisher = await it.open("p");
  await publisher.publishAll("t", 1, ["one", "two"]);
  const { id } = await subscriber.take();
  await subscriber.raw.sendAnyway(pubrec(id));
  await subscriber.raw.expectClosed();
  const again = await it.keep("s");
  await again.gets("one/1/dup", "two/1");
});

Deno.test("PUBREL for an id that is not known, or is that of a QoS 1 message, gets PUBCOMP", async () => {
  await using it = await ClockedBroker.start();
  const { raw } = await it.open("c");
  await raw.send(pubrel(7));
  await raw.expect(pubcomp(7));
  await raw.send(publish("t", "x", { qos: 1, id: 8 }), pubrel(8));
  await raw.expect(puback(8), pubcomp(8));
});
