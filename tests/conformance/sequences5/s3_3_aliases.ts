/**
 * Sections 3.3.2.3.3 and 3.3.2.3.4: message expiry, counted down where a message waits, and topic aliases in both
 * directions.
 */
import { PINGREQ } from "../../support/raw_packets.ts";
import { publish5, type RawPublish5 } from "../../support/raw_packets5.ts";
import { equal, forAll } from "../checks.ts";
import { endsFor, Reason, WRONG } from "../checks5.ts";
import type { Peer5 } from "../peer5.ts";
import { type Sequence, sequence, Skip } from "../sequence.ts";
import type { Stage } from "../stage.ts";

const slow = { slow: true };

/** A PUBLISH that expires. */
function expiring(seconds: number, options: RawPublish5 = {}): RawPublish5 {
  return { qos: 1, ...options, properties: { messageExpiryInterval: seconds } };
}

/** A kept session that is subscribed to `t` and away. */
async function absent(stage: Stage, qos = 2): Promise<string> {
  const peer = await stage.keep5();
  await peer.requested([[stage.topic("t"), qos]]);
  await peer.disconnect();
  return peer.clientId;
}

/** Between `from` and `to`. */
function between(value: number | undefined, from: number, to: number): void {
  if (value === undefined || value < from || value > to) throw new Error(`expiry ${value}`);
}

const EXPIRY: Sequence[] = [
  sequence("3.3.2-6", "passes the expiry of a message on that did not wait", async (stage) => {
    const peer = await stage.open5();
    await peer.requested([[stage.topic("t"), 1]]);
    await (await stage.open5()).say(stage.topic("t"), "x", expiring(100));
    between((await peer.receive()).properties.messageExpiryInterval, 99, 100);
  }),
  sequence("3.3.2-6", "passes an expiry of 4,294,967,295 s on", async (stage) => {
    const peer = await stage.open5();
    await peer.requested([[stage.topic("t"), 1]]);
    await (await stage.open5()).say(stage.topic("t"), "x", expiring(0xffffffff));
    between((await peer.receive()).properties.messageExpiryInterval, 0xfffffffe, 0xffffffff);
  }),
  ...[1, 2].map((qos) =>
    sequence(
      "3.3.2-6",
      `counts the expiry of a QoS ${qos} message down while it waits`,
      async (stage) => {
        const clientId = await absent(stage);
        await (await stage.open5()).say(stage.topic("t"), "x", expiring(100, { qos }));
        await stage.time.pause(2100);
        const got = await (await stage.keep5(clientId)).receive();
        between(got.properties.messageExpiryInterval, 97, 98);
      },
      slow,
    )
  ),
  ...[1, 2].map((qos) =>
    sequence(
      "3.3.2-5",
      `deletes a QoS ${qos} message that expired while it waited`,
      async (stage) => {
        const clientId = await absent(stage);
        const publisher = await stage.open5();
        await publisher.say(stage.topic("t"), "gone", expiring(1, { qos }));
        await publisher.say(stage.topic("t"), "kept", { qos });
        await stage.time.pause(2500);
        const peer = await stage.keep5(clientId);
        await peer.gets(`kept/${qos}`);
        await peer.nothing();
      },
      slow,
    )
  ),
  sequence(
    "3.3.2-5 3.3.2-6",
    "keeps of four messages that wait those that have not expired",
    async (stage) => {
      const clientId = await absent(stage);
      const publisher = await stage.open5();
      for (
        const [payload, qos, seconds] of [["a", 1, 1], ["b", 2, 6], ["c", 1, 6], [
          "d",
          2,
          1,
        ]] as const
      ) {
        await publisher.say(stage.topic("t"), payload, expiring(seconds, { qos }));
      }
      await stage.time.pause(3000);
      const peer = await stage.keep5(clientId);
      for (const payload of ["b", "c"]) {
        const got = await peer.receive();
        equal(got.payload, payload);
        between(got.properties.messageExpiryInterval, 1, 4);
      }
      await peer.nothing();
    },
    slow,
  ),
  sequence("3.3.2-5 3.3.1-9", "deletes a retained message that expired", async (stage) => {
    await (await stage.open5()).say(stage.topic("t"), "x", expiring(1, { retain: true }));
    const early = await stage.open5();
    await early.requested([[stage.topic("t"), 1]]);
    await early.gets("x/1/r");
    await stage.time.pause(2500);
    const late = await stage.open5();
    await late.requested([[stage.topic("t"), 1]]);
    await late.nothing();
  }, slow),
  sequence("3.3.2-6", "counts the expiry of a retained message down", async (stage) => {
    await (await stage.open5()).say(stage.topic("t"), "x", expiring(100, { retain: true }));
    await stage.time.pause(2100);
    const late = await stage.open5();
    await late.requested([[stage.topic("t"), 1]]);
    between((await late.receive()).properties.messageExpiryInterval, 97, 98);
  }, slow),
  sequence(
    "3.3.2-5",
    "lets a message expire for the one who waits, not for the one who is there",
    async (stage) => {
      const clientId = await absent(stage);
      const peer = await stage.open5();
      await peer.requested([[stage.topic("t"), 1]]);
      await (await stage.open5()).say(stage.topic("t"), "x", expiring(1));
      await peer.gets("x/1");
      await stage.time.pause(2500);
      await (await stage.keep5(clientId)).nothing();
    },
    slow,
  ),
  sequence(
    "3.3.2-5",
    "deletes a message that expires behind a full receive window",
    async (stage) => {
      const peer = await stage.open5({ properties: { receiveMaximum: 1 } });
      await peer.requested([[stage.topic("t"), 1]]);
      const publisher = await stage.open5();
      await publisher.say(stage.topic("t"), "first", { qos: 1 });
      await publisher.say(stage.topic("t"), "expires", expiring(1));
      await publisher.say(stage.topic("t"), "last", { qos: 1 });
      await stage.time.pause(2500);
      await peer.gets("first/1", "last/1");
    },
    slow,
  ),
  ...[1, 2].map((qos) =>
    sequence(
      qos === 2 ? "4.3.3-7 4.3.3-13 4.4.0-1" : "4.4.0-1",
      `sends a QoS ${qos} message again that expired after it was sent`,
      async (stage) => {
        const peer = await stage.keep5();
        await peer.requested([[stage.topic("t"), qos]]);
        await (await stage.open5()).say(stage.topic("t"), "x", expiring(1, { qos }));
        const { id } = await peer.take();
        await peer.drop();
        await stage.time.pause(2500);
        const again = await stage.keep5(peer.clientId);
        const got = await again.receive();
        equal([got.payload, got.id, got.dup], ["x", id, true]);
      },
      // For QoS 1 the standard says so nowhere.
      { slow: true, habit: qos === 1 },
    )
  ),
  sequence(
    "4.3.3-13",
    "completes a QoS 2 handshake whose message expired meanwhile",
    async (stage) => {
      const peer = await stage.open5();
      const message = publish5(stage.topic("t"), "x", { ...expiring(1), qos: 2, id: 5 });
      await peer.raw.send(message);
      await peer.acked("PUBREC", 5);
      await stage.time.pause(2000);
      await peer.raw.send(Uint8Array.of(0x62, 2, 0, 5));
      await peer.acked("PUBCOMP", 5);
    },
    slow,
  ),
];

/** A publisher with the aliases that the server allows; skips where there are none. */
async function aliasing(stage: Stage): Promise<[Peer5, maximum: number]> {
  const peer = await stage.open5();
  const maximum = peer.told.topicAliasMaximum ?? 0;
  if (maximum === 0) throw new Skip("the server takes no topic aliases");
  return [peer, maximum];
}

/** PUBLISH with an alias. */
function aliased(topic: string, alias: number, payload: string, qos = 0): Uint8Array {
  return publish5(topic, payload, { qos, id: alias, properties: { topicAlias: alias } });
}

async function watching(stage: Stage): Promise<Peer5> {
  const peer = await stage.open5();
  await peer.requested([[stage.topic("#"), 2]]);
  return peer;
}

/** The next messages have these payloads and topics. */
async function brings(stage: Stage, peer: Peer5, ...wanted: [topic: string, payload: string][]) {
  for (const [topic, payload] of wanted) {
    const got = await peer.receive();
    equal([got.topic, got.payload], [stage.topic(topic), payload]);
    equal(got.properties.topicAlias, undefined);
  }
}

const INBOUND: Sequence[] = [
  sequence("3.3.2-12", "reads every alias from 1 to its maximum", async (stage) => {
    const watcher = await watching(stage);
    const [peer, maximum] = await aliasing(stage);
    for (const alias of new Set([1, Math.ceil(maximum / 2), maximum])) {
      await peer.raw.send(
        aliased(stage.topic(`${alias}`), alias, "named"),
        aliased("", alias, "alias"),
      );
      await peer.ping();
      await brings(stage, watcher, [`${alias}`, "named"], [`${alias}`, "alias"]);
    }
  }),
  sequence("3.3.2-12", "reads as many aliases at once as its maximum", async (stage) => {
    const watcher = await watching(stage);
    const [peer, maximum] = await aliasing(stage);
    const aliases = Array.from({ length: Math.min(maximum, 200) }, (_, i) => i + 1);
    for (const alias of aliases) await peer.raw.send(aliased(stage.topic(`${alias}`), alias, "n"));
    for (const alias of aliases) await peer.raw.send(aliased("", alias, "a"));
    await peer.ping();
    await brings(stage, watcher, ...aliases.map((alias): [string, string] => [`${alias}`, "n"]));
    await brings(stage, watcher, ...aliases.map((alias): [string, string] => [`${alias}`, "a"]));
  }),
  sequence("3.3.2-12", "maps an alias again to another topic", async (stage) => {
    const watcher = await watching(stage);
    const [peer] = await aliasing(stage);
    await peer.raw.send(
      aliased(stage.topic("a"), 1, "1"),
      aliased("", 1, "2"),
      aliased(stage.topic("b"), 1, "3"),
      aliased("", 1, "4"),
    );
    await peer.ping();
    await brings(stage, watcher, ["a", "1"], ["a", "2"], ["b", "3"], ["b", "4"]);
  }),
  ...[1, 2].map((qos) =>
    sequence("3.3.2-12", `reads aliases at QoS ${qos}`, async (stage) => {
      const watcher = await watching(stage);
      const [peer] = await aliasing(stage);
      await peer.say(stage.topic("a"), "1", { qos, properties: { topicAlias: 1 } });
      await peer.say("", "2", { qos, properties: { topicAlias: 1 } });
      await brings(stage, watcher, ["a", "1"], ["a", "2"]);
    })
  ),
  sequence("3.3.2-12", "retains under the topic that an alias stands for", async (stage) => {
    const [peer] = await aliasing(stage);
    await peer.say(stage.topic("a"), "1", { properties: { topicAlias: 1 } });
    await peer.say("", "2", { retain: true, properties: { topicAlias: 1 } });
    await brings(stage, await watching(stage), ["a", "2"]);
  }),
  sequence("3.3.2-8 4.13.1-1", "closes on alias 0", async (stage) => {
    const peer = await stage.open5();
    await peer.raw.sendAnyway(aliased(stage.topic("a"), 0, "x"), PINGREQ);
    await endsFor(peer, [...WRONG, Reason.BAD_ALIAS]);
  }),
  sequence("3.3.2-8 4.13.1-1", "closes on alias 0 with an empty topic", async (stage) => {
    const peer = await stage.open5();
    await peer.raw.sendAnyway(aliased("", 0, "x"), PINGREQ);
    await endsFor(peer, [...WRONG, Reason.BAD_ALIAS]);
  }),
  sequence("4.13.1-1", "closes on an alias above its maximum", async (stage) => {
    const peer = await stage.open5();
    const maximum = peer.told.topicAliasMaximum ?? 0;
    if (maximum === 65_535) throw new Skip("there is none above the maximum");
    await forAll(new Set([maximum + 1, 65_535]), String, async (alias) => {
      const other = await stage.open5();
      await other.raw.sendAnyway(aliased(stage.topic("a"), alias, "x"), PINGREQ);
      await endsFor(other, [...WRONG, Reason.BAD_ALIAS]);
    });
  }),
  sequence("4.13.1-1", "closes on an alias that stands for nothing", async (stage) => {
    const [peer, maximum] = await aliasing(stage);
    await peer.raw.sendAnyway(aliased("", maximum, "x"), PINGREQ);
    await endsFor(peer, [...WRONG, Reason.BAD_ALIAS]);
  }),
  sequence("3.3.2-7", "forgets aliases with the connection", async (stage) => {
    const [first] = await aliasing(stage);
    const { clientId } = first;
    await first.say(stage.topic("a"), "x", { properties: { topicAlias: 1 } });
    await first.drop();
    const again = await stage.keep5(clientId);
    await again.raw.sendAnyway(aliased("", 1, "x"), PINGREQ);
    await endsFor(again, [...WRONG, Reason.BAD_ALIAS]);
  }),
  sequence("3.3.2-7", "forgets the aliases of a session that is resumed", async (stage) => {
    const first = await stage.keep5();
    if (!first.told.topicAliasMaximum) throw new Skip("the server takes no topic aliases");
    await first.say(stage.topic("a"), "x", { properties: { topicAlias: 1 } });
    const again = await stage.keep5(first.clientId);
    await again.raw.sendAnyway(aliased("", 1, "x"), PINGREQ);
    await endsFor(again, [...WRONG, Reason.BAD_ALIAS]);
  }),
  sequence("3.3.2-7", "keeps the aliases of two clients apart", async (stage) => {
    const watcher = await watching(stage);
    const [one] = await aliasing(stage);
    const [two] = await aliasing(stage);
    await one.say(stage.topic("a"), "1", { properties: { topicAlias: 1 } });
    await two.say(stage.topic("b"), "2", { properties: { topicAlias: 1 } });
    await one.say("", "3", { properties: { topicAlias: 1 } });
    await brings(stage, watcher, ["a", "1"], ["b", "2"], ["a", "3"]);
  }),
];

/** Receives `count` messages with the topic that each alias stands for; the aliases that came. */
async function resolved(peer: Peer5, count: number, topics: string[]): Promise<number[]> {
  const names = new Map<number, string>();
  const used: number[] = [];
  for (let i = 0; i < count; i++) {
    const { topic, properties: { topicAlias } } = await peer.receive();
    if (topicAlias !== undefined) used.push(topicAlias);
    if (topicAlias !== undefined && topic !== "") names.set(topicAlias, topic);
    topics.push(topic === "" ? names.get(topicAlias!) ?? "unknown" : topic);
  }
  return used;
}

async function outbound(stage: Stage, topicAliasMaximum: number | undefined, names: string[]) {
  const properties = topicAliasMaximum === undefined ? {} : { topicAliasMaximum };
  const peer = await stage.open5({ properties });
  await peer.requested([[stage.topic("#"), 1]]);
  const publisher = await stage.open5();
  for (const name of names) await publisher.say(stage.topic(name), name, { qos: 1 });
  const topics: string[] = [];
  const used = await resolved(peer, names.length, topics);
  equal(topics, names.map((name) => stage.topic(name)));
  return used;
}

const OUTBOUND: Sequence[] = [
  ...[undefined, 0].map((maximum) =>
    sequence(
      "3.1.2-27",
      `sends no alias where the client's maximum is ${maximum ?? "absent"}`,
      async (stage) => {
        equal(await outbound(stage, maximum, ["a", "a", "b", "a"]), []);
      },
    )
  ),
  ...[1, 2, 10, 65_535].map((maximum) =>
    sequence(
      "3.1.2-26 3.3.2-11 3.3.2-8",
      `sends no alias above the client's maximum of ${maximum}`,
      async (stage) => {
        const names = Array.from({ length: 40 }, (_, i) => `${i % 13}`);
        const used = await outbound(stage, maximum, names);
        if (used.some((alias) => alias < 1 || alias > maximum)) throw new Error(`aliases ${used}`);
      },
    )
  ),
  sequence("3.3.2-11", "uses an alias already with the first message of a topic", async (stage) => {
    if ((await outbound(stage, 10, ["a"])).length !== 1) throw new Error("no alias");
  }, { habit: true }),
  sequence(
    "3.3.2-7",
    "sends the topic's name with the first message of the next connection",
    async (stage) => {
      const properties = { topicAliasMaximum: 5 };
      const peer = await stage.keep5(stage.newId(), { properties });
      await peer.requested([[stage.topic("t"), 1]]);
      const publisher = await stage.open5();
      await publisher.say(stage.topic("t"), "x", { qos: 1 });
      await publisher.say(stage.topic("t"), "x", { qos: 1 });
      equal((await peer.take()).topic, stage.topic("t"));
      await peer.drop();
      const topics: string[] = [];
      await resolved(await stage.keep5(peer.clientId, { properties }), 2, topics);
      equal(topics, [stage.topic("t"), stage.topic("t")]);
    },
  ),
  sequence(
    "3.1.2-27",
    "sends the names of all topics again to a client that no longer takes aliases",
    async (stage) => {
      const peer = await stage.keep5(stage.newId(), { properties: { topicAliasMaximum: 5 } });
      await peer.requested([[stage.topic("t"), 1]]);
      await (await stage.open5()).say(stage.topic("t"), "x", { qos: 1 });
      await peer.take();
      await peer.drop();
      const got = await (await stage.keep5(peer.clientId)).receive();
      equal([got.topic, got.properties], [stage.topic("t"), {}]);
    },
  ),
];

export const ALIASES: Sequence[] = [...EXPIRY, ...INBOUND, ...OUTBOUND];
