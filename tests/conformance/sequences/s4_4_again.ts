/**
 * Section 4.4, delivering again after reconnection, in both directions.
 */
import { puback, pubcomp, pubrec, pubrel, toHex } from "../../support/raw_packets.ts";
import { equal } from "../checks.ts";
import { type Sequence, sequence } from "../sequence.ts";
import type { Stage } from "../stage.ts";

const NUMBERED = Array.from({ length: 10 }, (_, i) => `m${i}`);

/** A kept session with `count` messages sent and not acknowledged, then dropped. */
async function unacknowledged(stage: Stage, qos: number, count: number) {
  const peer = await stage.keep();
  await peer.subscribed([stage.topic("t"), qos]);
  await (await stage.open()).publishAll(stage.topic("t"), qos, NUMBERED.slice(0, count));
  const sent = [];
  for (let i = 0; i < count; i++) sent.push(await peer.take());
  return { peer, sent };
}

/** After reconnection the same messages come with the same ids, in order, with DUP. */
async function sendsAgain(stage: Stage, qos: number): Promise<void> {
  const { peer, sent } = await unacknowledged(stage, qos, 5);
  await peer.drop();
  const again = await stage.keep(peer.clientId);
  for (const first of sent) {
    const got = await again.take();
    equal([got.payload, got.id, got.qos, got.dup], [first.payload, first.id, qos, true]);
  }
}

async function sendsAgainAfterTakeover(stage: Stage): Promise<void> {
  const { peer, sent } = await unacknowledged(stage, 1, 3);
  const again = await stage.keep(peer.clientId);
  for (const first of sent) {
    const got = await again.take();
    equal([got.payload, got.id, got.dup], [first.payload, first.id, true]);
  }
}

async function sendsOnlyTheRestAgain(stage: Stage): Promise<void> {
  const { peer, sent } = await unacknowledged(stage, 1, 4);
  await peer.raw.send(puback(sent[0]!.id), puback(sent[2]!.id));
  await peer.ping();
  await peer.drop();
  const again = await stage.keep(peer.clientId);
  equal(await again.payloads(2), ["m1", "m3"]);
  await again.nothing();
}

/** PUBREC was sent: what comes again is PUBREL, never PUBLISH. */
async function sendsPubrelAgain(stage: Stage): Promise<void> {
  const { peer, sent } = await unacknowledged(stage, 2, 3);
  for (const { id } of sent) {
    await peer.raw.send(pubrec(id));
    await peer.acked("PUBREL", id);
  }
  await peer.drop();
  const again = await stage.keep(peer.clientId);
  for (const { id } of sent) await again.acked("PUBREL", id);
  for (const { id } of sent) await again.raw.send(pubcomp(id));
  await again.nothing();
  await again.drop();
  await (await stage.keep(peer.clientId)).nothing();
}

/** One message waits for PUBREC, one for PUBCOMP; each is taken up where it stood. */
async function sendsBothAgain(stage: Stage): Promise<void> {
  const { peer, sent } = await unacknowledged(stage, 2, 2);
  await peer.raw.send(pubrec(sent[0]!.id));
  await peer.acked("PUBREL", sent[0]!.id);
  await peer.drop();
  const again = await stage.keep(peer.clientId);
  const packets = [await again.raw.nextPacket(), await again.raw.nextPacket()];
  const types = packets.map((packet) => packet?.type).sort();
  if (`${types}` !== "3,6") {
    throw new Error(`came again: ${packets.map((packet) => toHex(packet!.bytes))}`);
  }
}

export const AGAIN: Sequence[] = [
  sequence(
    "4.4.0-1 3.3.1-1 4.6.0-6",
    "sends unacknowledged QoS 1 messages again, DUP, in order",
    (stage) => sendsAgain(stage, 1),
  ),
  sequence(
    "4.4.0-1 3.3.1-1 4.6.0-6",
    "sends unacknowledged QoS 2 messages again, DUP, in order",
    (stage) => sendsAgain(stage, 2),
  ),
  sequence(
    "4.4.0-1 3.1.4-2",
    "sends unacknowledged messages again to the one who took over",
    sendsAgainAfterTakeover,
  ),
  sequence("4.4.0-1 4.3.2-1", "sends again only what was not acknowledged", sendsOnlyTheRestAgain),
  sequence("4.4.0-1 4.3.3-1", "sends PUBREL again, and PUBLISH no more", sendsPubrelAgain),
  sequence("4.4.0-1", "sends PUBLISH and PUBREL again, each where it stood", sendsBothAgain),
  sequence("4.4.0-1 4.6.0-6", "sends again before what was queued meanwhile", async (stage) => {
    const { peer } = await unacknowledged(stage, 1, 2);
    await peer.drop();
    await (await stage.open()).publishAll(stage.topic("t"), 1, ["n0", "n1"]);
    equal(await (await stage.keep(peer.clientId)).payloads(4), ["m0", "m1", "n0", "n1"]);
  }),
  sequence(
    "4.4.0-1 4.6.0-6",
    "goes on with 100 messages where a lost connection stopped them",
    async (stage) => {
      const peer = await stage.keep();
      await peer.subscribed([stage.topic("t"), 1]);
      const all = Array.from({ length: 100 }, (_, i) => `${i}`);
      await (await stage.open()).publishAll(stage.topic("t"), 1, all);
      await peer.payloads(10);
      await peer.ping();
      await peer.drop();
      equal(await (await stage.keep(peer.clientId)).payloads(90), all.slice(10));
    },
  ),
  ...[1, 2].map((qos) =>
    sequence("4.4.0-1", `sends 100,000 bytes at QoS ${qos} again unchanged`, async (stage) => {
      const peer = await stage.keep();
      await peer.subscribed([stage.topic("t"), qos]);
      const payload = Uint8Array.from({ length: 100_000 }, (_, i) => i % 253);
      await (await stage.open()).publish(stage.topic("t"), payload, { qos });
      const first = await peer.take();
      await peer.drop();
      const again = await stage.keep(peer.clientId);
      await again.raw.expect(
        stage.words.publish(stage.topic("t"), payload, { qos, id: first.id, dup: true }),
      );
    })
  ),
  sequence(
    "4.3.3-1 2.3.1-4",
    "uses no id that waits for PUBCOMP for a new message",
    async (stage) => {
      const { peer, sent } = await unacknowledged(stage, 2, 1);
      await peer.raw.send(pubrec(sent[0]!.id));
      await peer.acked("PUBREL", sent[0]!.id);
      await peer.drop();
      const again = await stage.keep(peer.clientId);
      await again.acked("PUBREL", sent[0]!.id);
      await (await stage.open()).publish(stage.topic("t"), "new", { qos: 2 });
      const { id } = await again.take();
      if (id === sent[0]!.id) throw new Error(`id ${id} is in use`);
    },
  ),
  sequence("4.4.0-1", "sends again at every reconnection", async (stage) => {
    const { peer, sent } = await unacknowledged(stage, 1, 1);
    await peer.drop();
    for (let i = 0; i < 3; i++) {
      const again = await stage.keep(peer.clientId);
      const got = await again.take();
      equal([got.id, got.dup], [sent[0]!.id, true]);
      await again.drop();
    }
  }),
  sequence("4.4.0-1", "sends nothing again while the connection lasts", async (stage) => {
    const { peer } = await unacknowledged(stage, 1, 3);
    await peer.nothing();
  }),
  sequence("3.1.2-6", "sends nothing again to a clean session", async (stage) => {
    const { peer } = await unacknowledged(stage, 1, 3);
    await peer.drop();
    await (await stage.open({ clientId: peer.clientId })).nothing();
  }),
  sequence("4.4.0-1 2.3.1-4", "uses no id of a message sent again for a new one", async (stage) => {
    const { peer, sent } = await unacknowledged(stage, 1, 3);
    await peer.drop();
    const again = await stage.keep(peer.clientId);
    for (let i = 0; i < 3; i++) await again.take();
    await (await stage.open()).publish(stage.topic("t"), "new", { qos: 1 });
    const { id } = await again.take();
    if (sent.some((message) => message.id === id)) throw new Error(`id ${id} is in use`);
  }),
  sequence("4.4.0-1 4.3.3-2", "knows a client's QoS 2 id after reconnection", async (stage) => {
    const watcher = await stage.subscriber(stage.topic("t"), 2);
    const peer = await stage.keep();
    await peer.raw.send(stage.words.publish(stage.topic("t"), "x", { qos: 2, id: 9 }));
    await peer.acked("PUBREC", 9);
    await peer.drop();
    const again = await stage.keep(peer.clientId);
    await again.raw.send(stage.words.publish(stage.topic("t"), "x", { qos: 2, id: 9, dup: true }));
    await again.acked("PUBREC", 9);
    await again.raw.send(pubrel(9));
    await again.acked("PUBCOMP", 9);
    equal((await watcher.receive()).payload, "x");
    await watcher.nothing();
  }),
  sequence("4.4.0-1 4.3.3-2", "completes a client's PUBREL after reconnection", async (stage) => {
    const watcher = await stage.subscriber(stage.topic("t"), 2);
    const peer = await stage.keep();
    await peer.raw.send(stage.words.publish(stage.topic("t"), "x", { qos: 2, id: 9 }));
    await peer.acked("PUBREC", 9);
    await peer.drop();
    const again = await stage.keep(peer.clientId);
    await again.raw.send(pubrel(9));
    await again.acked("PUBCOMP", 9);
    equal((await watcher.receive()).payload, "x");
    await watcher.nothing();
  }),
  sequence("3.1.2-6 4.3.3-2", "takes a QoS 2 id as new after clean session 1", async (stage) => {
    const watcher = await stage.subscriber(stage.topic("t"), 2);
    const peer = await stage.keep();
    await peer.raw.send(stage.words.publish(stage.topic("t"), "one", { qos: 2, id: 9 }), pubrel(9));
    await peer.acked("PUBREC", 9);
    await peer.acked("PUBCOMP", 9);
    await peer.raw.send(stage.words.publish(stage.topic("u"), "unfinished", { qos: 2, id: 10 }));
    await peer.acked("PUBREC", 10);
    await peer.drop();
    const clean = await stage.open({ clientId: peer.clientId });
    await clean.raw.send(
      stage.words.publish(stage.topic("t"), "two", { qos: 2, id: 10 }),
      pubrel(10),
    );
    await clean.acked("PUBREC", 10);
    await clean.acked("PUBCOMP", 10);
    equal(await watcher.payloads(2), ["one", "two"]);
  }),
];
