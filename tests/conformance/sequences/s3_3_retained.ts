/**
 * Section 3.3.1.3, retained messages.
 */
import { type Sequence, sequence } from "../sequence.ts";
import type { Stage } from "../stage.ts";

/** A fresh subscriber to `filter` gets exactly these retained messages, in any order. */
async function retainedAre(stage: Stage, filter: string, ...wanted: string[]): Promise<void> {
  const peer = await stage.open();
  await peer.subscribed([filter, 2]);
  const got: string[] = [];
  for (let i = 0; i < wanted.length; i++) got.push(await peer.next());
  await peer.nothing();
  if (`${got.toSorted()}` !== `${wanted.toSorted()}`) {
    throw new Error(`expected ${wanted}, got ${got}`);
  }
}

function retain(stage: Stage, topic: string, payload: string, qos = 0): Promise<void> {
  return stage.open().then((peer) =>
    peer.publish(stage.topic(topic), payload, { qos, retain: true })
  );
}

const MANY = Array.from({ length: 100 }, (_, i) => `r${i}`);

async function retainMany(stage: Stage, qos: number): Promise<void> {
  const publisher = await stage.open();
  for (const name of MANY) await publisher.publish(stage.topic(name), name, { qos, retain: true });
}

export const RETAINED: Sequence[] = [
  ...[0, 1, 2].flatMap((qos) => [
    sequence(
      "3.3.1-5 3.3.1-6 3.3.1-8",
      `sends a message retained at QoS ${qos} to a later subscriber`,
      async (stage) => {
        await retain(stage, "t", "kept", qos);
        await retainedAre(stage, stage.topic("t"), `kept/${qos}/r`);
      },
    ),
    sequence(
      "3.3.1-9",
      `passes a retained message on at QoS ${qos} with RETAIN 0`,
      async (stage) => {
        const peer = await stage.subscriber(stage.topic("t"), 2);
        await retain(stage, "t", "live", qos);
        await peer.gets(`live/${qos}`);
      },
    ),
    sequence(
      "3.3.1-10 3.3.1-11",
      `removes the retained message by an empty one at QoS ${qos}`,
      async (stage) => {
        await retain(stage, "t", "old", qos);
        await retain(stage, "t", "", qos);
        await retainedAre(stage, stage.topic("t"));
      },
    ),
    sequence(
      "3.3.1-7 3.3.1-5",
      `replaces a retained message by one at QoS ${qos}`,
      async (stage) => {
        await retain(stage, "t", "old", 1);
        await retain(stage, "t", "new", qos);
        await retainedAre(stage, stage.topic("t"), `new/${qos}/r`);
      },
    ),
    sequence(
      "3.3.1-12",
      `leaves the retained message alone at a QoS ${qos} message without RETAIN`,
      async (stage) => {
        await retain(stage, "t", "kept", 1);
        await (await stage.open()).publish(stage.topic("t"), "passing", { qos });
        await (await stage.open()).publish(stage.topic("t"), "", { qos });
        await retainedAre(stage, stage.topic("t"), "kept/1/r");
      },
    ),
    sequence("3.3.1-12", `stores no QoS ${qos} message without RETAIN`, async (stage) => {
      await (await stage.open()).publish(stage.topic("t"), "passing", { qos });
      await retainedAre(stage, stage.topic("t"));
    }),
    sequence(
      "3.8.4-6 3.3.1-6",
      `sends a retained QoS 2 message at a granted QoS ${qos}`,
      async (stage) => {
        await retain(stage, "t", "kept", 2);
        await (await stage.subscriber(stage.topic("t"), qos)).gets(`kept/${qos}/r`);
      },
    ),
  ]),
  sequence("3.3.1-3 3.3.1-5", "stores a retained message without its DUP", async (stage) => {
    await (await stage.open()).publish(stage.topic("t"), "x", { qos: 1, dup: true, retain: true });
    await retainedAre(stage, stage.topic("t"), "x/1/r");
  }),
  sequence("3.3.1-10", "passes an empty retained message on to subscribers", async (stage) => {
    const peer = await stage.subscriber(stage.topic("t"), 1);
    await retain(stage, "t", "full", 1);
    await retain(stage, "t", "", 1);
    await peer.gets("full/1", "/1");
  }),
  sequence(
    "3.3.1-11",
    "stores no empty retained message on a topic that had none",
    async (stage) => {
      await retain(stage, "t", "");
      await retainedAre(stage, stage.topic("t"));
    },
  ),
  sequence(
    "3.3.1-6",
    "sends the retained message of every topic that matches a wildcard",
    async (stage) => {
      await retain(stage, "a", "A", 1);
      await retain(stage, "b", "B", 1);
      await retain(stage, "b/c", "C", 1);
      await retainedAre(stage, stage.topic("+"), "A/1/r", "B/1/r");
      await retainedAre(stage, stage.topic("#"), "A/1/r", "B/1/r", "C/1/r");
      await retainedAre(stage, stage.topic("b/#"), "B/1/r", "C/1/r");
      await retainedAre(stage, stage.topic("+/c"), "C/1/r");
      await retainedAre(stage, stage.topic("c/#"));
    },
  ),
  sequence("3.3.1-6", "sends the last of many retained messages", async (stage) => {
    const peer = await stage.open();
    for (let i = 0; i < 20; i++) {
      await peer.raw.send(stage.words.publish(stage.topic("t"), `${i}`, { retain: true }));
    }
    await peer.ping();
    await retainedAre(stage, stage.topic("t"), "19/0/r");
  }),
  sequence(
    "3.1.2-7",
    "keeps a retained message when its publisher's session ends",
    async (stage) => {
      const publisher = await stage.open();
      await publisher.publish(stage.topic("t"), "kept", { qos: 1, retain: true });
      await publisher.disconnect();
      await (await stage.open({ clientId: publisher.clientId })).disconnect();
      await retainedAre(stage, stage.topic("t"), "kept/1/r");
    },
  ),
  sequence("3.1.2-7", "keeps a retained message when the connection is lost", async (stage) => {
    const publisher = await stage.open();
    await publisher.publish(stage.topic("t"), "kept", { qos: 1, retain: true });
    await publisher.drop();
    await retainedAre(stage, stage.topic("t"), "kept/1/r");
  }),
  sequence(
    "3.3.1-6",
    "sends no retained message again when a session is resumed",
    async (stage) => {
      const peer = await stage.keep();
      await peer.subscribed([stage.topic("t"), 1]);
      await retain(stage, "t", "live", 1);
      await peer.gets("live/1");
      await peer.disconnect();
      await (await stage.keep(peer.clientId)).nothing();
    },
  ),
  sequence(
    "3.3.1-8",
    "sends RETAIN 1 to the new subscriber and 0 to the established one",
    async (stage) => {
      const early = await stage.subscriber(stage.topic("t"), 1);
      await retain(stage, "t", "x", 1);
      const late = await stage.subscriber(stage.topic("t"), 1);
      await early.gets("x/1");
      await late.gets("x/1/r");
      await early.nothing();
    },
  ),
  sequence("3.3.1-8", "sends a retained message its publisher subscribes to", async (stage) => {
    const peer = await stage.open();
    await peer.publish(stage.topic("t"), "own", { retain: true });
    await peer.subscribed([stage.topic("t"), 0]);
    await peer.gets("own/0/r");
  }),
  ...[0, 1, 2].map((qos) =>
    sequence("3.3.1-6", `sends 100 retained QoS ${qos} messages for one filter`, async (stage) => {
      await retainMany(stage, qos);
      const peer = await stage.subscriber(stage.topic("+"), qos);
      const got = await peer.payloads(MANY.length);
      if (`${got.toSorted()}` !== `${MANY.toSorted()}`) throw new Error(`${got}`);
      await peer.nothing();
    })
  ),
  sequence(
    "3.3.1-6 4.1.0-1",
    "sends what is left of 100 retained QoS 1 messages after a lost connection",
    async (stage) => {
      await retainMany(stage, 1);
      const peer = await stage.keep();
      await peer.subscribed([stage.topic("+"), 1]);
      await peer.take();
      await peer.drop();
      const got = new Set(await (await stage.keep(peer.clientId)).payloads(MANY.length));
      if (got.size !== MANY.length) throw new Error(`${got.size} messages`);
    },
  ),
  sequence("3.3.1-5", "stores the payload of a retained message byte by byte", async (stage) => {
    const all = Uint8Array.from({ length: 256 }, (_, i) => i);
    await (await stage.open()).publish(stage.topic("t"), all, { retain: true });
    const peer = await stage.subscriber(stage.topic("t"));
    await peer.raw.expect(stage.words.publish(stage.topic("t"), all, { retain: true }));
  }),
  sequence(
    "3.3.1-5",
    "stores a retained message though later traffic reuses its buffers",
    async (stage) => {
      await retain(stage, "t", "k".repeat(100), 1);
      const noisy = await stage.open();
      for (let i = 0; i < 50; i++) {
        await noisy.raw.send(
          stage.words.publish(stage.topic("noise"), "z".repeat(4000)),
        );
      }
      await noisy.ping();
      await retainedAre(stage, stage.topic("t"), `${"k".repeat(100)}/1/r`);
    },
  ),
];
