/**
 * Wills: sections 3.1.2.5 to 3.1.2.7 and 3.14.4.
 */
import { bytes, DISCONNECT, hex, PINGREQ, publish } from "../../support/raw_packets.ts";
import type { Peer } from "../peer.ts";
import { type Sequence, sequence } from "../sequence.ts";
import type { Stage } from "../stage.ts";

interface WillOptions {
  qos?: number;
  retain?: boolean;
  keepAlive?: number;
  cleanSession?: boolean;
  clientId?: string;
}

function withWill(stage: Stage, options: WillOptions = {}): Promise<Peer> {
  const { qos = 0, retain = false, ...rest } = options;
  return stage.open({
    ...rest,
    will: { topic: stage.topic("will"), payload: "gone", qos, retain },
  });
}

function watcher(stage: Stage): Promise<Peer> {
  return stage.subscriber(stage.topic("will"), 2);
}

async function published(peer: Peer, qos = 0, retain = false): Promise<void> {
  const got = await peer.receive();
  const text = `${got.payload} ${got.qos} ${got.retain}`;
  if (text !== `gone ${qos} ${retain}`) throw new Error(`the will came as ${text}`);
}

/** Ways for a connection to end that are no DISCONNECT. */
const CAUSES: [name: string, end: (peer: Peer, stage: Stage) => Promise<unknown>][] = [
  ["the client closes its socket", (peer) => peer.raw.close()],
  ["the client ends its half of the stream", (peer) => peer.drop()],
  ["the client sends a malformed packet", (peer) => peer.raw.sendAnyway(hex("f0 00"))],
  ["the client breaks off within a packet", async (peer) => {
    await peer.raw.send(publish("never", "complete").subarray(0, 6));
    await peer.raw.close();
  }],
  ["the client is taken over", (peer, stage) => stage.open({ clientId: peer.clientId })],
  ["the client sends DISCONNECT with wrong flags", (peer) => peer.raw.sendAnyway(hex("e1 00"))],
  ["the client sends half a DISCONNECT", async (peer) => {
    await peer.raw.send(DISCONNECT.subarray(0, 1));
    await peer.raw.close();
  }],
  ["the client publishes at QoS 3", (peer) => peer.raw.sendAnyway(hex("36 05 00 01 61 00 01"))],
];

const PUBLISHED: Sequence[] = [
  ...CAUSES.map(([name, end]) =>
    sequence("3.1.2-8", `publishes the will when ${name}`, async (stage) => {
      const watching = await watcher(stage);
      await end(await withWill(stage), stage);
      await published(watching);
    })
  ),
  ...[0, 1, 2].flatMap((qos) => [
    sequence("3.1.2-16 3.1.2-8", `publishes a will at QoS ${qos}, not retained`, async (stage) => {
      const watching = await watcher(stage);
      await (await withWill(stage, { qos })).drop();
      await published(watching, qos);
      await (await watcher(stage)).nothing();
    }),
    sequence("3.1.2-17 3.1.2-8", `publishes a will at QoS ${qos}, retained`, async (stage) => {
      const watching = await watcher(stage);
      await (await withWill(stage, { qos, retain: true })).drop();
      await published(watching, qos);
      await published(await watcher(stage), qos, true);
    }),
  ]),
  sequence(
    "3.1.2-17 3.3.1-10",
    "removes the retained message by an empty retained will",
    async (stage) => {
      const publisher = await stage.open();
      await publisher.publish(stage.topic("will"), "old", { retain: true });
      const watching = await watcher(stage);
      await watching.receive();
      const will = { topic: stage.topic("will"), payload: "", retain: true };
      await (await stage.open({ will })).drop();
      await watching.receive();
      await (await watcher(stage)).nothing();
    },
  ),
  sequence("3.1.2-8 3.1.2-5", "queues a will for an absent client", async (stage) => {
    const absent = await stage.keep();
    await absent.subscribed([stage.topic("will"), 1]);
    await absent.disconnect();
    await (await withWill(stage, { qos: 1 })).drop();
    await published(await stage.keep(absent.clientId), 1);
  }),
  sequence(
    "3.1.2-8",
    "publishes the will of the older connection at a takeover, and keeps the newer's",
    async (stage) => {
      const watching = await watcher(stage);
      const old = await withWill(stage, { cleanSession: false, clientId: stage.newId() });
      const fresh = await withWill(stage, { cleanSession: false, clientId: old.clientId });
      await published(watching);
      await watching.nothing();
      await fresh.drop();
      await published(watching);
    },
  ),
  sequence("3.1.2-8", "sends a client its own earlier will", async (stage) => {
    const peer = await withWill(stage, { cleanSession: false, clientId: stage.newId(), qos: 1 });
    await peer.subscribed([stage.topic("will"), 1]);
    await peer.drop();
    await published(await stage.keep(peer.clientId), 1);
  }),
];

const NOT_PUBLISHED: Sequence[] = [
  sequence("3.14.4-3 3.1.2-10", "discards the will on DISCONNECT", async (stage) => {
    const watching = await watcher(stage);
    await (await withWill(stage)).disconnect();
    await watching.nothing();
  }),
  sequence(
    "3.14.4-3",
    "discards the will when DISCONNECT and the end come in one segment",
    async (stage) => {
      const watching = await watcher(stage);
      const peer = await withWill(stage);
      await peer.raw.send(bytes(PINGREQ, DISCONNECT));
      await peer.drop();
      await watching.nothing();
    },
  ),
  sequence("3.14.4-3", "discards a retained will on DISCONNECT", async (stage) => {
    await (await withWill(stage, { retain: true })).disconnect();
    await (await watcher(stage)).nothing();
  }),
  sequence(
    "3.14.4-3",
    "discards the will when DISCONNECT follows CONNECT in one write",
    async (stage) => {
      const watching = await watcher(stage);
      const will = { topic: stage.topic("will"), payload: "gone" };
      const client = await stage.sent(
        bytes(stage.words.connect({ clientId: stage.newId(), will }), DISCONNECT),
      );
      await client.closeWrite().catch(() => {});
      await client.readToEnd();
      await watching.nothing();
    },
  ),
  sequence("3.1.2-12", "publishes nothing where there is no will", async (stage) => {
    const watching = await stage.subscriber(stage.topic("#"), 2);
    await (await stage.open()).drop();
    await watching.nothing();
  }),
  sequence(
    "3.1.2-10 3.1.2-12",
    "publishes a will once, not again for the next connection",
    async (stage) => {
      const watching = await watcher(stage);
      const peer = await withWill(stage, { cleanSession: false, clientId: stage.newId() });
      await peer.drop();
      await published(watching);
      await (await stage.keep(peer.clientId)).drop();
      await watching.nothing();
    },
  ),
  sequence(
    "3.1.2-10",
    "forgets a will that DISCONNECT discarded for the next connection",
    async (stage) => {
      const watching = await watcher(stage);
      const peer = await withWill(stage, { cleanSession: false, clientId: stage.newId() });
      await peer.disconnect();
      await (await stage.keep(peer.clientId)).drop();
      await watching.nothing();
    },
  ),
  sequence("3.1.2-8", "publishes no will while the connection lasts", async (stage) => {
    const watching = await watcher(stage);
    const peer = await withWill(stage);
    await peer.ping();
    await watching.nothing();
  }),
];

export const WILLS: Sequence[] = [...PUBLISHED, ...NOT_PUBLISHED];
