/**
 * Sessions: clean session (section 3.1.2.4), session present (3.2.2.2), storing state (4.1), queues for
 * absent clients (4.5).
 */
import { pubrel } from "../../support/raw_packets.ts";
import { equal } from "../checks.ts";
import { type Sequence, sequence } from "../sequence.ts";
import type { Stage } from "../stage.ts";

/** A kept session that is subscribed to `filter` and then left in good order. */
async function absent(stage: Stage, filter: string, qos: number): Promise<string> {
  const peer = await stage.keep();
  await peer.subscribed([filter, qos]);
  await peer.disconnect();
  return peer.clientId;
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
        await (await stage.open()).publishAll(stage.topic("t"), qos, NUMBERED);
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
      await publisher.publishAll(stage.topic("t"), qos, NUMBERED);
      const peer = await stage.keep(clientId);
      await publisher.publish(stage.topic("t"), "new", { qos });
      equal(await peer.payloads(NUMBERED.length + 1), [...NUMBERED, "new"]);
    }),
    sequence(
      "4.1.0-1 3.1.2-5",
      `keeps a QoS ${qos} queue over a connection that read nothing`,
      async (stage) => {
        const clientId = await absent(stage, stage.topic("t"), qos);
        await (await stage.open()).publishAll(stage.topic("t"), qos, NUMBERED);
        await (await stage.keep(clientId)).drop();
        const peer = await stage.keep(clientId);
        equal(await peer.payloads(NUMBERED.length), NUMBERED);
      },
    ),
    sequence("3.2.0-1", `sends CONNACK before a queued QoS ${qos} message`, async (stage) => {
      const clientId = await absent(stage, stage.topic("t"), qos);
      await (await stage.open()).publish(stage.topic("t"), "x", { qos });
      const client = await stage.sent(stage.words.connect({ clientId, cleanSession: false }));
      const { body } = await client.expectPacket("CONNACK");
      equal([body[0], body[1]], [1, 0]);
      equal(stage.words.message(await client.expectPacket("PUBLISH")).payload, "x");
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
      const peer = await stage.open();
      const { raw } = peer;
      await raw.send(stage.words.publish(stage.topic("t"), "x", { qos: 2, id: 5 }));
      await peer.acked("PUBREC", 5);
      await raw.send(stage.words.publish(stage.topic("t"), "x", { qos: 2, id: 5, dup: true }));
      await peer.acked("PUBREC", 5);
      await raw.send(pubrel(5));
      await peer.acked("PUBCOMP", 5);
      equal((await (await stage.keep(clientId)).drain()).length, 1);
    },
  ),
];

export const SESSIONS: Sequence[] = [...PRESENT, ...RESUMED, ...QUEUE];
