/**
 * Section 3.3 PUBLISH: DUP, QoS, topic names, overlapping subscriptions, what is forbidden, sizes.
 */
import { bytes, hex, packet, puback, publish, pubrec } from "../../support/raw_packets.ts";
import { closesConnected, forAll } from "../checks.ts";
import { type Sequence, sequence } from "../sequence.ts";

const DUP: Sequence[] = [
  ...[1, 2].map((qos) =>
    sequence(
      "3.3.1-3 4.3.2-1",
      `passes a QoS ${qos} message with DUP on without it`,
      async (stage) => {
        const peer = await stage.subscriber(stage.topic("t"), qos);
        await (await stage.open()).publish(stage.topic("t"), "x", { qos, dup: true });
        await peer.gets(`x/${qos}`);
      },
    )
  ),
  sequence(
    "3.3.1-3 3.3.1-2",
    "passes a QoS 1 message with DUP on at QoS 0 without it",
    async (stage) => {
      const peer = await stage.subscriber(stage.topic("t"), 0);
      await (await stage.open()).publish(stage.topic("t"), "x", { qos: 1, dup: true });
      await peer.gets("x/0");
    },
  ),
  sequence("3.3.1-2", "does not pass DUP on at QoS 0", async (stage) => {
    const peer = await stage.subscriber(stage.topic("t"), 2);
    const publisher = await stage.open();
    await publisher.raw.sendAnyway(publish(stage.topic("t"), "x", { dup: true }));
    await publisher.raw.sendAnyway(hex("c0 00"));
    // The publisher broke the rule; to be closed for it is right as well.
    if (await publisher.raw.nextPacket() === undefined) return;
    await peer.gets("x/0");
  }),
];

const FORMS: Sequence[] = [
  ...["36", "37", "3e", "3f"].map((first) =>
    sequence("3.3.1-4", `closes on a PUBLISH at QoS 3 (first byte ${first})`, async (stage) => {
      const watcher = await stage.subscriber(stage.topic("#"));
      const wrong = publish(stage.topic("t"), "x", { qos: 1 });
      wrong[0] = parseInt(first, 16);
      await closesConnected(stage, wrong);
      await watcher.nothing();
    })
  ),
  ...["#", "+", "a/#", "a/+", "+/a", "a/+/b", "a#", "a+", "#/a"].map((topic) =>
    sequence(
      "3.3.2-2 4.7.1-1",
      `closes on a PUBLISH to ${topic}`,
      (stage) => closesConnected(stage, publish(topic, "x")),
    )
  ),
  ...[0, 1, 2].map((qos) =>
    sequence(
      "4.7.3-1",
      `closes on a PUBLISH at QoS ${qos} to an empty topic`,
      (stage) => closesConnected(stage, publish("", "x", { qos })),
    )
  ),
  sequence("3.3.2-1", "reads a PUBLISH with an empty payload", async (stage) => {
    const peer = await stage.subscriber(stage.topic("t"));
    await (await stage.open()).publish(stage.topic("t"), "");
    await peer.gets("/0");
  }),
  sequence("3.3.2-3", "sends the topic name of the message, not the filter", async (stage) => {
    const peer = await stage.subscriber(stage.topic("#"));
    await (await stage.open()).publish(stage.topic("a/b"), "x");
    const { topic } = await peer.receive();
    if (topic !== stage.topic("a/b")) throw new Error(topic);
  }),
  sequence("3.3.4-1 4.3.1-1", "answers a PUBLISH at QoS 0 with nothing", async (stage) => {
    const { raw } = await stage.open();
    await raw.send(publish(stage.topic("t"), "x"));
    await raw.expectNothing();
  }),
  sequence("3.3.4-1 4.3.2-2", "answers a PUBLISH at QoS 1 with PUBACK", async (stage) => {
    const { raw } = await stage.open();
    await raw.send(publish(stage.topic("t"), "x", { qos: 1, id: 3 }));
    await raw.expect(puback(3));
    await raw.expectNothing();
  }),
  sequence("3.3.4-1 4.3.3-2", "answers a PUBLISH at QoS 2 with PUBREC", async (stage) => {
    const { raw } = await stage.open();
    await raw.send(publish(stage.topic("t"), "x", { qos: 2, id: 3 }));
    await raw.expect(pubrec(3));
    await raw.expectNothing();
  }),
  sequence("3.3.4-1", "answers also where nobody subscribes", async (stage) => {
    const peer = await stage.open();
    for (const qos of [0, 1, 2]) await peer.publish(stage.topic("nobody"), "x", { qos });
    await peer.nothing();
  }),
];

/** With two matching filters, one copy must come at the higher QoS; more copies are allowed. */
function overlap(first: [string, number], second: [string, number], qos: number): Sequence {
  const best = Math.min(qos, Math.max(first[1], second[1]));
  const title = `delivers QoS ${qos} at QoS ${best} to ${first[0]} at ${first[1]} and ${
    second[0]
  } at ${second[1]}`;
  return sequence("3.3.5-1", title, async (stage) => {
    const peer = await stage.open();
    await peer.subscribed([stage.topic(first[0]), first[1]], [stage.topic(second[0]), second[1]]);
    await (await stage.open()).publish(stage.topic("a/b"), "x", { qos });
    const got = await peer.drain();
    const copies = got.filter((message) => message.payload === "x" && !message.dup);
    if (copies.length !== got.length || got.length < 1 || got.length > 2) {
      throw new Error(`${got.length} copies`);
    }
    if (!got.some((message) => message.qos === best)) {
      throw new Error(`QoS ${got.map((m) => m.qos)}`);
    }
  });
}

export const OVERLAPPING: Sequence[] = [
  overlap(["a/b", 0], ["a/+", 1], 2),
  overlap(["a/b", 1], ["a/+", 0], 2),
  overlap(["a/+", 2], ["a/#", 0], 2),
  overlap(["#", 1], ["a/b", 2], 2),
  overlap(["#", 1], ["+/+", 2], 1),
  overlap(["#", 0], ["a/b", 0], 2),
  overlap(["+/b", 2], ["a/+", 1], 0),
  sequence(
    "3.3.5-1",
    "delivers once more after one of two overlapping filters is unsubscribed",
    async (stage) => {
      const peer = await stage.open();
      await peer.subscribed([stage.topic("a/+"), 2], [stage.topic("a/b"), 1]);
      await peer.unsubscribe(stage.topic("a/+"));
      await (await stage.open()).publish(stage.topic("a/b"), "x", { qos: 2 });
      await peer.gets("x/1");
      await peer.nothing();
    },
  ),
];

const FORBIDDEN: Sequence[] = [
  ...[0, 1, 2].map((qos) =>
    sequence(
      "3.3.5-2",
      `acknowledges a forbidden PUBLISH at QoS ${qos}, or closes`,
      async (stage) => {
        const peer = await stage.open();
        const topic = stage.target.deniedTopic!;
        const watcher = await stage.open();
        await watcher.subscribe([topic, 2]);
        // Closing is the other permitted answer.
        await peer.publish(topic, "x", { qos }).catch(() => {});
        await watcher.nothing();
      },
      { needs: "deniedTopic" },
    )
  ),
  sequence(
    "3.8.4-5 3.9.3-2",
    "answers a forbidden filter with 0x80, the others as usual",
    async (stage) => {
      const peer = await stage.open();
      const codes = await peer.subscribe([stage.topic("a"), 1], [stage.target.deniedTopic!, 1], [
        stage.topic("b"),
        0,
      ]);
      // A broker may also let the subscription stand and deliver nothing (a choice of mosquitto's).
      if (codes.length !== 3 || codes[0] !== 1 || codes[2] !== 0) throw new Error(`${codes}`);
      if (codes[1] !== 0x80 && codes[1] !== 1) throw new Error(`${codes}`);
    },
    { needs: "deniedTopic" },
  ),
];

/** How large a message or a topic may be is a broker's own choice. */
const HABIT = { habit: true };

const SIZES: Sequence[] = [
  ...[126, 127, 128, 129, 16_383, 16_384, 16_385, 65_535, 65_536, 65_537].map((size) =>
    sequence("4.2.0-1", `passes a packet with a remaining length of ${size} on`, async (stage) => {
      const topic = stage.topic("t");
      const peer = await stage.subscriber(topic);
      const payload = bytes("p".repeat(size - 2 - topic.length));
      await peer.raw.send(publish(topic, payload));
      await peer.raw.expect(publish(topic, payload));
    })
  ),
  ...[0, 1, 2].map((qos) =>
    sequence("4.2.0-1", `passes 1 MiB on at QoS ${qos}`, async (stage) => {
      const peer = await stage.subscriber(stage.topic("t"), qos);
      const payload = Uint8Array.from({ length: 1 << 20 }, (_, i) => i % 251);
      const publisher = await stage.open();
      const [got] = await Promise.all([
        peer.receive(),
        publisher.publish(stage.topic("t"), payload, { qos }),
      ]);
      if (got.payload.length !== payload.length) throw new Error(`${got.payload.length} bytes`);
      const wrong = payload.findIndex((byte, i) => got.payload.charCodeAt(i) !== byte);
      if (wrong >= 0) throw new Error(`byte ${wrong} differs`);
    }, HABIT)
  ),
  sequence(
    "4.2.0-1",
    "passes 2,100,000 bytes on (a remaining length of four bytes)",
    async (stage) => {
      const peer = await stage.subscriber(stage.topic("t"));
      const payload = new Uint8Array(2_100_000).fill(7);
      const publisher = await stage.open();
      await publisher.raw.send(publish(stage.topic("t"), payload));
      const got = await peer.receive();
      if (got.payload.length !== payload.length) throw new Error(`${got.payload.length} bytes`);
    },
    HABIT,
  ),
  sequence("4.7.3-3", "passes a topic of 65,535 bytes on", async (stage) => {
    const topic = stage.topic("t".repeat(65_535 - stage.topic("").length));
    const peer = await stage.subscriber(topic);
    await (await stage.open()).publish(topic, "x");
    if ((await peer.receive()).topic !== topic) throw new Error("another topic");
  }, HABIT),
  sequence(
    "4.7.3-3",
    "closes on a topic length beyond the packet, whatever it claims",
    (stage) =>
      forAll(
        ["ff ff", "80 00", "00 40"],
        (text) => text,
        (text) => closesConnected(stage, packet(0x30, hex(text), "short")),
      ),
  ),
];

export const PUBLISH: Sequence[] = [...DUP, ...FORMS, ...OVERLAPPING, ...FORBIDDEN, ...SIZES];
