/**
 * Sections 4.3 to 4.6: the messages that Midge's client publishes.
 */
import type { RawClient } from "../../support/raw_client.ts";
import {
  bytes,
  parsePublish,
  puback,
  pubcomp,
  publish,
  pubrec,
  pubrel,
} from "../../support/raw_packets.ts";
import { equal } from "../checks.ts";
import { type ClientStage, nothingSent } from "../client_stage.ts";
import { type ClientSequence, clientSequence } from "../sequence.ts";

/** The packet id of the next packet of this type. */
async function idOf(broker: RawClient, type: string): Promise<number> {
  const { body } = await broker.expectPacket(type);
  return body[0]! << 8 | body[1]!;
}

/** Starts publications that nobody has answered yet; what becomes of them is not looked at. */
function publishAll(client: { publish: Publish }, qos: 0 | 1 | 2, payloads: string[]): void {
  for (const payload of payloads) client.publish("t", payload, { qos }).catch(() => {});
}
type Publish = (topic: string, payload: string, options: { qos: 0 | 1 | 2 }) => Promise<unknown>;

async function publishes(broker: RawClient, count: number) {
  const out = [];
  for (let i = 0; i < count; i++) out.push(parsePublish(await broker.expectPacket("PUBLISH")));
  return out;
}

/** Sends messages that the broker does not answer, drops the connection, and compares. */
async function sendsAgain(stage: ClientStage, qos: 1 | 2): Promise<void> {
  const { client, broker } = await stage.connected({ cleansession: false, client_id: "again" });
  publishAll(client, qos, ["a", "b", "c"]);
  const sent = await publishes(broker, 3);
  await broker.close();
  const again = await publishes((await stage.welcome(true)).broker, 3);
  equal(
    again.map(({ payload, id, dup }) => [payload, id, dup]),
    sent.map(({ payload, id }) => [payload, id, true]),
  );
}

export const PUBLISHING: ClientSequence[] = [
  clientSequence(
    "4.3.1-1 2.3.1-5 3.3.1-2",
    "publishes at QoS 0 without packet id and DUP",
    async (stage) => {
      const { client, broker } = await stage.connected();
      await client.publish("t", "x");
      await broker.expect(publish("t", "x"));
    },
  ),
  clientSequence(
    "2.3.1-1 2.3.1-2 4.3.2-1 4.3.3-1",
    "gives everything under way an id of its own",
    async (stage) => {
      const { client, broker } = await stage.connected();
      publishAll(client, 1, ["a", "b"]);
      publishAll(client, 2, ["c", "d"]);
      const sent = await publishes(broker, 4);
      client.subscribe("t").catch(() => {});
      const ids = [...sent.map(({ id }) => id), await idOf(broker, "SUBSCRIBE")];
      if (new Set(ids).size !== 5 || ids.includes(0)) throw new Error(`ids ${ids}`);
      if (sent.some(({ dup }) => dup)) throw new Error("DUP on a first attempt");
    },
  ),
  clientSequence("2.3.1-3 4.3.2-1", "is done with a QoS 1 message at PUBACK", async (stage) => {
    const { client, broker } = await stage.connected();
    const done = client.publish("t", "x", { qos: 1 });
    const { id } = parsePublish(await broker.expectPacket("PUBLISH"));
    await broker.send(puback(id));
    await done;
    await nothingSent(client, broker);
  }),
  clientSequence(
    "4.3.3-1 3.6.1-1 2.3.1-6",
    "sends PUBREL after PUBREC, and is done at PUBCOMP",
    async (stage) => {
      const { client, broker } = await stage.connected();
      const done = client.publish("t", "x", { qos: 2 });
      const { id } = parsePublish(await broker.expectPacket("PUBLISH"));
      await broker.send(pubrec(id));
      await broker.expect(pubrel(id));
      await broker.send(pubcomp(id));
      await done;
      await nothingSent(client, broker);
    },
  ),
  clientSequence(
    "4.4.0-1 3.3.1-1 4.6.0-1 2.3.1-3",
    "sends unacknowledged QoS 1 messages again, DUP, in order",
    (stage) => sendsAgain(stage, 1),
  ),
  clientSequence(
    "4.4.0-1 3.3.1-1 4.6.0-1 2.3.1-3",
    "sends unacknowledged QoS 2 messages again, DUP, in order",
    (stage) => sendsAgain(stage, 2),
  ),
  clientSequence("4.4.0-1 4.3.3-1", "sends PUBREL again, and PUBLISH no more", async (stage) => {
    const { client, broker } = await stage.connected({ cleansession: false, client_id: "again" });
    publishAll(client, 2, ["x"]);
    const { id } = parsePublish(await broker.expectPacket("PUBLISH"));
    await broker.send(pubrec(id));
    await broker.expect(pubrel(id));
    await broker.close();
    const { broker: again } = await stage.welcome(true);
    await again.expect(pubrel(id));
    await again.send(pubcomp(id));
    await nothingSent(client, again);
  }),
  clientSequence("4.6.0-4", "sends PUBREL in the order of the PUBRECs", async (stage) => {
    const { client, broker } = await stage.connected();
    publishAll(client, 2, ["a", "b", "c"]);
    const ids = (await publishes(broker, 3)).map(({ id }) => id).reverse();
    await broker.send(bytes(...ids.map(pubrec)));
    await broker.expect(...ids.map(pubrel));
  }),
];
