/**
 * Section 4.8.2: shared subscriptions. Every message goes to one member, and what a member that goes away leaves behind
 * goes where the standard says.
 */
import { PINGREQ } from "../../support/raw_packets.ts";
import { pubrec5, subscribe5 } from "../../support/raw_packets5.ts";
import { equal, forAll } from "../checks.ts";
import { endsFor, Reason, WRONG } from "../checks5.ts";
import type { Peer5 } from "../peer5.ts";
import { type Sequence, sequence, Skip } from "../sequence.ts";
import type { Stage } from "../stage.ts";

/** The shared filter of `t` in a group. */
function shared(stage: Stage, group = "g"): string {
  return `$share/${group}/${stage.topic("t")}`;
}

/** A member of a group; skips where the server has no shared subscriptions. */
async function member(stage: Stage, qos: number, peer?: Peer5): Promise<Peer5> {
  const one = peer ?? await stage.open5();
  if (one.told.sharedSubscriptionAvailable === 0) throw new Skip("there are none");
  await one.requested([[shared(stage), qos]]);
  return one;
}

const NUMBERS = Array.from({ length: 20 }, (_, i) => `${i}`);

async function publishes(stage: Stage, qos: number, payloads: string[]): Promise<void> {
  const publisher = await stage.open5();
  for (const payload of payloads) await publisher.say(stage.topic("t"), payload, { qos });
}

/** What each of these got, put together. */
async function gathered(peers: Peer5[]): Promise<string[]> {
  const all = await Promise.all(peers.map((peer) => peer.drain()));
  return all.flat().map(({ payload }) => payload).sort((a, b) => Number(a) - Number(b));
}

const BAD: [number: string, filter: string][] = [
  ["4.8.2-1", "$share/"],
  ["4.8.2-1", "$share//t"],
  ["4.8.2-1", "$share//"],
  ["4.8.2-2", "$share/g"],
  ["4.8.2-2", "$share/g/"],
  ["4.8.2-2", "$share/g+/t"],
  ["4.8.2-2", "$share/+/t"],
  ["4.8.2-2", "$share/#/t"],
  ["4.8.2-2", "$share/g#/t"],
  ["4.8.2-2", "$share/#"],
  ["4.7.1-1", "$share/g/a#"],
  ["4.7.1-2", "$share/g/a+"],
];

const FORMS: Sequence[] = [
  ...BAD.map(([number, filter]) =>
    sequence(`${number}`, `refuses the shared filter ${filter}`, async (stage) => {
      const peer = await stage.open5();
      await peer.raw.sendAnyway(subscribe5(1, [[filter, 0]]), PINGREQ);
      const answer = await peer.raw.next5();
      if (answer === undefined || answer.type === "DISCONNECT") return;
      if (answer.type !== "SUBACK" || answer.reasonCodes[0]! < 0x80) throw new Error(answer.type);
    })
  ),
  sequence(
    "4.13.1-1",
    "closes on the shared filters $share/g and $share//t",
    (stage) =>
      forAll(["$share/g", "$share//t"], (filter) => filter, async (filter) => {
        const peer = await stage.open5();
        await peer.raw.sendAnyway(subscribe5(1, [[filter, 0]]), PINGREQ);
        await endsFor(peer, [...WRONG, Reason.BAD_FILTER]);
      }),
    { habit: true },
  ),
  sequence("3.8.3-4 4.13.1-1", "closes on no local on a shared subscription", async (stage) => {
    const peer = await stage.open5();
    await peer.raw.sendAnyway(subscribe5(1, [[shared(stage), { noLocal: true }]]), PINGREQ);
    await endsFor(peer, WRONG);
  }),
  sequence(
    "4.8.2-1 4.8.2-2",
    "takes every other character in a share name",
    (stage) =>
      forAll(
        ["g", "$", "ü", "a b", "consumer-1", "x".repeat(200)],
        (name) => name,
        async (name) => {
          const peer = await stage.open5();
          const topic = stage.topic(name);
          await peer.requested([[`$share/${name}/${topic}`, 0]]);
          await (await stage.open5()).say(topic, "x");
          await peer.gets("x/0");
        },
      ),
  ),
];

const DELIVERY: Sequence[] = [
  ...[0, 1, 2].map((qos) =>
    sequence("4.8.2-3 4.5.0-1", `sends each QoS ${qos} message to one member`, async (stage) => {
      const members = [
        await member(stage, qos),
        await member(stage, qos),
        await member(stage, qos),
      ];
      await publishes(stage, qos, NUMBERS);
      equal(await gathered(members), NUMBERS);
    })
  ),
  sequence("4.5.0-1", "sends messages to more than one member", async (stage) => {
    const members = [await member(stage, 1), await member(stage, 1)];
    await publishes(stage, 1, NUMBERS);
    const counts = await Promise.all(members.map(async (peer) => (await peer.drain()).length));
    if (counts.includes(0)) throw new Error(`${counts}`);
  }, { habit: true }),
  sequence("4.8.2-3 3.8.4-8", "sends each member at its own QoS", async (stage) => {
    const members = [await member(stage, 0), await member(stage, 1)];
    await publishes(stage, 2, NUMBERS);
    const got = await Promise.all(members.map((peer) => peer.drain()));
    got.forEach((messages, qos) => {
      if (messages.some((one) => one.qos !== qos)) throw new Error(`member at QoS ${qos}`);
    });
    equal(got.flat().length, NUMBERS.length);
  }),
  sequence(
    "4.5.0-1",
    "sends each message to every group, and to those who share nothing",
    async (stage) => {
      const groups = await Promise.all(["g1", "g2"].map(async (group) => {
        const peer = await stage.open5();
        await peer.requested([[shared(stage, group), 1]]);
        return peer;
      }));
      const plain = await stage.open5();
      await plain.requested([[stage.topic("t"), 1]]);
      await publishes(stage, 1, ["x"]);
      for (const peer of [...groups, plain]) await peer.gets("x/1");
    },
  ),
  sequence(
    "4.5.0-1 3.3.4-2",
    "sends a member what its own subscription matches as well",
    async (stage) => {
      const peer = await member(stage, 1);
      await peer.requested([[stage.topic("t"), 1]]);
      await publishes(stage, 1, ["x"]);
      const got = await peer.drain();
      if (got.length < 1 || got.length > 2) throw new Error(`${got.length} copies`);
    },
  ),
  sequence("4.7.1-1 4.5.0-1", "takes wildcards in a shared filter", async (stage) => {
    const peer = await stage.open5();
    await peer.requested([[`$share/g/${stage.topic("+/b/#")}`, 0]]);
    await (await stage.open5()).say(stage.topic("a/b/c"), "x");
    await peer.gets("x/0");
  }),
  sequence("3.3.1-9", "sends no retained message for a new shared subscription", async (stage) => {
    await (await stage.open5()).say(stage.topic("t"), "kept", { retain: true });
    await (await member(stage, 1)).nothing();
  }, { habit: true }),
  sequence("3.3.4-3", "sends the identifier of a shared subscription", async (stage) => {
    const peer = await stage.open5();
    await peer.requested([[shared(stage), 0]], { subscriptionIdentifiers: [4] });
    await publishes(stage, 0, ["x"]);
    equal((await peer.take()).properties.subscriptionIdentifiers, [4]);
  }),
  sequence(
    "3.10.4-1 3.10.4-2 3.11.3-2",
    "ends a shared subscription by its whole filter",
    async (stage) => {
      const peer = await member(stage, 1);
      equal((await peer.leave([stage.topic("t")])).reasonCodes, [0x11]);
      await publishes(stage, 1, ["1"]);
      await peer.gets("1/1");
      equal((await peer.leave([shared(stage)])).reasonCodes, [0]);
      await publishes(stage, 1, ["2"]);
      await peer.nothing();
    },
  ),
  sequence(
    "3.10.4-2 4.5.0-1",
    "sends the rest to those who stay when a member unsubscribes",
    async (stage) => {
      const [one, two] = [await member(stage, 1), await member(stage, 1)];
      await one.leave([shared(stage)]);
      await publishes(stage, 1, NUMBERS);
      equal(await gathered([two]), NUMBERS);
      await one.nothing();
    },
  ),
  sequence(
    "4.5.0-1",
    "sends the rest to those who stay when a member's session ends",
    async (stage) => {
      const [one, two] = [await member(stage, 1), await member(stage, 1)];
      await one.disconnect();
      await publishes(stage, 1, NUMBERS);
      equal(await gathered([two]), NUMBERS);
    },
  ),
];

/** Members with sessions of their own; the one that got the message, and the other. */
async function delivered(
  stage: Stage,
  qos: number,
  expiry = 3600,
): Promise<[Peer5, Peer5, number]> {
  const properties = { sessionExpiryInterval: expiry };
  const one = await member(stage, qos, await stage.open5({ properties }));
  await publishes(stage, qos, ["x"]);
  const { id } = await one.take();
  const two = await member(stage, qos, await stage.open5({ properties }));
  return [one, two, id];
}

const AWAY: Sequence[] = [
  sequence(
    "4.8.2-4",
    "completes a QoS 2 message with the member it was sent to when that is back",
    async (stage) => {
      const [one, two, id] = await delivered(stage, 2);
      await one.drop();
      await two.nothing();
      const again = await stage.keep5(one.clientId);
      const got = await again.receive();
      equal([got.payload, got.id, got.dup], ["x", id, true]);
      await two.nothing();
    },
  ),
  sequence(
    "4.8.2-4",
    "completes a QoS 2 message behind PUBREC with the member it was sent to",
    async (stage) => {
      const [one, two, id] = await delivered(stage, 2);
      await one.raw.send(pubrec5(id));
      await one.next5("PUBREL", id);
      await one.drop();
      const again = await stage.keep5(one.clientId);
      await again.next5("PUBREL", id);
      await two.nothing();
    },
  ),
  sequence(
    "4.8.2-5",
    "sends a QoS 2 message to no other member when the session ends",
    async (stage) => {
      const [one, two] = await delivered(stage, 2, 0);
      await one.drop();
      await two.nothing();
      await (await stage.open5({ clientId: one.clientId })).nothing();
      await two.nothing();
    },
  ),
  sequence(
    "4.8.2-5",
    "sends a QoS 2 message to no other member when clean start ends the session",
    async (stage) => {
      const [one, two] = await delivered(stage, 2);
      await one.drop();
      await (await stage.open5({ clientId: one.clientId })).nothing();
      await two.nothing();
    },
  ),
  sequence(
    "4.8.2-5",
    "sends an unacknowledged QoS 1 message to another member when the session ends",
    async (stage) => {
      const [one, two] = await delivered(stage, 1, 0);
      await one.drop();
      await two.gets("x/1");
    },
    { habit: true },
  ),
  ...[1, 2].map((qos) =>
    sequence(
      "4.8.2-6 4.4.0-2",
      `discards a QoS ${qos} message that a member refuses`,
      async (stage) => {
        const [one, two, id] = await delivered(stage, qos);
        await one.raw.send(Uint8Array.of(0x30 + qos * 0x10, 3, id >> 8, id & 255, 0x80));
        await one.nothing();
        await two.nothing();
        await one.drop();
        await two.nothing();
        await (await stage.keep5(one.clientId)).nothing();
      },
    )
  ),
];

export const SHARED: Sequence[] = [...FORMS, ...DELIVERY, ...AWAY];
