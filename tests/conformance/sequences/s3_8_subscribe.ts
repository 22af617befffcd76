/**
 * Sections 3.8 and 3.9, SUBSCRIBE and SUBACK; filters that are wrong, in UNSUBSCRIBE too.
 */
import { bytes, packet, subscribe, u16, unsubscribe } from "../../support/raw_packets.ts";
import { closesConnected, equal, forAll } from "../checks.ts";
import { type Sequence, sequence } from "../sequence.ts";
import type { Stage } from "../stage.ts";

const BAD_FILTERS = [
  "a#",
  "a/#/b",
  "#/a",
  "##",
  "a/b#",
  "a+",
  "+a",
  "a/+b",
  "a/b+/c",
  "++",
  "+#",
  "#+",
];

/** An empty or wrong filter: closed, or refused by 0x80 (the standard names both). */
async function refusesFilter(stage: Stage, filter: string): Promise<void> {
  const peer = await stage.open();
  await peer.raw.sendAnyway(subscribe(1, [filter, 0]));
  const answer = await peer.raw.nextPacket();
  if (answer && !(answer.type === 9 && answer.body[2] === 0x80)) {
    throw new Error(`${filter} was granted ${answer.body[2]}`);
  }
}

/** Unsubscribing a filter that nobody can have: closed, or UNSUBACK. */
async function toleratesUnsubscribe(stage: Stage, filter: string): Promise<void> {
  const peer = await stage.open();
  await peer.raw.sendAnyway(unsubscribe(1, filter));
  const answer = await peer.raw.nextPacket();
  if (answer && answer.type !== 11) throw new Error(`got type ${answer.type}`);
}

const FORMS: Sequence[] = [
  sequence(
    "3.8.3-3 4.8.0-1",
    "closes on a SUBSCRIBE without filters",
    (stage) => closesConnected(stage, packet(0x82, u16(1))),
  ),
  sequence(
    "3.10.3-2 4.8.0-1",
    "closes on an UNSUBSCRIBE without filters",
    (stage) => closesConnected(stage, packet(0xa2, u16(1))),
  ),
  ...[3, 4, 0x10, 0x80, 0x81, 0xff].map((qos) =>
    sequence(
      "3.8.3-4",
      `closes on a SUBSCRIBE with the QoS byte 0x${qos.toString(16)}`,
      (stage) => closesConnected(stage, subscribe(1, ["a", qos])),
    )
  ),
  sequence(
    "3.8.3-4",
    "closes on a SUBSCRIBE whose second filter has QoS 3",
    (stage) => closesConnected(stage, subscribe(1, [stage.topic("a"), 1], [stage.topic("b"), 3])),
  ),
  sequence("4.7.3-1", "refuses an empty filter", (stage) => refusesFilter(stage, "")),
  sequence(
    "4.7.3-1",
    "answers or closes on UNSUBSCRIBE of an empty filter",
    (stage) => toleratesUnsubscribe(stage, ""),
  ),
  ...BAD_FILTERS.map((filter) =>
    sequence(
      `${filter.includes("#") ? "4.7.1-2" : "4.7.1-3"}`,
      `refuses the filter ${filter}`,
      (stage) => refusesFilter(stage, filter),
    )
  ),
  sequence(
    "3.10.4-5",
    "answers or closes on UNSUBSCRIBE of filters that cannot be",
    (stage) =>
      forAll(BAD_FILTERS, (filter) => filter, (filter) => toleratesUnsubscribe(stage, filter)),
  ),
  sequence("4.7.3-3", "accepts a filter of 65,535 bytes, or refuses it", async (stage) => {
    const peer = await stage.open();
    const filter = stage.topic("f".repeat(65_535 - stage.topic("").length));
    const codes = await peer.subscribe([filter, 0]);
    if (codes.length !== 1) throw new Error(`${codes}`);
  }),
];

export const SUBSCRIBED: Sequence[] = [
  ...[0, 1, 2].map((qos) =>
    sequence(
      "3.8.4-1 3.8.4-5 3.9.3-2",
      `answers SUBSCRIBE at QoS ${qos} with SUBACK`,
      async (stage) => {
        const codes = await (await stage.open()).subscribe([stage.topic("t"), qos]);
        const legal = codes.length === 1 && (codes[0] === 0x80 || codes[0]! <= qos);
        if (!legal) throw new Error(`${codes}`);
      },
    )
  ),
  sequence(
    "3.9.3-1 3.8.4-4 3.8.4-5",
    "answers many filters in their order in one SUBACK",
    async (stage) => {
      const peer = await stage.open();
      const asked = [0, 1, 2, 1, 0, 2, 2, 0, 1];
      const filters = asked.map((qos, i): [string, number] => [stage.topic(`${i}`), qos]);
      equal(await peer.subscribe(...filters), asked);
      await peer.nothing();
    },
  ),
  sequence("3.8.4-4", "subscribes to every filter of one SUBSCRIBE", async (stage) => {
    const peer = await stage.open();
    const topics = ["a", "b", "c/d"].map((name) => stage.topic(name));
    await peer.subscribed(...topics.map((topic): [string, number] => [topic, 1]));
    const publisher = await stage.open();
    for (const topic of topics) {
      await publisher.publish(topic, "x", { qos: 1 });
      if ((await peer.receive()).topic !== topic) throw new Error(topic);
    }
  }),
  sequence(
    "3.8.4-4 3.8.4-3",
    "lets the last of equal filters in one SUBSCRIBE stand",
    async (stage) => {
      const peer = await stage.open();
      const codes = await peer.subscribe([stage.topic("t"), 2], [stage.topic("t"), 0]);
      if (`${codes}` !== "2,0") throw new Error(`${codes}`);
      await (await stage.open()).publish(stage.topic("t"), "x", { qos: 2 });
      if ((await peer.receive()).qos !== 0) throw new Error("the first filter stands");
      await peer.nothing();
    },
  ),
  sequence("3.8.4-1", "takes 1,000 filters in one SUBSCRIBE", async (stage) => {
    const peer = await stage.open();
    const filters = Array.from(
      { length: 1000 },
      (_, i): [string, number] => [stage.topic(`n/${i}`), i % 3],
    );
    await peer.subscribed(...filters);
    await (await stage.open()).publish(stage.topic("n/999"), "x");
    await peer.receive();
  }),
  ...[0, 1, 2].flatMap((published) =>
    [0, 1, 2].map((granted) =>
      sequence(
        "3.8.4-6",
        `delivers QoS ${published} to a subscription at QoS ${granted} at the lower`,
        async (stage) => {
          const peer = await stage.subscriber(stage.topic("t"), granted);
          await (await stage.open()).publish(stage.topic("t"), "x", { qos: published });
          const { qos } = await peer.receive();
          if (qos !== Math.min(published, granted)) throw new Error(`QoS ${qos}`);
          await peer.nothing();
        },
      )
    )
  ),
  ...[[0, 2], [2, 0], [1, 2], [2, 1]].map(([before, after]) =>
    sequence(
      "3.8.4-3",
      `replaces a subscription at QoS ${before} by one at QoS ${after}`,
      async (stage) => {
        const peer = await stage.subscriber(stage.topic("t"), before);
        await peer.subscribed([stage.topic("t"), after!]);
        await (await stage.open()).publish(stage.topic("t"), "x", { qos: 2 });
        if ((await peer.receive()).qos !== after) throw new Error("the older QoS");
        await peer.nothing();
      },
    )
  ),
  sequence(
    "3.8.4-3 3.3.1-6 3.3.1-8",
    "sends retained messages again when a subscription is replaced",
    async (stage) => {
      await (await stage.open()).publish(stage.topic("t"), "kept", { qos: 1, retain: true });
      const peer = await stage.open();
      for (let i = 0; i < 3; i++) {
        await peer.subscribed([stage.topic("t"), 1]);
        const got = await peer.receive();
        if (got.payload !== "kept" || !got.retain) throw new Error(`${got.payload} ${got.retain}`);
      }
      await peer.nothing();
    },
  ),
  sequence("3.8.4-3", "leaves subscriptions that only match alike alone", async (stage) => {
    const peer = await stage.open();
    await peer.subscribed([stage.topic("a/+"), 0]);
    await peer.subscribed([stage.topic("a/#"), 1]);
    await peer.unsubscribe(stage.topic("a/#"));
    await (await stage.open()).publish(stage.topic("a/b"), "x", { qos: 1 });
    if ((await peer.receive()).qos !== 0) throw new Error("the first subscription is gone");
  }),
  sequence("3.8.4-3", "interrupts nothing while a subscription is replaced", async (stage) => {
    const peer = await stage.subscriber(stage.topic("t"), 1);
    const publisher = await stage.open();
    const ids = Array.from({ length: 50 }, (_, i) => i + 1);
    await publisher.raw.send(
      bytes(...ids.map((id) => stage.words.publish(stage.topic("t"), `${id}`, { qos: 1, id }))),
    );
    for (let i = 0; i < 10; i++) await peer.subscribed([stage.topic("t"), 1]);
    const got = await peer.payloads(ids.length);
    if (`${got}` !== `${ids}`) throw new Error(`${got}`);
  }),
  sequence("3.8.4-1", "sends a client what it publishes itself", async (stage) => {
    const peer = await stage.subscriber(stage.topic("t"), 1);
    await peer.publish(stage.topic("t"), "own", { qos: 1 });
    if ((await peer.receive()).payload !== "own") throw new Error("another message");
  }),
];

export const SUBSCRIBE: Sequence[] = [...FORMS, ...SUBSCRIBED];
