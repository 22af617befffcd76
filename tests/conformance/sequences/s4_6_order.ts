/**
 * Section 4.6, the order of messages and of acknowledgements.
 */
import { bytes, puback, pubcomp, pubrec, pubrel } from "../../support/raw_packets.ts";
import { type Sequence, sequence } from "../sequence.ts";
import type { Stage } from "../stage.ts";

const NUMBERS = Array.from({ length: 200 }, (_, i) => `${i}`);

async function inOneWrite(stage: Stage, qos: number): Promise<void> {
  const peer = await stage.subscriber(stage.topic("t"), qos);
  const publisher = await stage.open();
  const packets = NUMBERS.map((text, i) =>
    stage.words.publish(stage.topic("t"), text, { qos, id: i + 1 })
  );
  await publisher.raw.send(bytes(...packets));
  if (qos === 2) {
    for (const i of NUMBERS.keys()) await publisher.acked("PUBREC", i + 1);
    await publisher.raw.send(bytes(...packets.map((_, i) => pubrel(i + 1))));
  }
  const got = await peer.payloads(NUMBERS.length);
  if (`${got}` !== `${NUMBERS}`) throw new Error(`order ${got}`);
  for (const i of NUMBERS.keys()) {
    if (qos > 0) await publisher.acked(qos === 1 ? "PUBACK" : "PUBCOMP", i + 1);
  }
}

async function inOrder(stage: Stage, publisherQos: number, subscriberQos: number): Promise<void> {
  const peer = await stage.subscriber(stage.topic("t"), subscriberQos);
  const publisher = await stage.open();
  for (const text of NUMBERS.slice(0, 50)) {
    await publisher.publish(stage.topic("t"), text, { qos: publisherQos });
  }
  const got = await peer.payloads(50);
  if (`${got}` !== `${NUMBERS.slice(0, 50)}`) throw new Error(`order ${got}`);
}

/** Several deliveries are acknowledged backwards; the answers come in the order of the acks. */
async function answersInOrder(stage: Stage): Promise<void> {
  const peer = await stage.subscriber(stage.topic("t"), 2);
  const publisher = await stage.open();
  for (const text of ["a", "b", "c"]) await publisher.publish(stage.topic("t"), text, { qos: 2 });
  const ids = [(await peer.take()).id, (await peer.take()).id, (await peer.take()).id].reverse();
  for (const id of ids) await peer.raw.send(pubrec(id));
  for (const id of ids) await peer.acked("PUBREL", id);
  for (const id of ids) await peer.raw.send(pubcomp(id));
  await peer.nothing();
}

async function acksInOrder(stage: Stage): Promise<void> {
  const peer = await stage.open();
  const { raw } = peer;
  const ids = [9, 3, 7, 1, 8];
  await raw.send(
    bytes(...ids.map((id) => stage.words.publish(stage.topic("t"), "x", { qos: 1, id }))),
  );
  await peer.acked("PUBACK", ...ids);
  await raw.send(
    bytes(...ids.map((id) => stage.words.publish(stage.topic("t"), "x", { qos: 2, id }))),
  );
  await peer.acked("PUBREC", ...ids);
  await raw.send(bytes(...ids.map(pubrel)));
  await peer.acked("PUBCOMP", ...ids);
}

export const ORDER: Sequence[] = [
  ...[0, 1, 2].map((qos) =>
    sequence(
      "4.6.0-5 4.6.0-6 4.2.0-1",
      `delivers 200 QoS ${qos} messages of one write in their order`,
      (stage) => inOneWrite(stage, qos),
      { habit: qos === 2 }, // how many may be under way is a broker's own choice
    )
  ),
  ...[[1, 0], [2, 0], [2, 1]].map(([from, to]) =>
    sequence(
      "4.6.0-6 4.6.0-5",
      `keeps the order from QoS ${from} to QoS ${to}`,
      (stage) => inOrder(stage, from!, to!),
    )
  ),
  sequence("4.6.0-2 4.6.0-3 4.6.0-6", "acknowledges in the order of the PUBLISHes", acksInOrder),
  sequence("4.6.0-4 4.6.0-6", "sends PUBREL in the order of the PUBRECs", answersInOrder),
  sequence("4.6.0-6", "keeps the order of each of several publishers", async (stage) => {
    const peer = await stage.subscriber(stage.topic("t"), 1);
    const publishers = await Promise.all([0, 1, 2, 3].map(() => stage.open()));
    await Promise.all(publishers.map(async (publisher, who) => {
      for (let i = 0; i < 20; i++) {
        await publisher.publish(stage.topic("t"), `${who}:${i}`, { qos: 1 });
      }
    }));
    const next = new Map<string, number>();
    for (const payload of await peer.payloads(80)) {
      const [who = "", number] = payload.split(":");
      const wanted = next.get(who) ?? 0;
      if (number !== `${wanted}`) throw new Error(`expected ${who}:${wanted}, got ${payload}`);
      next.set(who, wanted + 1);
    }
  }),
  sequence(
    "4.6.0-1 4.4.0-1",
    "sends again in the first order, also where PUBACKs came in another",
    async (stage) => {
      const peer = await stage.keep();
      await peer.subscribed([stage.topic("t"), 1]);
      const publisher = await stage.open();
      for (const text of ["a", "b", "c", "d", "e"]) {
        await publisher.publish(
          stage.topic("t"),
          text,
          { qos: 1 },
        );
      }
      const ids: number[] = [];
      for (let i = 0; i < 5; i++) ids.push((await peer.take()).id);
      await peer.raw.send(puback(ids[3]!), puback(ids[1]!));
      await peer.ping();
      await peer.drop();
      const got = await (await stage.keep(peer.clientId)).payloads(3);
      if (`${got}` !== "a,c,e") throw new Error(`${got}`);
    },
  ),
];
