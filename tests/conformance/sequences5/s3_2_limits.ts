/**
 * What CONNECT and CONNACK tell each other: maximum packet size, response information, problem information, keep alive,
 * maximum QoS, retained messages, and what the server says it does not offer.
 */
import { bytes, PINGREQ } from "../../support/raw_packets.ts";
import { connect5, publish5, subscribe5 } from "../../support/raw_packets5.ts";
import type { ReadProperties } from "../../support/raw_properties5.ts";
import { equal, forAll } from "../checks.ts";
import { endsFor, Reason, refusal } from "../checks5.ts";
import type { Peer5 } from "../peer5.ts";
import { type Sequence, sequence, Skip } from "../sequence.ts";
import type { Stage } from "../stage.ts";

const FLAGS = [
  "maximumQos",
  "retainAvailable",
  "wildcardSubscriptionAvailable",
  "subscriptionIdentifiersAvailable",
  "sharedSubscriptionAvailable",
] as const;

/** What no CONNACK may have, whatever CONNECT asked for. */
const NOT_OF_CONNACK: (keyof ReadProperties)[] = [
  "payloadFormatIndicator",
  "messageExpiryInterval",
  "contentType",
  "responseTopic",
  "correlationData",
  "subscriptionIdentifiers",
  "requestProblemInformation",
  "requestResponseInformation",
  "willDelayInterval",
  "topicAlias",
];

const TOLD: Sequence[] = [
  sequence("3.2.2-8 3.2.2-1", "sends a CONNACK of legal properties and values", async (stage) => {
    const { told } = await stage.open5();
    for (const name of NOT_OF_CONNACK) equal(told[name], undefined);
    for (const name of FLAGS) {
      const value = told[name];
      if (value !== undefined && value > 1) throw new Error(`${name} is ${value}`);
    }
    for (const name of ["receiveMaximum", "maximumPacketSize"] as const) {
      if (told[name] === 0) throw new Error(`${name} is 0`);
    }
  }),
  sequence("3.1.2-28", "sends no response information that was not asked for", async (stage) => {
    equal((await stage.open5()).told.responseInformation, undefined);
    const properties = { requestResponseInformation: 0 };
    equal((await stage.open5({ properties })).told.responseInformation, undefined);
  }),
  sequence("3.1.2-28", "may send response information that was asked for", async (stage) => {
    await (await stage.open5({ properties: { requestResponseInformation: 1 } })).ping();
  }),
  sequence(
    "4.12.0-6",
    "sends no authentication method in CONNACK where CONNECT had none",
    async (stage) => {
      const { told } = await stage.open5();
      equal([told.authenticationMethod, told.authenticationData], [undefined, undefined]);
    },
  ),
  sequence("3.2.2-22", "uses the client's keep alive where CONNACK has none", async (stage) => {
    const peer = await stage.open5({ keepAlive: 1 });
    if (peer.told.serverKeepAlive !== undefined) throw new Skip("CONNACK has a keep alive");
    await stage.time.within(5000, endsFor(peer, [Reason.KEEP_ALIVE]));
  }, { slow: true }),
  sequence(
    "3.1.2-22 3.14.2-1",
    "ends a silent client's connection by DISCONNECT 0x8D, or without a word",
    async (stage) => {
      const peer = await stage.open5({ keepAlive: 1 });
      await stage.time.within(5000, endsFor(peer, [Reason.KEEP_ALIVE]));
    },
    { slow: true },
  ),
  sequence("3.1.2-22", "keeps a client whose keep alive is 0", async (stage) => {
    const peer = await stage.open5({ keepAlive: 0 });
    if (peer.told.serverKeepAlive) throw new Skip("CONNACK has a keep alive");
    await stage.time.pause(2500);
    await peer.nothing();
  }, { slow: true }),
];

/** A subscriber of `t` at QoS 2 that takes packets of `maximumPacketSize` bytes. */
async function small(stage: Stage, maximumPacketSize: number, more = {}): Promise<Peer5> {
  const peer = await stage.keep5(stage.newId(), { properties: { maximumPacketSize, ...more } });
  await peer.requested([[stage.topic("t"), 2]]);
  return peer;
}

/** A payload that makes a PUBLISH at this QoS without properties as large as `size`, below 128 bytes. */
function filling(stage: Stage, size: number, qos: number): string {
  return "p".repeat(size - publish5(stage.topic("t"), "", { qos }).length);
}

const PACKET_SIZE: Sequence[] = [
  ...[0, 1, 2].map((qos) =>
    sequence(
      "3.1.2-24 3.1.2-25",
      `sends no QoS ${qos} message above the client's maximum packet size, and goes on`,
      async (stage) => {
        const peer = await small(stage, 100);
        const publisher = await stage.open5();
        await publisher.say(stage.topic("t"), filling(stage, 101, qos), { qos });
        const fits = filling(stage, 100, qos);
        await publisher.say(stage.topic("t"), fits, { qos });
        await publisher.say(stage.topic("t"), "p".repeat(100_000), { qos });
        await publisher.say(stage.topic("t"), "end", { qos });
        await peer.gets(`${fits}/${qos}`, `end/${qos}`);
        await peer.nothing();
      },
    )
  ),
  sequence("3.1.2-24 3.1.2-25", "sends no larger message with properties either", async (stage) => {
    const peer = await small(stage, 100);
    const properties = { userProperties: [["a", "b".repeat(100)]] as [string, string][] };
    const publisher = await stage.open5();
    await publisher.say(stage.topic("t"), "large", { qos: 1, properties });
    await publisher.say(stage.topic("t"), "small", { qos: 1 });
    await peer.gets("small/1");
  }),
  sequence(
    "3.1.2-24 3.1.2-25",
    "sends a message to those for whom it is not too large",
    async (stage) => {
      const peer = await small(stage, 100);
      const large = await stage.open5();
      await large.requested([[stage.topic("t"), 1]]);
      await (await stage.open5()).say(stage.topic("t"), "p".repeat(200), { qos: 1 });
      await large.gets(`${"p".repeat(200)}/1`);
      await peer.nothing();
    },
  ),
  sequence(
    "3.1.2-25",
    "forgets a message too large for the client that it waited for",
    async (stage) => {
      const peer = await small(stage, 1000);
      await peer.disconnect();
      const publisher = await stage.open5();
      await publisher.say(stage.topic("t"), "p".repeat(200), { qos: 1 });
      await publisher.say(stage.topic("t"), "small", { qos: 1 });
      const again = await stage.keep5(peer.clientId, { properties: { maximumPacketSize: 100 } });
      await again.gets("small/1");
      await again.disconnect();
      await (await stage.keep5(peer.clientId)).nothing();
    },
  ),
  sequence("3.1.2-24", "sends no retained message above the maximum", async (stage) => {
    const publisher = await stage.open5();
    await publisher.say(stage.topic("t"), "p".repeat(200), { retain: true });
    await (await small(stage, 100)).nothing();
  }),
  sequence(
    "3.2.2-19 3.2.2-20 3.9.2-1 3.9.2-2 3.11.2-1 3.11.2-2 3.4.2-2 3.4.2-3 3.5.2-2 3.5.2-3 3.1.2-24",
    "sends no answer above a maximum of 20 bytes",
    async (stage) => {
      const peer = await stage.open5({ properties: { maximumPacketSize: 20 } });
      const sizes = [peer.connack.bytes.length];
      sizes.push((await peer.request([[stage.topic("t"), 1]])).bytes.length);
      sizes.push((await peer.said(stage.topic("none"), "x", { qos: 1 }))!.bytes.length);
      sizes.push((await peer.said(stage.topic("none"), "x", { qos: 2 }))!.bytes.length);
      sizes.push((await peer.leave([stage.topic("never")])).bytes.length);
      if (Math.max(...sizes) > 20) throw new Error(`packets of ${sizes} bytes`);
    },
  ),
  sequence(
    "3.6.2-2 3.6.2-3 3.7.2-2 3.7.2-3 3.1.2-24",
    "sends no PUBREL and no PUBCOMP above a maximum of 60 bytes",
    async (stage) => {
      const peer = await small(stage, 60);
      await peer.raw.send(publish5(stage.topic("t"), "x", { qos: 2, id: 7 }));
      await peer.next5("PUBREC", 7);
      await peer.raw.send(bytes(0x62, 2, 0, 7));
      const pubcomp = await peer.next5("PUBCOMP", 7);
      const { id } = await peer.take();
      await peer.raw.send(bytes(0x50, 2, id >> 8, id & 255));
      const pubrel = await peer.next5("PUBREL", id);
      if (pubcomp.bytes.length > 60 || pubrel.bytes.length > 60) throw new Error("too large");
    },
  ),
  sequence(
    "3.14.2-3 3.14.2-4",
    "sends no DISCONNECT above a maximum of 20 bytes",
    async (stage) => {
      const peer = await stage.open5({ properties: { maximumPacketSize: 20 } });
      await peer.raw.sendAnyway(subscribe5(1, []));
      const rest = await peer.raw.readToEnd();
      if (rest.length > 20) throw new Error(`${rest.length} bytes`);
    },
  ),
  sequence(
    "4.13.1-1",
    "ends the connection of a client that sends more than the maximum it was told, by 0x95",
    async (stage) => {
      const peer = await stage.open5();
      const maximum = peer.told.maximumPacketSize;
      if (maximum === undefined || maximum > 32 << 20) throw new Skip(`the maximum is ${maximum}`);
      const large = publish5(stage.topic("t"), new Uint8Array(maximum));
      // Not awaited: the broker need not read what it has refused.
      const sending = peer.raw.sendAnyway(large).catch(() => {});
      const packet = await peer.raw.nextPacket();
      await peer.raw.close();
      await sending;
      if (packet !== undefined) equal(packet.bytes[2], Reason.TOO_LARGE);
    },
  ),
];

/** Everything that can be refused, as a client that wants no problem information. */
async function noProblems(stage: Stage): Promise<void> {
  const properties = { requestProblemInformation: 0 };
  const peer = await stage.open5({ properties });
  const answers = [
    await peer.request([[stage.topic("t"), 1], ["$share/x/y/#", 1]]),
    await peer.said(stage.topic("none"), "x", { qos: 1 }),
    await peer.said(stage.topic("none"), "x", { qos: 2 }),
    await peer.leave(["never"]),
  ];
  for (const answer of answers) {
    const { reasonString, userProperties } = answer!.properties;
    equal([reasonString, userProperties], [undefined, undefined]);
  }
}

const PROBLEMS: Sequence[] = [
  sequence(
    "3.1.2-29",
    "sends no reason string where problem information is not wanted",
    noProblems,
  ),
  sequence(
    "3.1.2-29",
    "sends no reason string on refusals where problem information is not wanted",
    async (stage) => {
      const peer = await stage.open5({ properties: { requestProblemInformation: 0 } });
      const topic = stage.target.deniedTopic!;
      const answers = [
        await peer.request([[topic, 1]]),
        await peer.said(topic, "x", { qos: 1 }),
      ];
      for (const answer of answers) equal(answer!.properties, {});
    },
    { needs: "deniedTopic" },
  ),
  sequence(
    "3.1.2-29 3.3.2-17",
    "sends user properties of messages also where problem information is not wanted",
    async (stage) => {
      const peer = await stage.open5({ properties: { requestProblemInformation: 0 } });
      await peer.requested([[stage.topic("t"), 0]]);
      const userProperties: [string, string][] = [["a", "b"]];
      await peer.say(stage.topic("t"), "x", { properties: { userProperties } });
      equal((await peer.take()).properties, { userProperties });
    },
  ),
];

/** A connection to the broker with limits; what its CONNACK says. */
async function limited(stage: Stage): Promise<Peer5> {
  return await stage.open5({ at: stage.target.limited! });
}

const needs = { needs: "limited" } as const;

const LIMITED: Sequence[] = [
  sequence("3.2.2-9", "tells its maximum QoS, and that nothing is retained", async (stage) => {
    const { told } = await limited(stage);
    if (told.maximumQos !== 0 && told.maximumQos !== 1) throw new Error(`${told.maximumQos}`);
    equal(told.retainAvailable, 0);
  }, needs),
  ...[0, 60].map((keepAlive) =>
    sequence(
      "3.1.2-22",
      `uses the keep alive that it tells a client that asks for ${keepAlive}`,
      async (stage) => {
        const peer = await stage.open5({ at: stage.target.limited!, keepAlive });
        const told = peer.told.serverKeepAlive;
        if (told === undefined || told > 2) throw new Skip(`it tells ${told}`);
        await stage.time.pause(told * 500);
        await peer.nothing();
        await stage.time.within(5000, endsFor(peer, [Reason.KEEP_ALIVE]));
      },
      { needs: "limited", slow: true },
    )
  ),
  sequence(
    "3.2.2-10",
    "accepts SUBSCRIBE at every QoS below its maximum QoS and above",
    async (stage) => {
      const peer = await limited(stage);
      const maximum = peer.told.maximumQos ?? 2;
      const { reasonCodes } = await peer.request(
        [0, 1, 2].map((qos) => [stage.topic(`${qos}`), qos]),
      );
      // A server may grant what was asked for or no more than it publishes at.
      reasonCodes.forEach((code, qos) => {
        if (code !== qos && code !== Math.min(qos, maximum)) throw new Error(`${reasonCodes}`);
      });
    },
    needs,
  ),
  sequence(
    "4.13.1-1",
    "ends the connection of a client that publishes above the maximum QoS, by 0x9B",
    async (stage) => {
      const peer = await limited(stage);
      await peer.raw.sendAnyway(publish5(stage.topic("t"), "x", { qos: 2 }), PINGREQ);
      await endsFor(peer, [Reason.BAD_QOS]);
    },
    needs,
  ),
  sequence(
    "4.13.1-1",
    "ends the connection of a client that publishes with RETAIN, by 0x9A",
    async (stage) => {
      const peer = await limited(stage);
      await peer.raw.sendAnyway(publish5(stage.topic("t"), "x", { retain: true }), PINGREQ);
      await endsFor(peer, [Reason.NO_RETAIN]);
    },
    needs,
  ),
  sequence(
    "3.2.2-12 4.13.2-1",
    "refuses a will above the maximum QoS, by CONNACK 0x9B",
    async (stage) => {
      const will = { topic: "w", qos: 2 };
      const client = await stage.dial(stage.target.limited);
      await client.send(connect5({ clientId: stage.newId(), will }));
      await refusal(client, [Reason.BAD_QOS]);
    },
    needs,
  ),
  sequence("3.2.2-13 4.13.2-1", "refuses a retained will, by CONNACK 0x9A", async (stage) => {
    const will = { topic: "w", retain: true };
    const client = await stage.dial(stage.target.limited);
    await client.send(connect5({ clientId: stage.newId(), will }));
    await refusal(client, [Reason.NO_RETAIN]);
  }, needs),
];

const OFFERS: Sequence[] = [
  sequence(
    "3.2.2-8 3.9.3-2",
    "refuses what CONNACK says is not there, and grants what it does not say",
    async (stage) => {
      const peer = await stage.open5();
      const { told } = peer;
      const asked: [filter: string, offered: boolean, refused: number][] = [
        [stage.topic("+"), told.wildcardSubscriptionAvailable !== 0, Reason.NO_WILDCARDS],
        [`$share/g/${stage.topic("t")}`, told.sharedSubscriptionAvailable !== 0, Reason.NO_SHARED],
      ];
      const { reasonCodes } = await peer.request(asked.map(([filter]) => [filter, 0]));
      equal(reasonCodes, asked.map(([, offered, refused]) => offered ? 0 : refused));
    },
  ),
  sequence("4.13.1-1", "reads every extreme value of CONNECT", (stage) =>
    forAll(
      [
        { receiveMaximum: 1 },
        { receiveMaximum: 65_535 },
        { maximumPacketSize: 0xffffffff },
        { maximumPacketSize: 100 },
        { topicAliasMaximum: 65_535 },
        { sessionExpiryInterval: 0xffffffff },
      ],
      (properties) => JSON.stringify(properties),
      async (properties) => await (await stage.open5({ properties })).ping(),
    )),
];

export const LIMITS: Sequence[] = [...TOLD, ...PACKET_SIZE, ...PROBLEMS, ...LIMITED, ...OFFERS];
