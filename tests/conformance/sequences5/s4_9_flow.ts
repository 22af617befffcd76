/**
 * Section 4.9 and receive maximum: no more messages above QoS 0 under way than the other side allows, in both directions.
 */
import { bytes, PINGREQ, puback, pubcomp, pubrec } from "../../support/raw_packets.ts";
import { publish5, pubrec5 } from "../../support/raw_packets5.ts";
import { equal } from "../checks.ts";
import { Reason } from "../checks5.ts";
import type { Peer5 } from "../peer5.ts";
import { type Sequence, sequence, Skip } from "../sequence.ts";
import type { Stage } from "../stage.ts";

const NUMBERS = Array.from({ length: 12 }, (_, i) => `${i}`);

/** A subscriber that takes `receiveMaximum` messages at a time, and twelve messages for it. */
async function limited(stage: Stage, receiveMaximum: number, qos: number): Promise<Peer5> {
  const properties = { receiveMaximum, sessionExpiryInterval: 3600 };
  const peer = await stage.open5({ properties });
  await peer.requested([[stage.topic("t"), 2]]);
  const publisher = await stage.open5();
  for (const payload of NUMBERS) await publisher.say(stage.topic("t"), payload, { qos });
  return peer;
}

/** Exactly these payloads have come, unacknowledged; their packet ids. */
async function came(peer: Peer5, wanted: string[]): Promise<number[]> {
  const ids: number[] = [];
  for (const payload of wanted) {
    const got = await peer.take();
    equal(got.payload, payload);
    ids.push(got.id);
  }
  await peer.nothing();
  return ids;
}

const TO_CLIENTS: Sequence[] = [
  ...[1, 2, 5].flatMap((maximum) =>
    [1, 2].map((qos) =>
      sequence(
        "3.3.4-9 4.9.0-2 4.9.0-1",
        `sends ${maximum} QoS ${qos} messages at a time to a receive maximum of ${maximum}`,
        async (stage) => {
          const peer = await limited(stage, maximum, qos);
          await came(peer, NUMBERS.slice(0, maximum));
        },
      )
    )
  ),
  sequence("3.3.4-9 4.9.0-2", "sends one more for each PUBACK", async (stage) => {
    const peer = await limited(stage, 2, 1);
    const ids = await came(peer, ["0", "1"]);
    for (const payload of NUMBERS.slice(2)) {
      await peer.raw.send(puback(ids.shift()!));
      ids.push(...await came(peer, [payload]));
    }
  }),
  sequence("3.3.4-9 4.9.0-2", "sends one more for each PUBCOMP, none for PUBREC", async (stage) => {
    const peer = await limited(stage, 2, 2);
    const [first = 0] = await came(peer, ["0", "1"]);
    await peer.raw.send(pubrec(first));
    await peer.acked("PUBREL", first);
    await peer.nothing();
    await peer.raw.send(pubcomp(first));
    await came(peer, ["2"]);
  }),
  sequence("3.3.4-9 4.9.0-2", "sends one more for a PUBREC of 0x80 or above", async (stage) => {
    const peer = await limited(stage, 1, 2);
    const [first = 0] = await came(peer, ["0"]);
    await peer.raw.send(pubrec5(first, 0x80));
    await came(peer, ["1"]);
  }),
  sequence(
    "3.3.4-10 4.9.0-3",
    "sends QoS 0 messages while the receive maximum is reached",
    async (stage) => {
      const peer = await limited(stage, 1, 1);
      await came(peer, ["0"]);
      await peer.requested([[stage.topic("zero"), 0]]);
      await (await stage.open5()).say(stage.topic("zero"), "zero");
      await came(peer, ["zero"]);
    },
  ),
  sequence(
    "3.3.4-10 4.9.0-3",
    "answers all other packets while the receive maximum is reached",
    async (stage) => {
      const peer = await limited(stage, 1, 1);
      await came(peer, ["0"]);
      await peer.ping();
      await peer.requested([[stage.topic("other"), 1]]);
      await peer.leave([stage.topic("other")]);
      await peer.say(stage.topic("out"), "1", { qos: 1 });
      await peer.say(stage.topic("out"), "2", { qos: 2 });
      await peer.nothing();
    },
  ),
  sequence(
    "3.3.4-9",
    "sends everything at last, in order, to a receive maximum of 1",
    async (stage) => {
      const peer = await limited(stage, 1, 1);
      equal(await peer.payloads(NUMBERS.length), NUMBERS);
      await peer.nothing();
    },
  ),
  sequence("3.3.4-9", "mixes QoS 1 and 2 in one receive maximum", async (stage) => {
    const peer = await stage.open5({ properties: { receiveMaximum: 3 } });
    await peer.requested([[stage.topic("t"), 2]]);
    const publisher = await stage.open5();
    for (const [i, payload] of NUMBERS.entries()) {
      await publisher.say(stage.topic("t"), payload, { qos: 1 + i % 2 });
    }
    await came(peer, ["0", "1", "2"]);
  }),
  sequence(
    "3.3.4-9 4.4.0-1",
    "begins with a new receive maximum at reconnection",
    async (stage) => {
      const peer = await limited(stage, 5, 1);
      await came(peer, NUMBERS.slice(0, 5));
      await peer.drop();
      const again = await stage.keep5(peer.clientId, { properties: { receiveMaximum: 7 } });
      await came(again, NUMBERS.slice(0, 7));
    },
  ),
  sequence(
    "3.3.4-9",
    "sends no more than the receive maximum also to a lower one at reconnection",
    async (stage) => {
      const peer = await limited(stage, 5, 1);
      await came(peer, NUMBERS.slice(0, 5));
      await peer.drop();
      const again = await stage.keep5(peer.clientId, { properties: { receiveMaximum: 2 } });
      const ids = await came(again, ["0", "1"]);
      await again.raw.send(puback(ids[0]!));
      await came(again, ["2"]);
    },
  ),
  sequence(
    "3.3.4-9",
    "sends no more than the receive maximum of retained messages",
    async (stage) => {
      const publisher = await stage.open5();
      for (const name of NUMBERS) {
        await publisher.say(stage.topic(name), name, {
          qos: 1,
          retain: true,
        });
      }
      const peer = await stage.open5({ properties: { receiveMaximum: 3 } });
      await peer.requested([[stage.topic("+"), 1]]);
      const ids = [(await peer.take()).id, (await peer.take()).id, (await peer.take()).id];
      await peer.nothing();
      await peer.raw.send(...ids.map(puback));
      equal((await peer.payloads(NUMBERS.length - 3)).length, NUMBERS.length - 3);
    },
  ),
  sequence(
    "3.3.4-9 4.9.0-1",
    "sends more than a few at a time where there is no receive maximum",
    async (stage) => {
      const peer = await stage.open5();
      await peer.requested([[stage.topic("t"), 1]]);
      await (await stage.open5()).publishAll(stage.topic("t"), 1, NUMBERS);
      await came(peer, NUMBERS);
    },
    { habit: true },
  ),
];

/** A publisher and the receive maximum of the server; skips where it is too large to be reached. */
async function publisher(stage: Stage): Promise<[Peer5, maximum: number]> {
  const peer = await stage.open5();
  const maximum = peer.told.receiveMaximum ?? 65_535;
  if (maximum > 5000) throw new Skip(`the receive maximum is ${maximum}`);
  return [peer, maximum];
}

function qos2(stage: Stage, count: number): Uint8Array[] {
  return Array.from(
    { length: count },
    (_, i) => publish5(stage.topic("t"), "x", { qos: 2, id: i + 1 }),
  );
}

const TO_SERVERS: Sequence[] = [
  sequence(
    "4.9.0-3 4.3.3-8",
    "takes as many QoS 2 messages at a time as its receive maximum",
    async (stage) => {
      const [peer, maximum] = await publisher(stage);
      await peer.raw.send(bytes(...qos2(stage, maximum)));
      for (let id = 1; id <= maximum; id++) await peer.acked("PUBREC", id);
      await peer.nothing();
    },
  ),
  sequence(
    "4.13.1-1",
    "ends the connection of a client that exceeds the receive maximum, by 0x93",
    async (stage) => {
      const [peer, maximum] = await publisher(stage);
      await peer.raw.sendAnyway(bytes(...qos2(stage, maximum + 1)), PINGREQ);
      for (;;) {
        const packet = await peer.raw.next5();
        if (packet === undefined) return;
        if (packet.type === "PINGRESP") throw new Error("it goes on");
        if (packet.type === "DISCONNECT") return equal(packet.reasonCode, Reason.TOO_MANY);
      }
    },
  ),
  sequence("4.9.0-3", "takes messages again after PUBCOMP", async (stage) => {
    const [peer, maximum] = await publisher(stage);
    await peer.raw.send(bytes(...qos2(stage, maximum)));
    for (let id = 1; id <= maximum; id++) await peer.acked("PUBREC", id);
    await peer.raw.send(Uint8Array.of(0x62, 2, 0, 1));
    await peer.acked("PUBCOMP", 1);
    await peer.raw.send(publish5(stage.topic("t"), "x", { qos: 2, id: 1 }));
    await peer.acked("PUBREC", 1);
  }),
  sequence("4.9.0-3", "answers a PUBLISH again whatever the receive maximum", async (stage) => {
    const [peer, maximum] = await publisher(stage);
    await peer.raw.send(bytes(...qos2(stage, maximum)));
    for (let id = 1; id <= maximum; id++) await peer.acked("PUBREC", id);
    await peer.raw.send(publish5(stage.topic("t"), "x", { qos: 2, id: 1, dup: true }));
    await peer.acked("PUBREC", 1);
  }),
];

export const FLOW: Sequence[] = [...TO_CLIENTS, ...TO_SERVERS];
