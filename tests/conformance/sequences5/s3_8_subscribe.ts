/**
 * Sections 3.8 to 3.11: the options of a subscription, subscription identifiers, reason codes of SUBACK and UNSUBACK.
 */
import { bytes, field, packet, PINGREQ, u16 } from "../../support/raw_packets.ts";
import {
  publish5,
  type RawOptions5,
  subscribe5,
  unsubscribe5,
} from "../../support/raw_packets5.ts";
import { equal, forAll } from "../checks.ts";
import { closes5, endsFor, Reason, WRONG } from "../checks5.ts";
import type { Peer5 } from "../peer5.ts";
import { type Sequence, sequence, Skip } from "../sequence.ts";
import type { Stage } from "../stage.ts";

const BAD_FILTERS = ["a#", "a/#/b", "#/a", "##", "a/b#", "a+", "+a", "a/+b", "a/b+/c", "++", "#+"];

/** An empty or wrong filter: closed, or refused by a reason code. */
async function refusesFilter(stage: Stage, filter: string): Promise<void> {
  const peer = await stage.open5();
  await peer.raw.sendAnyway(subscribe5(1, [[filter, 0]]));
  const answer = await peer.raw.next5();
  if (answer === undefined) return;
  if (answer.type === "SUBACK") {
    if (answer.reasonCodes[0]! < 0x80) throw new Error(`${filter} was granted`);
  } else if (answer.type !== "DISCONNECT") throw new Error(answer.type);
}

const FORMS: Sequence[] = [
  sequence(
    "3.8.3-2 4.13.1-1",
    "closes on a SUBSCRIBE without filters",
    (stage) => closes5(stage, WRONG, subscribe5(1, [])),
  ),
  sequence(
    "3.10.3-2 4.13.1-1",
    "closes on an UNSUBSCRIBE without filters",
    (stage) => closes5(stage, WRONG, unsubscribe5(1, [])),
  ),
  sequence(
    "3.8.3-5 4.13.1-1",
    "closes on reserved option bits, QoS 3 and retain handling 3",
    (stage) =>
      forAll(
        [0x03, 0x07, 0x30, 0x31, 0x40, 0x80, 0xc0, 0xff],
        (options) => `0x${options.toString(16)}`,
        (options) => closes5(stage, WRONG, subscribe5(1, [[stage.topic("t"), options]])),
      ),
  ),
  sequence(
    "3.8.3-5",
    "closes on wrong options of a second filter, and subscribes to none",
    async (stage) => {
      const peer = await stage.open5();
      await peer.raw.sendAnyway(
        subscribe5(1, [[stage.topic("a"), 1], [stage.topic("b"), 0x43]]),
        PINGREQ,
      );
      await endsFor(peer, WRONG);
    },
  ),
  ...["", ...BAD_FILTERS].map((filter) =>
    sequence(
      filter === "" ? "4.7.3-1" : filter.includes("#") ? "4.7.1-1" : "4.7.1-2",
      `refuses the filter ${JSON.stringify(filter)}`,
      (stage) => refusesFilter(stage, filter),
    )
  ),
  sequence(
    "3.8.4-1 3.8.4-7",
    "grants every QoS that it is asked for, or a lower",
    (stage) =>
      forAll([0, 1, 2], String, async (qos) => {
        const { reasonCodes } = await (await stage.open5()).request([[stage.topic("t"), qos]]);
        if (reasonCodes.length !== 1 || reasonCodes[0]! > qos) throw new Error(`${reasonCodes}`);
      }),
  ),
  sequence(
    "3.8.4-6 3.9.3-1 3.8.4-5",
    "answers many filters in their order in one SUBACK",
    async (stage) => {
      const asked = [0, 1, 2, 1, 0, 2, 2, 0, 1];
      const peer = await stage.open5();
      const { reasonCodes } = await peer.request(asked.map((qos, i) => [stage.topic(`${i}`), qos]));
      equal(reasonCodes, asked);
    },
  ),
  sequence(
    "3.9.3-2 3.8.4-7 3.8.4-5",
    "answers a forbidden filter with 0x87 or 0x80, the others as usual",
    async (stage) => {
      const peer = await stage.open5();
      const denied = stage.target.deniedTopic!;
      const { reasonCodes } = await peer.request([[stage.topic("a"), 1], [denied, 1], [
        stage.topic("b"),
        0,
      ]]);
      equal([reasonCodes[0], reasonCodes[2], reasonCodes.length], [1, 0, 3]);
      // A broker may also let the subscription stand and deliver nothing (a choice of mosquitto's).
      if (![1, 0x80, Reason.NOT_AUTHORIZED].includes(reasonCodes[1]!)) {
        throw new Error(
          `${reasonCodes}`,
        );
      }
    },
    { needs: "deniedTopic" },
  ),
  sequence("3.9.3-2", "says by 0x87 that a filter is forbidden", async (stage) => {
    const peer = await stage.open5();
    equal((await peer.request([[stage.target.deniedTopic!, 1]])).reasonCodes, [0x87]);
  }, { needs: "deniedTopic", habit: true }),
];

/** A client that subscribes to `t` with these options and then publishes there itself, as another does. */
async function local(stage: Stage, options: RawOptions5): Promise<string[]> {
  const peer = await stage.open5();
  await peer.requested([[stage.topic("t"), options]]);
  await peer.say(stage.topic("t"), "own", { qos: 1 });
  await (await stage.open5()).say(stage.topic("t"), "other", { qos: 1 });
  return (await peer.drain()).map(({ payload }) => payload);
}

const NO_LOCAL: Sequence[] = [
  ...[0, 1, 2].map((qos) =>
    sequence(
      "3.8.3-3",
      `sends a client with no local at QoS ${qos} nothing of its own`,
      async (stage) => {
        equal(await local(stage, { qos, noLocal: true }), ["other"]);
      },
    )
  ),
  sequence("3.8.3-3", "sends a client without no local what it publishes", async (stage) => {
    equal(await local(stage, { qos: 1 }), ["own", "other"]);
  }),
  sequence(
    "3.8.3-3",
    "keeps no local by client id, after another connection too",
    async (stage) => {
      const peer = await stage.keep5();
      await peer.requested([[stage.topic("t"), { qos: 1, noLocal: true }]]);
      await peer.say(stage.topic("t"), "own", { qos: 1 });
      await peer.disconnect();
      const again = await stage.keep5(peer.clientId);
      await again.say(stage.topic("t"), "own", { qos: 1 });
      await again.nothing();
    },
  ),
  sequence("3.8.3-3", "applies no local to its subscription alone", async (stage) => {
    const peer = await stage.open5();
    await peer.requested([[stage.topic("t"), { qos: 1, noLocal: true }]], {
      subscriptionIdentifiers: [1],
    });
    await peer.requested([[stage.topic("#"), { qos: 0 }]], { subscriptionIdentifiers: [2] });
    await peer.say(stage.topic("t"), "own", { qos: 1 });
    const got = await peer.receive();
    equal([got.payload, got.qos, got.properties.subscriptionIdentifiers], ["own", 0, [2]]);
    await peer.nothing();
  }),
  sequence("3.8.4-3 3.8.3-3", "replaces no local", async (stage) => {
    const peer = await stage.open5();
    await peer.requested([[stage.topic("t"), { noLocal: true }]]);
    await peer.requested([[stage.topic("t"), {}]]);
    await peer.say(stage.topic("t"), "own");
    await peer.gets("own/0");
    await peer.requested([[stage.topic("t"), { noLocal: true }]]);
    await peer.say(stage.topic("t"), "own");
    await peer.nothing();
  }),
  sequence(
    "3.8.3-3",
    "sends a retained message of its own at SUBSCRIBE with no local, or not",
    async (stage) => {
      const peer = await stage.open5();
      await peer.say(stage.topic("t"), "own", { retain: true });
      await peer.requested([[stage.topic("t"), { noLocal: true }]]);
      const got = await peer.drain();
      if (got.length > 1) throw new Error(`${got.length} messages`);
    },
  ),
  sequence("3.8.3-3", "sends no will to its own client with no local", async (stage) => {
    const will = { topic: stage.topic("t"), payload: "gone", qos: 1 };
    const peer = await stage.keep5(stage.newId(), { will });
    await peer.requested([[stage.topic("t"), { qos: 1, noLocal: true }]]);
    await peer.drop();
    await (await stage.keep5(peer.clientId)).nothing();
  }, { habit: true }),
];

/** RETAIN of a message as it comes to an established subscription and to a new one. */
async function retainBits(stage: Stage, retainAsPublished: boolean): Promise<string[]> {
  const early = await stage.open5();
  await early.requested([[stage.topic("t"), { qos: 1, retainAsPublished }]]);
  const publisher = await stage.open5();
  await publisher.say(stage.topic("t"), "plain", { qos: 1 });
  await publisher.say(stage.topic("t"), "kept", { qos: 1, retain: true });
  const late = await stage.open5();
  await late.requested([[stage.topic("t"), { qos: 1, retainAsPublished }]]);
  return [await early.next(), await early.next(), await late.next()];
}

/** Subscribes twice with one retain handling; the number of retained messages each time. */
async function handling(stage: Stage, retainHandling: number, first: number): Promise<number[]> {
  await (await stage.open5()).say(stage.topic("a"), "A", { qos: 1, retain: true });
  await (await stage.open5()).say(stage.topic("b"), "B", { qos: 1, retain: true });
  const peer = await stage.open5();
  const counts: number[] = [];
  for (const handling of [first, retainHandling]) {
    await peer.requested([[stage.topic("+"), { qos: 1, retainHandling: handling }]]);
    counts.push((await peer.drain()).length);
  }
  return counts;
}

const RETAIN: Sequence[] = [
  sequence("3.3.1-12", "clears RETAIN without retain as published", async (stage) => {
    equal(await retainBits(stage, false), ["plain/1", "kept/1", "kept/1/r"]);
  }),
  sequence("3.3.1-13", "keeps RETAIN with retain as published", async (stage) => {
    equal(await retainBits(stage, true), ["plain/1", "kept/1/r", "kept/1/r"]);
  }),
  sequence("3.3.1-13", "keeps RETAIN of a message that waited", async (stage) => {
    const peer = await stage.keep5();
    await peer.requested([[stage.topic("t"), { qos: 1, retainAsPublished: true }]]);
    await peer.disconnect();
    await (await stage.open5()).say(stage.topic("t"), "x", { qos: 1, retain: true });
    await (await stage.keep5(peer.clientId)).gets("x/1/r");
  }),
  sequence("3.3.1-13 3.8.4-3", "replaces retain as published", async (stage) => {
    const peer = await stage.open5();
    const publisher = await stage.open5();
    for (const retainAsPublished of [true, false, true]) {
      await peer.requested([[stage.topic("t"), { retainAsPublished, retainHandling: 2 }]]);
      await publisher.say(stage.topic("t"), "x", { retain: true });
      await peer.gets(retainAsPublished ? "x/0/r" : "x/0");
    }
  }),
  sequence("3.3.1-13", "decides RETAIN for each of several subscribers", async (stage) => {
    const peers = await Promise.all([true, false].map(async (retainAsPublished) => {
      const peer = await stage.open5();
      await peer.requested([[stage.topic("t"), { retainAsPublished }]]);
      return peer;
    }));
    await (await stage.open5()).say(stage.topic("t"), "x", { retain: true });
    equal([await peers[0]!.next(), await peers[1]!.next()], ["x/0/r", "x/0"]);
  }),
  sequence(
    "3.3.1-9 3.8.4-4",
    "sends retained messages at every SUBSCRIBE with retain handling 0",
    async (stage) => {
      equal(await handling(stage, 0, 0), [2, 2]);
    },
  ),
  sequence("3.3.1-10", "sends retained messages once with retain handling 1", async (stage) => {
    equal(await handling(stage, 1, 1), [2, 0]);
  }),
  sequence(
    "3.3.1-10",
    "takes a subscription of other options as the same for retain handling 1",
    async (stage) => {
      equal(await handling(stage, 1, 0), [2, 0]);
      const peer = await stage.open5();
      await peer.requested([[stage.topic("+"), { retainHandling: 2 }]]);
      await peer.requested([[stage.topic("+"), { qos: 1, noLocal: true, retainHandling: 1 }]]);
      await peer.nothing();
    },
  ),
  sequence(
    "3.3.1-10",
    "takes a subscription after UNSUBSCRIBE as new for retain handling 1",
    async (stage) => {
      await (await stage.open5()).say(stage.topic("t"), "x", { retain: true });
      const peer = await stage.open5();
      for (let i = 0; i < 2; i++) {
        await peer.requested([[stage.topic("t"), { retainHandling: 1 }]]);
        await peer.gets("x/0/r");
        await peer.leave([stage.topic("t")]);
      }
    },
  ),
  sequence(
    "3.3.1-10",
    "takes a subscription of a resumed session as the same for retain handling 1",
    async (stage) => {
      await (await stage.open5()).say(stage.topic("t"), "x", { retain: true });
      const peer = await stage.keep5();
      await peer.requested([[stage.topic("t"), { retainHandling: 1 }]]);
      await peer.gets("x/0/r");
      const again = await stage.keep5(peer.clientId);
      await again.requested([[stage.topic("t"), { retainHandling: 1 }]]);
      await again.nothing();
    },
  ),
  sequence("3.3.1-11", "sends no retained message with retain handling 2", async (stage) => {
    equal(await handling(stage, 2, 2), [0, 0]);
  }),
  sequence("3.3.1-11", "passes messages on with retain handling 2", async (stage) => {
    const peer = await stage.open5();
    await peer.requested([[stage.topic("t"), { retainHandling: 2 }]]);
    await (await stage.open5()).say(stage.topic("t"), "x", { retain: true });
    await peer.gets("x/0");
  }),
  sequence(
    "3.3.1-9 3.3.1-11 3.8.4-5",
    "handles each filter of one SUBSCRIBE by its own options",
    async (stage) => {
      for (const name of ["a", "b"]) {
        await (await stage.open5()).say(stage.topic(name), name, { retain: true });
      }
      const peer = await stage.open5();
      await peer.requested([[stage.topic("a"), { retainHandling: 2 }], [stage.topic("b"), {}]]);
      await peer.gets("b/0/r");
      await peer.nothing();
    },
  ),
  sequence("3.8.4-4", "loses nothing while a subscription is replaced", async (stage) => {
    const peer = await stage.open5();
    await peer.requested([[stage.topic("t"), 1]]);
    const publisher = await stage.open5();
    const ids = Array.from({ length: 50 }, (_, i) => i + 1);
    await publisher.raw.send(
      bytes(...ids.map((id) => publish5(stage.topic("t"), `${id}`, { qos: 1, id }))),
    );
    for (let i = 0; i < 10; i++) {
      await peer.requested([[stage.topic("t"), { qos: 1, noLocal: true }]]);
    }
    equal(await peer.payloads(ids.length), ids.map(String));
  }),
];

/** The subscription ids of all copies of one message. */
async function idsOf(peer: Peer5): Promise<{ ids: number[]; qos: number[]; copies: number }> {
  const got = await peer.drain();
  const ids = got.flatMap(({ properties }) => properties.subscriptionIdentifiers ?? []);
  return { ids: ids.sort((a, b) => a - b), qos: got.map(({ qos }) => qos), copies: got.length };
}

async function identified(stage: Stage): Promise<Peer5> {
  const peer = await stage.open5();
  if (peer.told.subscriptionIdentifiersAvailable === 0) throw new Skip("there are no identifiers");
  return peer;
}

const IDENTIFIERS: Sequence[] = [
  sequence(
    "3.3.4-3",
    "sends the identifier of a subscription, the least and the greatest",
    (stage) =>
      forAll(
        [1, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152, 268_435_455],
        String,
        async (id) => {
          const peer = await identified(stage);
          await peer.requested([[stage.topic("t"), 0]], { subscriptionIdentifiers: [id] });
          await peer.say(stage.topic("t"), "x");
          equal((await peer.take()).properties.subscriptionIdentifiers, [id]);
        },
      ),
  ),
  sequence(
    "3.3.4-2 3.3.4-3 3.3.4-4 3.3.4-5",
    "sends the identifiers of all overlapping subscriptions, at the highest QoS",
    async (stage) => {
      const peer = await identified(stage);
      await peer.requested([[stage.topic("a/b"), 0]], { subscriptionIdentifiers: [1] });
      await peer.requested([[stage.topic("a/+"), 2]], { subscriptionIdentifiers: [2] });
      await peer.requested([[stage.topic("#"), 1]], { subscriptionIdentifiers: [3] });
      await peer.requested([[stage.topic("c"), 2]], { subscriptionIdentifiers: [4] });
      await (await stage.open5()).say(stage.topic("a/b"), "x", { qos: 2 });
      const { ids, qos, copies } = await idsOf(peer);
      equal(ids, [1, 2, 3]);
      if (!qos.includes(2) || ![1, 3].includes(copies)) throw new Error(`QoS ${qos}`);
    },
  ),
  sequence("3.3.4-3 3.3.4-4", "sends the identifiers of those that have one", async (stage) => {
    const peer = await identified(stage);
    await peer.requested([[stage.topic("a"), 0]], { subscriptionIdentifiers: [9] });
    await peer.requested([[stage.topic("+"), 0]]);
    await (await stage.open5()).say(stage.topic("a"), "x");
    equal((await idsOf(peer)).ids, [9]);
  }),
  sequence(
    "3.3.4-4",
    "sends an identifier that two overlapping subscriptions have",
    async (stage) => {
      const peer = await identified(stage);
      const same = { subscriptionIdentifiers: [5] };
      await peer.requested([[stage.topic("a"), 0], [stage.topic("+"), 0]], same);
      await (await stage.open5()).say(stage.topic("a"), "x");
      const { ids } = await idsOf(peer);
      equal([...new Set(ids)], [5]);
    },
  ),
  sequence("3.3.4-3", "sends one identifier for each filter of one SUBSCRIBE", async (stage) => {
    const peer = await identified(stage);
    await peer.requested([[stage.topic("a"), 0], [stage.topic("b"), 0]], {
      subscriptionIdentifiers: [6],
    });
    const publisher = await stage.open5();
    for (const name of ["a", "b"]) {
      await publisher.say(stage.topic(name), "x");
      equal((await peer.take()).properties.subscriptionIdentifiers, [6]);
    }
  }),
  sequence("3.8.4-3 3.3.4-3", "replaces, adds and removes an identifier", async (stage) => {
    const peer = await identified(stage);
    const publisher = await stage.open5();
    for (const id of [1, 2, undefined, 3]) {
      await peer.requested(
        [[stage.topic("t"), 0]],
        id === undefined ? {} : { subscriptionIdentifiers: [id] },
      );
      await publisher.say(stage.topic("t"), "x");
      equal(
        (await peer.take()).properties.subscriptionIdentifiers,
        id === undefined ? undefined : [id],
      );
    }
  }),
  sequence("3.3.4-3", "sends the identifier with a retained message", async (stage) => {
    await (await stage.open5()).say(stage.topic("t"), "x", { retain: true });
    const peer = await identified(stage);
    await peer.requested([[stage.topic("t"), 0]], { subscriptionIdentifiers: [8] });
    equal((await peer.take()).properties.subscriptionIdentifiers, [8]);
  }),
  sequence("3.3.4-3", "sends the identifier with a message that waited", async (stage) => {
    const peer = await stage.keep5();
    await peer.requested([[stage.topic("t"), 1]], { subscriptionIdentifiers: [8] });
    await peer.disconnect();
    await (await stage.open5()).say(stage.topic("t"), "x", { qos: 1 });
    equal((await (await stage.keep5(peer.clientId)).receive()).properties.subscriptionIdentifiers, [
      8,
    ]);
  }),
  sequence("3.3.4-3", "sends each client its own identifiers", async (stage) => {
    const peers = await Promise.all([1, 2, 3].map(async (id) => {
      const peer = await identified(stage);
      await peer.requested([[stage.topic("t"), 0]], { subscriptionIdentifiers: [id] });
      return peer;
    }));
    await (await stage.open5()).say(stage.topic("t"), "x");
    for (const [i, peer] of peers.entries()) {
      equal((await peer.take()).properties.subscriptionIdentifiers, [i + 1]);
    }
  }),
  sequence(
    "3.8.4-3 3.10.4-1",
    "sends no identifier of a subscription that was ended",
    async (stage) => {
      const peer = await identified(stage);
      await peer.requested([[stage.topic("a"), 0]], { subscriptionIdentifiers: [1] });
      await peer.requested([[stage.topic("+"), 0]], { subscriptionIdentifiers: [2] });
      await peer.leave([stage.topic("a")]);
      await (await stage.open5()).say(stage.topic("a"), "x");
      equal((await idsOf(peer)).ids, [2]);
    },
  ),
  sequence(
    "4.13.1-1",
    "closes on a SUBSCRIBE with two identifiers",
    (stage) =>
      closes5(stage, WRONG, subscribe5(1, [["t", 0]], { subscriptionIdentifiers: [1, 2] })),
  ),
];

const UNSUBSCRIBE: Sequence[] = [
  sequence(
    "3.11.3-1 3.11.3-2 3.10.4-4 3.10.4-6",
    "answers each filter of UNSUBSCRIBE in its order",
    async (stage) => {
      const peer = await stage.open5();
      await peer.requested([[stage.topic("a"), 0], [stage.topic("b"), 1], [stage.topic("+/c"), 2]]);
      const filters = ["a", "never", "+/c", "b", "a"].map((name) => stage.topic(name));
      equal((await peer.leave(filters)).reasonCodes, [0, 0x11, 0, 0, 0x11]);
      const publisher = await stage.open5();
      for (const name of ["a", "b", "x/c"]) await publisher.say(stage.topic(name), "x");
      await peer.nothing();
    },
  ),
  sequence(
    "3.11.3-2 3.10.4-5",
    "answers a filter that was never subscribed by 0x11",
    async (stage) => {
      equal((await (await stage.open5()).leave([stage.topic("never")])).reasonCodes, [0x11]);
    },
  ),
  sequence("3.10.4-1 3.11.3-2", "compares filters character by character", (stage) =>
    forAll(
      [["a/b", "a/+"], ["a/+", "a/b"], ["a/#", "a/+"], ["a/b", "A/b"], ["a/b", "a/b/"], [
        "é",
        "e\u0301",
      ]],
      (pair) => pair.join(" "),
      async ([subscribed, other]) => {
        const peer = await stage.open5();
        await peer.requested([[stage.topic(subscribed!), 0]]);
        equal((await peer.leave([stage.topic(other!)])).reasonCodes, [0x11]);
        equal((await peer.leave([stage.topic(subscribed!)])).reasonCodes, [0]);
      },
    )),
  ...[1, 2].map((qos) =>
    sequence(
      "3.10.4-3 3.10.4-2",
      `sends a QoS ${qos} message again that was sent before UNSUBSCRIBE, and no later one`,
      async (stage) => {
        const peer = await stage.keep5();
        await peer.requested([[stage.topic("t"), qos]]);
        await (await stage.open5()).say(stage.topic("t"), "begun", { qos });
        const begun = await peer.take();
        await peer.leave([stage.topic("t")]);
        await (await stage.open5()).say(stage.topic("t"), "later", { qos });
        await peer.nothing();
        await peer.drop();
        const again = await stage.keep5(peer.clientId);
        const got = await again.receive();
        equal([got.payload, got.id, got.dup], ["begun", begun.id, true]);
        await again.nothing();
      },
    )
  ),
  sequence(
    "3.8.4-1 3.10.4-4",
    "takes SUBSCRIBE, PUBLISH and UNSUBSCRIBE of one write in their order",
    async (stage) => {
      const topic = stage.topic("t");
      const { raw } = await stage.open5();
      await raw.send(bytes(
        publish5(topic, "before"),
        subscribe5(1, [[topic, 0]]),
        publish5(topic, "between"),
        unsubscribe5(2, [topic]),
        publish5(topic, "after"),
        PINGREQ,
      ));
      const packets = [await raw.next5(), await raw.next5(), await raw.next5(), await raw.next5()];
      // A PUBLISH may come before the SUBACK that it belongs to.
      equal(packets.map((one) => one!.type).sort(), ["PINGRESP", "PUBLISH", "SUBACK", "UNSUBACK"]);
    },
  ),
  sequence(
    "3.8.4-5",
    "lets the last of equal filters in one SUBSCRIBE stand, with its options",
    async (stage) => {
      const peer = await stage.open5();
      const { reasonCodes } = await peer.request([[stage.topic("t"), 2], [stage.topic("t"), {
        noLocal: true,
      }]]);
      equal(reasonCodes, [2, 0]);
      await peer.say(stage.topic("t"), "own");
      await (await stage.open5()).say(stage.topic("t"), "x", { qos: 2 });
      await peer.gets("x/0");
      await peer.nothing();
    },
  ),
  sequence(
    "3.8.3-1 2.2.2-1",
    "reads a SUBSCRIBE and an UNSUBSCRIBE byte by byte",
    async (stage) => {
      const { raw } = await stage.open5();
      for (const byte of packet(0x82, u16(7), 0, field(stage.topic("t")), 1)) {
        await raw.send(
          bytes(byte),
        );
      }
      equal((await raw.expect5("SUBACK")).reasonCodes, [1]);
      for (const byte of packet(0xa2, u16(8), 0, field(stage.topic("t")))) {
        await raw.send(
          bytes(byte),
        );
      }
      equal((await raw.expect5("UNSUBACK")).reasonCodes, [0]);
    },
  ),
];

export const SUBSCRIBE_5: Sequence[] = [
  ...FORMS,
  ...NO_LOCAL,
  ...RETAIN,
  ...IDENTIFIERS,
  ...UNSUBSCRIBE,
];
