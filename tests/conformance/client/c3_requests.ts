/**
 * Sections 3.8 to 3.10 and 4.7: what Midge's client asks, and what it refuses to ask.
 */
import { suback, subscribe, toHex, unsuback, unsubscribe } from "../../support/raw_packets.ts";
import { equal } from "../checks.ts";
import { nothingSent } from "../client_stage.ts";
import { type ClientSequence, clientSequence } from "../sequence.ts";

const BAD_TOPICS = ["", "a/#", "+", "a\0b", "\ud800", "x".repeat(65_536)];
const BAD_FILTERS = ["", "a#", "a/#/b", "+a", "a\0b", "\ud800", "x".repeat(65_536)];

/** The promise is rejected. */
async function rejects(attempt: () => Promise<unknown>): Promise<void> {
  let resolved = false;
  try {
    await attempt();
    resolved = true;
  } catch {
    // What it says is the client's own business.
  }
  if (resolved) throw new Error("the client did it");
}

export const REQUESTS: ClientSequence[] = [
  clientSequence(
    "3.8.1-1 3.8.3-1 3.8.3-3 2.3.1-1",
    "sends SUBSCRIBE, byte by byte",
    async (stage) => {
      const { client, broker } = await stage.connected();
      const subscribed = client.subscribe([{ topicFilter: "é/+", qos: 1 }, {
        topicFilter: "#",
        qos: 2,
      }]);
      const packet = await broker.expectPacket("SUBSCRIBE");
      const id = packet.body[0]! << 8 | packet.body[1]!;
      if (id === 0) throw new Error("packet id 0");
      equal(toHex(packet.bytes), toHex(subscribe(id, ["é/+", 1], ["#", 2])));
      await broker.send(suback(id, 1, 2));
      equal(await subscribed, [1, 2]);
    },
  ),
  clientSequence("3.10.1-1 3.10.3-1 3.10.3-2", "sends UNSUBSCRIBE, byte by byte", async (stage) => {
    const { client, broker } = await stage.connected();
    const done = client.unsubscribe(["é/+", "#"]);
    const packet = await broker.expectPacket("UNSUBSCRIBE");
    const id = packet.body[0]! << 8 | packet.body[1]!;
    equal(toHex(packet.bytes), toHex(unsubscribe(id, "é/+", "#")));
    await broker.send(unsuback(id));
    await done;
  }),
  clientSequence(
    "3.8.3-3 3.10.3-2",
    "sends no SUBSCRIBE or UNSUBSCRIBE without filters",
    async (stage) => {
      const { client, broker } = await stage.connected();
      await rejects(() => client.subscribe([]));
      await rejects(() => client.unsubscribe([]));
      await nothingSent(client, broker);
    },
  ),
  clientSequence(
    "4.7.1-1 4.7.3-1 4.7.3-2 4.7.3-3 3.3.2-1 3.3.2-2",
    "sends no PUBLISH to what is no topic name",
    async (stage) => {
      const { client, broker } = await stage.connected();
      for (const topic of BAD_TOPICS) await rejects(() => client.publish(topic, "x"));
      await nothingSent(client, broker);
    },
  ),
  clientSequence(
    "4.7.1-2 4.7.1-3 4.7.3-1 4.7.3-2 4.7.3-3",
    "sends no SUBSCRIBE of what is no filter",
    async (stage) => {
      const { client, broker } = await stage.connected();
      for (const filter of BAD_FILTERS) await rejects(() => client.subscribe(filter));
      await nothingSent(client, broker);
    },
  ),
];
