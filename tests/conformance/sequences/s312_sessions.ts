/**
 * Sessions: sections 3.1.2.4 (clean session), 3.1.4 (takeover), 3.2.2.2 (session present), 4.1
 * (storing state), 4.4 (delivering again), 4.5 (queues for absent clients).
 */
import {
  bytes,
  connack,
  connect,
  puback,
  pubcomp,
  publish,
  pubrec,
  pubrel,
  toHex,
} from "../../support/raw_packets.ts";
import { type Sequence, sequence } from "../sequence.ts";
import type { Peer } from "../peer.ts";
import type { Stage } from "../stage.ts";

function equal(got: unknown, wanted: unknown): void {
  if (JSON.stringify(got) !== JSON.stringify(wanted)) {
    throw new Error(`expected ${JSON.stringify(wanted)}, got ${JSON.stringify(got)}`);
  }
}

/** A kept session that is subscribed to `filter` and then left in good order. */
async function absent(stage: Stage, filter: string, qos: number): Promise<string> {
  const peer = await stage.keep();
  await peer.subscribed([filter, qos]);
  await peer.disconnect();
  return peer.clientId;
}

/** Publishes `payloads` one after the other, each with its whole handshake. */
async function publishAll(
  peer: Peer,
  topic: string,
  qos: number,
  payloads: string[],
): Promise<void> {
  for (const payload of payloads) await peer.publish(topic, payload, { qos });
}

const NUMBERED = Array.from({ length: 10 }, (_, i) => `m${i}`);

const PRESENT: Sequence[] = [
  sequence(
    "3.2.2-3 3.1.2-4",
    "says session present 0 for a new session with clean session 0",
    async (stage) => {
      equal((await stage.keep()).sessionPresent, false);
    },
  ),
  sequence("3.2.2-2 3.1.2-4", "says session present 1 after DISCONNECT", async (stage) => {
    const peer = await stage.keep();
    await peer.disconnect();
    equal((await stage.keep(peer.clientId)).sessionPresent, true);
  }),
  sequence("3.2.2-2 4.1.0-1", "says session present 1 after a lost connection", async (stage) => {
    const peer = await stage.keep();
    await peer.drop();
    equal((await stage.keep(peer.clientId)).sessionPresent, true);
  }),
  sequence(
    "3.2.2-2",
    "says session present 1 when a living session is taken over",
    async (stage) => {
      const peer = await stage.keep();
      equal((await stage.keep(peer.clientId)).sessionPresent, true);
    },
  ),
  sequence(
    "3.2.2-1 3.1.2-6",
    "says session present 0 for clean session 1 over a stored session",
    async (stage) => {
      const peer = await stage.keep();
      await peer.disconnect();
      equal((await stage.open({ clientId: peer.clientId })).sessionPresent, false);
    },
  ),
  sequence(
    "3.2.2-1",
    "says session present 0 when clean session 1 takes a living session over",
    async (stage) => {
      const peer = await stage.keep();
      equal((await stage.open({ clientId: peer.clientId })).sessionPresent, false);
    },
  ),
  sequence("3.1.2-6 3.2.2-3", "keeps nothing of a clean session", async (stage) => {
    const peer = await stage.open();
    await peer.disconnect();
    equal((await stage.keep(peer.clientId)).sessionPresent, false);
  }),
  sequence(
    "3.1.2-6 3.2.2-3",
    "forgets a stored session for good at clean session 1",
    async (stage) => {
      const clientId = await absent(stage, stage.topic("t"), 1);
      await (await stage.open({ clientId })).disconnect();
      const again = await stage.keep(clientId);
      equal(again.sessionPresent, false);
      await (await stage.open()).publish(stage.topic("t"), "x", { qos: 1 });
      await again.nothing();
    },
  ),
  sequence("3.2.2-2 4.1.0-1", "keeps a session over several connections", async (stage) => {
    const clientId = await absent(stage, stage.topic("t"), 1);
    for (let i = 0; i < 3; i++) {
      const peer = await stage.keep(clientId);
      equal(peer.sessionPresent, true);
      await peer.disconnect();
    }
  }),
];

const RESUMED: Sequence[] = [
  sequence("3.1.2-4 4.1.0-1", "resumes the subscriptions of a session", async (stage) => {
    const peer = await stage.keep(await absent(stage, stage.topic("+"), 1));
    await (await stage.open()).publish(stage.topic("t"), "live", { qos: 1 });
    equal((await peer.receive()).payload, "live");
  }),
  sequence("3.1.2-4", "forgets an unsubscribed filter for the next connection", async (stage) => {
    const first = await stage.keep(await absent(stage, stage.topic("t"), 1));
    await first.unsubscribe(stage.topic("t"));
    await first.disconnect();
    await (await stage.open()).publish(stage.topic("t"), "x", { qos: 1 });
    await (await stage.keep(first.clientId)).nothing();
  }),
  sequence("3.1.2-6", "does not queue for a clean session", async (stage) => {
    const peer = await stage.open();
    await peer.subscribed([stage.topic("t"), 2]);
    await peer.disconnect();
    await (await stage.open()).publish(stage.topic("t"), "x", { qos: 2 });
    await (await stage.keep(peer.clientId)).nothing();
  }),
  sequence("3.1.2-6", "discards what was queued at clean session 1", async (stage) => {
    const clientId = await absent(stage, stage.topic("t"), 1);
    await (await stage.open()).publish(stage.topic("t"), "x", { qos: 1 });
    const clean = await stage.open({ clientId });
    await clean.nothing();
    await clean.disconnect();
    await (await stage.keep(clientId)).nothing();
  }),
  sequence("4.1.0-2", "keeps a clean session while its connection lasts", async (stage) => {
    const peer = await stage.subscriber(stage.topic("t"), 1);
    const publisher = await stage.open();
    for (const payload of NUMBERED) {
      await publisher.publish(stage.topic("t"), payload, { qos: 1 });
      equal((await peer.receive()).payload, payload);
    }
  }),
  sequence(
    "4.1.0-2 3.1.2-6",
    "keeps a clean session that took a stored one over usable",
    async (stage) => {
      const clientId = await absent(stage, stage.topic("old"), 1);
      const peer = await stage.open({ clientId });
      await peer.subscribed([stage.topic("new"), 1]);
      const publisher = await stage.open();
      await publisher.publish(stage.topic("old"), "old", { qos: 1 });
      await publisher.publish(stage.topic("new"), "new", { qos: 1 });
      equal((await peer.receive()).payload, "new");
      await peer.nothing();
    },
  ),
];

function queues(qos: number): Sequence[] {
  return [
    sequence(
      "3.1.2-5 4.5.0-1 4.6.0-6",
      `queues QoS ${qos} for an absent client, in order`,
      async (stage) => {
        const clientId = await absent(stage, stage.topic("t"), qos);
        await publishAll(await stage.open(), stage.topic("t"), qos, NUMBERED);
        const peer = await stage.keep(clientId);
        equal(await peer.payloads(NUMBERED.length), NUMBERED);
        await peer.nothing();
      },
    ),
    sequence("3.1.2-5", `delivers a queued QoS ${qos} message once`, async (stage) => {
      const clientId = await absent(stage, stage.topic("t"), qos);
      await (await stage.open()).publish(stage.topic("t"), "once", { qos });
      const peer = await stage.keep(clientId);
      equal((await peer.receive()).payload, "once");
      await peer.ping();
      await peer.disconnect();
      await (await stage.keep(clientId)).nothing();
    }),
    sequence("3.1.2-5 4.6.0-6", `puts new QoS ${qos} messages behind the queue`, async (stage) => {
      const clientId = await absent(stage, stage.topic("t"), qos);
      const publisher = await stage.open();
      await publishAll(publisher, stage.topic("t"), qos, NUMBERED);
      const peer = await stage.keep(clientId);
      await publisher.publish(stage.topic("t"), "new", { qos });
      equal(await peer.payloads(NUMBERED.length + 1), [...NUMBERED, "new"]);
    }),
    sequence(
      "4.1.0-1 3.1.2-5",
      `keeps a QoS ${qos} queue over a connection that read nothing`,
      async (stage) => {
        const clientId = await absent(stage, stage.topic("t"), qos);
        await publishAll(await stage.open(), stage.topic("t"), qos, NUMBERED);
        await (await stage.keep(clientId)).drop();
        const peer = await stage.keep(clientId);
        equal(await peer.payloads(NUMBERED.length), NUMBERED);
      },
    ),
    sequence("3.2.0-1", `sends CONNACK before a queued QoS ${qos} message`, async (stage) => {
      const clientId = await absent(stage, stage.topic("t"), qos);
      await (await stage.open()).publish(stage.topic("t"), "x", { qos });
      const client = await stage.sent(connect({ clientId, cleanSession: false }));
      await client.expect(connack(true, 0));
      equal((await client.expectPublish()).payload, "x");
    }),
    sequence(
      "3.1.2-5 3.3.1-9 3.3.1-3",
      `queues at QoS ${qos} without RETAIN and DUP`,
      async (stage) => {
        const clientId = await absent(stage, stage.topic("t"), qos);
        await (await stage.open()).publish(stage.topic("t"), "x", { qos, retain: true, dup: true });
        const got = await (await stage.keep(clientId)).receive();
        equal([got.retain, got.dup, got.qos], [false, false, qos]);
      },
    ),
  ];
}

const QUEUE: Sequence[] = [
  ...queues(1),
  ...queues(2),
  sequence("4.5.0-1", "queues for every absent client with a matching filter", async (stage) => {
    const ids = await Promise.all(
      ["t", "+", "#"].map((filter) => absent(stage, stage.topic(filter), 1)),
    );
    await (await stage.open()).publish(stage.topic("t"), "x", { qos: 1 });
    for (const id of ids) equal((await (await stage.keep(id)).receive()).payload, "x");
  }),
  sequence("3.1.2-5 3.8.4-6", "queues at the lower of both QoS", async (stage) => {
    const clientId = await absent(stage, stage.topic("t"), 1);
    await (await stage.open()).publish(stage.topic("t"), "x", { qos: 2 });
    equal((await (await stage.keep(clientId)).receive()).qos, 1);
  }),
  sequence(
    "3.1.2-5",
    "may queue QoS 0 for an absent client, and sends it at QoS 0",
    async (stage) => {
      const clientId = await absent(stage, stage.topic("t"), 2);
      await (await stage.open()).publish(stage.topic("t"), "x");
      const got = await (await stage.keep(clientId)).drain();
      if (got.length > 1 || got.some(({ qos }) => qos !== 0)) {
        throw new Error(
          `${got.length} messages`,
        );
      }
    },
  ),
  sequence(
    "3.1.2-5 4.3.3-2",
    "queues a QoS 2 message once though it is published twice",
    async (stage) => {
      const clientId = await absent(stage, stage.topic("t"), 2);
      const { raw } = await stage.open();
      await raw.send(publish(stage.topic("t"), "x", { qos: 2, id: 5 }));
      await raw.expect(pubrec(5));
      await raw.send(publish(stage.topic("t"), "x", { qos: 2, id: 5, dup: true }));
      await raw.expect(pubrec(5));
      await raw.send(pubrel(5));
      await raw.expect(pubcomp(5));
      equal((await (await stage.keep(clientId)).drain()).length, 1);
    },
  ),
];

/** A kept session with `count` messages sent and not acknowledged, then dropped. */
async function unacknowledged(stage: Stage, qos: number, count: number) {
  const peer = await stage.keep();
  await peer.subscribed([stage.topic("t"), qos]);
  await publishAll(await stage.open(), stage.topic("t"), qos, NUMBERED.slice(0, count));
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
    await peer.raw.expect(pubrel(id));
  }
  await peer.drop();
  const again = await stage.keep(peer.clientId);
  for (const { id } of sent) await again.raw.expect(pubrel(id));
  for (const { id } of sent) await again.raw.send(pubcomp(id));
  await again.nothing();
  await again.drop();
  await (await stage.keep(peer.clientId)).nothing();
}

/** One message waits for PUBREC, one for PUBCOMP; each is taken up where it stood. */
async function sendsBothAgain(stage: Stage): Promise<void> {
  const { peer, sent } = await unacknowledged(stage, 2, 2);
  await peer.raw.send(pubrec(sent[0]!.id));
  await peer.raw.expect(pubrel(sent[0]!.id));
  await peer.drop();
  const again = await stage.keep(peer.clientId);
  const packets = [await again.raw.nextPacket(), await again.raw.nextPacket()];
  const types = packets.map((packet) => packet?.type).sort();
  if (`${types}` !== "3,6") {
    throw new Error(`came again: ${packets.map((packet) => toHex(packet!.bytes))}`);
  }
}

const AGAIN: Sequence[] = [
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
    await publishAll(await stage.open(), stage.topic("t"), 1, ["n0", "n1"]);
    equal(await (await stage.keep(peer.clientId)).payloads(4), ["m0", "m1", "n0", "n1"]);
  }),
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
    await peer.raw.send(publish(stage.topic("t"), "x", { qos: 2, id: 9 }));
    await peer.raw.expect(pubrec(9));
    await peer.drop();
    const again = await stage.keep(peer.clientId);
    await again.raw.send(publish(stage.topic("t"), "x", { qos: 2, id: 9, dup: true }));
    await again.raw.expect(pubrec(9));
    await again.raw.send(pubrel(9));
    await again.raw.expect(pubcomp(9));
    equal((await watcher.receive()).payload, "x");
    await watcher.nothing();
  }),
  sequence("4.4.0-1 4.3.3-2", "completes a client's PUBREL after reconnection", async (stage) => {
    const watcher = await stage.subscriber(stage.topic("t"), 2);
    const peer = await stage.keep();
    await peer.raw.send(publish(stage.topic("t"), "x", { qos: 2, id: 9 }));
    await peer.raw.expect(pubrec(9));
    await peer.drop();
    const again = await stage.keep(peer.clientId);
    await again.raw.send(pubrel(9));
    await again.raw.expect(pubcomp(9));
    equal((await watcher.receive()).payload, "x");
    await watcher.nothing();
  }),
  sequence("3.1.2-6 4.3.3-2", "takes a QoS 2 id as new after clean session 1", async (stage) => {
    const watcher = await stage.subscriber(stage.topic("t"), 2);
    const peer = await stage.keep();
    await peer.raw.send(publish(stage.topic("t"), "one", { qos: 2, id: 9 }), pubrel(9));
    await peer.raw.expect(pubrec(9), pubcomp(9));
    await peer.raw.send(publish(stage.topic("u"), "unfinished", { qos: 2, id: 10 }));
    await peer.raw.expect(pubrec(10));
    await peer.drop();
    const clean = await stage.open({ clientId: peer.clientId });
    await clean.raw.send(publish(stage.topic("t"), "two", { qos: 2, id: 10 }), pubrel(10));
    await clean.raw.expect(pubrec(10), pubcomp(10));
    equal(await watcher.payloads(2), ["one", "two"]);
  }),
];

const TAKEOVER: Sequence[] = [
  sequence("3.1.4-2 3.1.3-2", "ends the older connection of a client id", async (stage) => {
    const old = await stage.open();
    const fresh = await stage.open({ clientId: old.clientId });
    await old.raw.expectClosed();
    await fresh.nothing();
  }),
  sequence("3.1.4-2", "ends the older connection in every mix of clean session", async (stage) => {
    for (const [before, after] of [[true, false], [false, true], [false, false]] as const) {
      const old = await stage.open({ clientId: stage.newId(), cleanSession: before });
      const fresh = await stage.open({ clientId: old.clientId, cleanSession: after });
      await old.raw.expectClosed();
      await fresh.nothing();
    }
  }),
  sequence("3.1.4-2", "ends the older connection ten times over", async (stage) => {
    let old = await stage.open();
    for (let i = 0; i < 10; i++) {
      const fresh = await stage.open({ clientId: old.clientId });
      await old.raw.expectClosed();
      old = fresh;
    }
    await old.nothing();
  }),
  sequence(
    "3.1.4-2 3.1.2-4",
    "moves the subscriptions of a kept session to the new connection",
    async (stage) => {
      const old = await stage.keep();
      await old.subscribed([stage.topic("t"), 1]);
      const fresh = await stage.keep(old.clientId);
      await old.raw.expectClosed();
      await (await stage.open()).publish(stage.topic("t"), "x", { qos: 1 });
      equal((await fresh.receive()).payload, "x");
    },
  ),
  sequence(
    "3.1.4-3 3.1.2-6",
    "drops the subscriptions when clean session 1 takes over",
    async (stage) => {
      const old = await stage.subscriber(stage.topic("t"), 1);
      const fresh = await stage.open({ clientId: old.clientId });
      await old.raw.expectClosed();
      await (await stage.open()).publish(stage.topic("t"), "x", { qos: 1 });
      await fresh.nothing();
    },
  ),
  sequence(
    "3.1.4-2",
    "leaves the new connection alone when the old one's end is noticed late",
    async (stage) => {
      const old = await stage.keep();
      await old.subscribed([stage.topic("t"), 1]);
      const fresh = await stage.keep(old.clientId);
      await old.drop();
      await (await stage.open()).publish(stage.topic("t"), "x", { qos: 1 });
      equal((await fresh.receive()).payload, "x");
    },
  ),
  sequence(
    "3.1.4-2",
    "accepts the one of many simultaneous CONNECTs that comes last",
    async (stage) => {
      const clientId = stage.newId();
      const clients = await Promise.all(
        Array.from({ length: 8 }, () => stage.sent(connect({ clientId }))),
      );
      const ends = await Promise.all(clients.map(async (client) => {
        const packets = [];
        await client.sendAnyway(bytes(0xc0, 0));
        for (let packet = await client.nextPacket(); packet; packet = await client.nextPacket()) {
          packets.push(packet.type);
          if (packet.type === 13) break;
        }
        return packets.at(-1);
      }));
      if (!ends.includes(13)) throw new Error("no connection was left");
      const last = await stage.open({ clientId });
      await last.nothing();
    },
  ),
];

export const SESSIONS: Sequence[] = [...PRESENT, ...RESUMED, ...QUEUE, ...AGAIN, ...TAKEOVER];
