/**
 * Wills of MQTT 5: the will delay, the properties of a will, which DISCONNECT publishes one. Delays are of one second.
 */
import { hex } from "../../support/raw_packets.ts";
import { connect5, disconnect5, type RawConnect5 } from "../../support/raw_packets5.ts";
import type { RawProperties } from "../../support/raw_properties5.ts";
import { equal, forAll } from "../checks.ts";
import type { Peer5 } from "../peer5.ts";
import { type Sequence, sequence } from "../sequence.ts";
import type { Stage } from "../stage.ts";

const slow = { slow: true };

interface WillOptions extends RawConnect5 {
  clientId?: string;
  /** Properties of the will. */
  of?: RawProperties;
  qos?: number;
  retain?: boolean;
  /** The session's. */
  expiry?: number;
}

function withWill(stage: Stage, options: WillOptions = {}): Promise<Peer5> {
  const { of = {}, qos = 0, retain = false, expiry, ...rest } = options;
  return stage.open5({
    ...rest,
    properties: expiry === undefined ? {} : { sessionExpiryInterval: expiry },
    will: { topic: stage.topic("will"), payload: "gone", qos, retain, properties: of },
  });
}

async function watcher(stage: Stage): Promise<Peer5> {
  const peer = await stage.open5();
  await peer.requested([[stage.topic("will"), 2]]);
  return peer;
}

/** The will has come, and not earlier than `seconds` after `since`. */
async function cameAfter(
  { time }: Stage,
  peer: Peer5,
  since: number,
  seconds: number,
): Promise<void> {
  await time.within(5000, peer.gets("gone/0"));
  const waited = time.now() - since;
  // A tenth of a second for clocks that count in whole ticks.
  if (waited < seconds * 1000 - 100) throw new Error(`the will came after ${waited} ms`);
}

const DELAY: Sequence[] = [
  sequence("3.1.2-8", "publishes a will of delay 1 s after a second, not before", async (stage) => {
    const watching = await watcher(stage);
    const peer = await withWill(stage, { of: { willDelayInterval: 1 }, expiry: 60 });
    const since = stage.time.now();
    await peer.drop();
    await watching.nothing();
    await cameAfter(stage, watching, since, 1);
  }, slow),
  sequence(
    "3.1.2-8 4.1.0-2",
    "publishes a will when its session ends before its delay",
    async (stage) => {
      const watching = await watcher(stage);
      const peer = await withWill(stage, { of: { willDelayInterval: 3600 }, expiry: 1 });
      const since = stage.time.now();
      await peer.drop();
      await cameAfter(stage, watching, since, 1);
    },
    slow,
  ),
  sequence(
    "3.1.2-8",
    "publishes a will of any delay at once where the session ends at once",
    async (stage) => {
      const watching = await watcher(stage);
      await (await withWill(stage, { of: { willDelayInterval: 3600 } })).drop();
      await watching.gets("gone/0");
    },
  ),
  sequence("3.1.2-8", "publishes a will of delay 0 at once", async (stage) => {
    const watching = await watcher(stage);
    await (await withWill(stage, { of: { willDelayInterval: 0 }, expiry: 60 })).drop();
    await watching.gets("gone/0");
  }),
  sequence(
    "3.1.3-9",
    "publishes no will when its client is back within the delay",
    async (stage) => {
      const watching = await watcher(stage);
      const peer = await withWill(stage, { of: { willDelayInterval: 1 }, expiry: 60 });
      await peer.drop();
      const again = await stage.keep5(peer.clientId);
      await stage.time.pause(2000);
      await watching.nothing();
      await again.drop();
      await watching.nothing();
    },
    slow,
  ),
  sequence(
    "3.1.3-9",
    "publishes no will of the older connection that is taken over within the delay",
    async (stage) => {
      const watching = await watcher(stage);
      const peer = await withWill(stage, { of: { willDelayInterval: 1 }, expiry: 60 });
      await stage.keep5(peer.clientId);
      await stage.time.pause(2000);
      await watching.nothing();
    },
    slow,
  ),
  sequence(
    "3.1.2-8 3.1.2-4",
    "publishes a delayed will when clean start ends its session",
    async (stage) => {
      const watching = await watcher(stage);
      const peer = await withWill(stage, { of: { willDelayInterval: 3600 }, expiry: 3600 });
      await peer.drop();
      await stage.open5({ clientId: peer.clientId, cleanSession: true });
      await watching.gets("gone/0");
    },
  ),
  sequence("3.1.2-10", "publishes a delayed will once", async (stage) => {
    const watching = await watcher(stage);
    const peer = await withWill(stage, { of: { willDelayInterval: 1 }, expiry: 2 });
    await peer.drop();
    await stage.time.within(5000, watching.gets("gone/0"));
    await stage.time.pause(2500);
    await watching.nothing();
  }, slow),
  sequence("3.1.2-7 3.1.3-9", "keeps the will of the newer connection alone", async (stage) => {
    const watching = await watcher(stage);
    const peer = await withWill(stage, { of: { willDelayInterval: 2 }, expiry: 60 });
    await peer.drop();
    const will = { topic: stage.topic("will"), payload: "newer" };
    const properties = { sessionExpiryInterval: 60 };
    const { clientId } = peer;
    const newer = await stage.open5({ clientId, cleanSession: false, properties, will });
    await newer.drop();
    await stage.time.within(5000, watching.gets("newer/0"));
    await stage.time.pause(2500);
    await watching.nothing();
  }, slow),
];

const DISCONNECTED: Sequence[] = [
  sequence(
    "3.1.2-10 3.14.4-3",
    "discards the will at DISCONNECT 0 in every form",
    (stage) =>
      forAll(["e0 00", "e0 01 00", "e0 02 00 00"], (form) => form, async (form) => {
        const watching = await watcher(stage);
        const peer = await withWill(stage);
        await peer.raw.send(hex(form));
        await peer.drop();
        await watching.nothing();
      }),
  ),
  sequence("3.14.4-3 3.1.2-8", "discards a delayed will at DISCONNECT 0", async (stage) => {
    const watching = await watcher(stage);
    const peer = await withWill(stage, { of: { willDelayInterval: 1 }, expiry: 60 });
    await peer.disconnect();
    await stage.time.pause(2000);
    await watching.nothing();
  }, slow),
  ...[0x04, 0x80, 0x81, 0x82, 0x83, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x99].map((code) =>
    sequence(
      "3.1.2-8",
      `publishes the will at DISCONNECT 0x${code.toString(16)}`,
      async (stage) => {
        const watching = await watcher(stage);
        const peer = await withWill(stage);
        await peer.raw.send(disconnect5(code));
        await watching.gets("gone/0");
      },
    )
  ),
  sequence("3.1.2-8", "delays the will also at DISCONNECT 4", async (stage) => {
    const watching = await watcher(stage);
    const peer = await withWill(stage, { of: { willDelayInterval: 1 }, expiry: 60 });
    const since = stage.time.now();
    await peer.raw.send(disconnect5(4));
    await peer.drop();
    await cameAfter(stage, watching, since, 1);
  }, slow),
];

const ALL: RawProperties = {
  payloadFormatIndicator: 1,
  contentType: "text/plain",
  responseTopic: "answer/here",
  userProperties: [["b", "2"], ["a", "1"], ["b", "3"], ["", ""]],
};

async function passesProperties(stage: Stage, qos: number, retain: boolean): Promise<void> {
  const watching = await watcher(stage);
  const of = { ...ALL, correlationData: hex("00 ff 80") };
  await (await withWill(stage, { of, qos, retain })).drop();
  const late = async () => await watcher(stage);
  for (const peer of retain ? [watching, await late()] : [watching]) {
    const { correlationData, ...rest } = (await peer.receive()).properties;
    equal([...correlationData!], [0, 255, 128]);
    equal(rest, ALL);
  }
}

const PROPERTIES: Sequence[] = [
  ...[0, 1, 2].map((qos) =>
    sequence(
      "3.1.3-10 3.1.2-14 3.3.2-4 3.3.2-15 3.3.2-16 3.3.2-17 3.3.2-20",
      `publishes a will at QoS ${qos} with all its properties, in their order`,
      (stage) => passesProperties(stage, qos, false),
    )
  ),
  sequence(
    "3.1.3-10 3.1.2-15",
    "retains a will with all its properties",
    (stage) => passesProperties(stage, 1, true),
  ),
  sequence(
    "3.3.2-6",
    "publishes a will with its expiry, counted from when it is published",
    async (stage) => {
      const watching = await watcher(stage);
      const of = { willDelayInterval: 1, messageExpiryInterval: 100 };
      await (await withWill(stage, { of, expiry: 60 })).drop();
      const { properties } = await stage.time.within(5000, watching.receive());
      equal(properties, { messageExpiryInterval: 100 });
    },
    slow,
  ),
  sequence("3.3.2-5", "lets a will that waits for an absent client expire", async (stage) => {
    const absent = await stage.keep5();
    await absent.requested([[stage.topic("will"), 1]]);
    await absent.disconnect();
    await (await withWill(stage, { of: { messageExpiryInterval: 1 }, qos: 1 })).drop();
    await stage.time.pause(2500);
    await (await stage.keep5(absent.clientId)).nothing();
  }, slow),
  sequence("3.1.2-9", "sends no will delay on", async (stage) => {
    const watching = await watcher(stage);
    await (await withWill(stage, { of: { willDelayInterval: 0 } })).drop();
    equal((await watching.receive()).properties, {});
  }),
  sequence("3.1.2-9 3.1.2-7", "publishes a will with an empty payload", async (stage) => {
    const watching = await watcher(stage);
    const client = await stage.sent(
      connect5({ clientId: stage.newId(), will: { topic: stage.topic("will") } }),
    );
    await client.expect5("CONNACK");
    await client.close();
    await watching.gets("/0");
  }),
];

export const WILLS_5: Sequence[] = [...DELAY, ...DISCONNECTED, ...PROPERTIES];
