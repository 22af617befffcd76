/**
 * Section 3.3: what PUBLISH may be, its answers, DUP, and the properties that are passed on.
 */
import { bytes, DISCONNECT, hex, packet, PINGREQ } from "../../support/raw_packets.ts";
import { publish5, pubrec5 } from "../../support/raw_packets5.ts";
import type { RawProperties } from "../../support/raw_properties5.ts";
import { equal, forAll } from "../checks.ts";
import { closes5, endsBy, endsFor, Reason, WRONG } from "../checks5.ts";
import type { Peer5 } from "../peer5.ts";
import { type Sequence, sequence, Skip } from "../sequence.ts";
import type { Stage } from "../stage.ts";

/** A subscriber of `t` at this QoS. */
async function subscriber(stage: Stage, qos = 2): Promise<Peer5> {
  const peer = await stage.open5();
  await peer.requested([[stage.topic("t"), qos]]);
  return peer;
}

const FORMS: Sequence[] = [
  ...["36", "37", "3e", "3f"].map((first) =>
    sequence(
      "3.3.1-4 4.13.1-1",
      `closes on a PUBLISH at QoS 3 (first byte ${first})`,
      async (stage) => {
        const watcher = await stage.subscriber(stage.topic("#"));
        const wrong = publish5(stage.topic("t"), "x", { qos: 1 });
        wrong[0] = parseInt(first, 16);
        await closes5(stage, WRONG, wrong);
        await watcher.nothing();
      },
    )
  ),
  ...["#", "+", "a/#", "a/+", "+/a", "a/+/b", "a#", "a+", "#/a"].map((topic) =>
    sequence(
      "3.3.2-2 4.7.0-1",
      `closes on a PUBLISH to ${topic}`,
      (stage) => closes5(stage, [...WRONG, Reason.BAD_TOPIC], publish5(topic, "x")),
    )
  ),
  ...[0, 1, 2].map((qos) =>
    sequence(
      "4.7.3-1",
      `closes on a PUBLISH at QoS ${qos} to an empty topic without an alias`,
      (stage) => closes5(stage, [...WRONG, Reason.BAD_TOPIC], publish5("", "x", { qos })),
    )
  ),
  sequence(
    "3.3.1-2",
    "closes on a PUBLISH at QoS 0 with DUP, or passes it on without",
    async (stage) => {
      const watcher = await subscriber(stage);
      const publisher = await stage.open5();
      await publisher.raw.sendAnyway(publish5(stage.topic("t"), "x", { dup: true }), PINGREQ);
      const answer = await publisher.raw.next5();
      if (answer === undefined || answer.type === "DISCONNECT") return await watcher.nothing();
      await watcher.gets("x/0");
    },
  ),
  ...[1, 2].map((qos) =>
    sequence(
      "3.3.1-3 4.3.2-2 4.3.3-2",
      `passes a QoS ${qos} message with DUP on without it`,
      async (stage) => {
        const watcher = await subscriber(stage, qos);
        await (await stage.open5()).say(stage.topic("t"), "x", { qos, dup: true });
        await watcher.gets(`x/${qos}`);
      },
    )
  ),
  sequence(
    "3.3.2-1 3.3.2-3",
    "sends the topic name of the message, not the filter",
    async (stage) => {
      const peer = await stage.open5();
      await peer.requested([[stage.topic("#"), 0]]);
      await (await stage.open5()).say(stage.topic("a/b"), "x");
      equal((await peer.take()).topic, stage.topic("a/b"));
    },
  ),
  sequence(
    "4.7.3-3",
    "closes on a topic length beyond the packet",
    (stage) =>
      forAll(
        ["ff ff", "80 00", "00 40"],
        (text) => text,
        (text) => closes5(stage, WRONG, packet(0x30, hex(text), "short")),
      ),
  ),
];

const ACCEPTED = [0x00, 0x10];

const ANSWERS: Sequence[] = [
  sequence("3.3.4-1 4.3.1-1", "answers a PUBLISH at QoS 0 with nothing", async (stage) => {
    const { raw } = await stage.open5();
    await raw.send(publish5(stage.topic("t"), "x"));
    await raw.expectNothing();
  }),
  ...([["PUBACK", 1, "3.4.2-1 3.3.4-1 4.3.2-4"], ["PUBREC", 2, "3.5.2-1 3.3.4-1 4.3.3-8"]] as const)
    .flatMap(([type, qos, numbers]) => [
      sequence(numbers, `answers a PUBLISH at QoS ${qos} with ${type} 0 or 0x10`, async (stage) => {
        const peer = await stage.open5();
        const ack = await peer.said(stage.topic("no one"), "x", { qos, id: 3 });
        if (!ACCEPTED.includes(ack!.reasonCode)) throw new Error(`${ack!.reasonCode}`);
        await peer.nothing();
      }),
      sequence(
        numbers,
        `answers a PUBLISH at QoS ${qos} that has a subscriber with ${type} 0`,
        async (stage) => {
          await subscriber(stage);
          const ack = await (await stage.open5()).said(stage.topic("t"), "x", { qos });
          equal(ack!.reasonCode, 0);
        },
      ),
      sequence(numbers, `says by ${type} 0x10 that a message has no subscriber`, async (stage) => {
        const ack = await (await stage.open5()).said(stage.topic("no one"), "x", { qos });
        equal(ack!.reasonCode, 0x10);
      }, { habit: true }),
      sequence(
        `${numbers} 4.13.2-1`,
        `refuses a forbidden PUBLISH at QoS ${qos} by ${type} 0x87, or closes`,
        async (stage) => {
          const topic = stage.target.deniedTopic!;
          const watcher = await stage.open5();
          await watcher.request([[topic, 2]]);
          const peer = await stage.open5();
          await peer.raw.send(publish5(topic, "x", { qos, id: 3 }));
          const answer = await peer.raw.next5();
          if (answer !== undefined) {
            if (answer.type !== type && answer.type !== "DISCONNECT") throw new Error(answer.type);
            const code = answer.reasonCode;
            // A server need not tell that it dropped the message.
            if (code !== Reason.NOT_AUTHORIZED && !ACCEPTED.includes(code)) {
              throw new Error(
                `${code}`,
              );
            }
          }
          await watcher.nothing();
        },
        { needs: "deniedTopic" },
      ),
      sequence(
        numbers,
        `says by ${type} 0x87 that a PUBLISH at QoS ${qos} is forbidden`,
        async (stage) => {
          const ack = await (await stage.open5()).said(stage.target.deniedTopic!, "x", { qos });
          equal(ack!.reasonCode, Reason.NOT_AUTHORIZED);
        },
        { needs: "deniedTopic", habit: true },
      ),
    ]),
  sequence(
    "4.3.3-9",
    "takes the id of a QoS 2 message that it refused for a new one",
    async (stage) => {
      const topic = stage.target.deniedTopic!;
      const watcher = await subscriber(stage);
      const peer = await stage.open5();
      const ack = await peer.said(topic, "x", { qos: 2, id: 3 });
      if (ack!.reasonCode < 0x80) throw new Skip("a forbidden message is acknowledged");
      await peer.say(stage.topic("t"), "new", { qos: 2, id: 3 });
      await watcher.gets("new/2");
      await watcher.nothing();
    },
    { needs: "deniedTopic" },
  ),
];

const FULL: RawProperties = {
  payloadFormatIndicator: 1,
  contentType: "text/plain; charset=utf-8",
  responseTopic: "answer/here",
  userProperties: [["b", "2"], ["a", "1"], ["b", "3"], ["b", "2"], ["", ""], ["é", "\u{1f99f}"]],
};

async function passes(stage: Stage, qos: number, retain: boolean): Promise<void> {
  const early = await subscriber(stage);
  const correlationData = Uint8Array.from({ length: 256 }, (_, i) => i);
  const properties = { ...FULL, correlationData };
  await (await stage.open5()).say(stage.topic("t"), "x", { qos, retain, properties });
  for (const peer of retain ? [early, await subscriber(stage)] : [early]) {
    const { correlationData: got, ...rest } = (await peer.receive()).properties;
    equal([...got!], [...correlationData]);
    equal(rest, FULL);
  }
}

/** One property, passed on as it came: value and number. */
const SINGLE: [number: string, properties: RawProperties][] = [
  ["3.3.2-4", { payloadFormatIndicator: 0 }],
  ["3.3.2-4", { payloadFormatIndicator: 1 }],
  ["3.3.2-15", { responseTopic: "a/b/c" }],
  ["3.3.2-20", { contentType: "" }],
  ["3.3.2-20", { contentType: "application/json" }],
  ["3.3.2-17", { userProperties: [["", ""]] }],
  ["3.3.2-18", { userProperties: Array.from({ length: 100 }, (_, i) => [`${i % 7}`, `${i}`]) }],
  ["3.3.2-17", { userProperties: [["n".repeat(5000), "v".repeat(5000)]] }],
];

const PASSED_ON: Sequence[] = [
  ...[0, 1, 2].flatMap((qos) => [
    sequence(
      "3.3.2-4 3.3.2-15 3.3.2-16 3.3.2-17 3.3.2-18 3.3.2-20",
      `passes every property on unaltered at QoS ${qos}`,
      (stage) => passes(stage, qos, false),
    ),
    sequence(
      "3.3.2-4 3.3.2-15 3.3.2-16 3.3.2-17 3.3.2-18 3.3.2-20 3.3.1-5",
      `retains every property unaltered at QoS ${qos}`,
      (stage) => passes(stage, qos, true),
    ),
  ]),
  ...SINGLE.map(([number, properties]) =>
    sequence(number, `passes on ${JSON.stringify(properties).slice(0, 60)}`, async (stage) => {
      const peer = await subscriber(stage);
      await (await stage.open5()).say(stage.topic("t"), "x", { properties });
      const got = (await peer.receive()).properties;
      // A payload format indicator of 0 is the same as none.
      if (properties.payloadFormatIndicator === 0) equal(got.payloadFormatIndicator ?? 0, 0);
      else equal(got, properties);
    })
  ),
  sequence("3.3.2-16", "passes on empty correlation data", async (stage) => {
    const peer = await subscriber(stage);
    await (await stage.open5()).say(stage.topic("t"), "x", { properties: { correlationData: "" } });
    equal((await peer.receive()).properties.correlationData?.length, 0);
  }),
  sequence("3.3.2-17", "adds no property of its own", async (stage) => {
    const peer = await subscriber(stage);
    await (await stage.open5()).say(stage.topic("t"), "x");
    equal((await peer.receive()).properties, {});
  }),
  sequence(
    "3.3.2-17 3.3.2-18",
    "passes properties on to each of several subscribers",
    async (stage) => {
      const peers = await Promise.all([0, 1, 2].map((qos) => subscriber(stage, qos)));
      const properties = { userProperties: [["a", "1"], ["a", "2"]] as [string, string][] };
      await (await stage.open5()).say(stage.topic("t"), "x", { qos: 2, properties });
      for (const peer of peers) equal((await peer.receive()).properties, properties);
    },
  ),
  sequence(
    "3.3.2-4",
    "takes a payload that is no UTF-8 though it is said to be, or refuses it by 0x99",
    async (stage) => {
      const peer = await stage.open5();
      const properties = { payloadFormatIndicator: 1 };
      await peer.raw.send(publish5(stage.topic("t"), hex("ff fe"), { qos: 1, id: 3, properties }));
      const answer = await peer.raw.next5();
      if (answer === undefined) return;
      if (answer.type !== "PUBACK" && answer.type !== "DISCONNECT") throw new Error(answer.type);
      if (![...ACCEPTED, Reason.BAD_PAYLOAD].includes(answer.reasonCode)) {
        throw new Error(
          "a reason",
        );
      }
    },
  ),
  sequence("3.3.2-15 3.3.2-16", "carries a request and its response", async (stage) => {
    const server = await stage.open5();
    await server.requested([[stage.topic("ask"), 1]]);
    const client = await stage.open5();
    const responseTopic = stage.topic("answer");
    await client.requested([[responseTopic, 1]]);
    const correlationData = hex("01 02 00 ff");
    const properties = { responseTopic, correlationData };
    await client.say(stage.topic("ask"), "?", { qos: 1, properties });
    const asked = await server.receive();
    equal(asked.properties.responseTopic, responseTopic);
    const back = { correlationData: asked.properties.correlationData! };
    await server.say(asked.properties.responseTopic!, "!", { qos: 1, properties: back });
    const answered = await client.receive();
    equal([answered.payload, ...answered.properties.correlationData!], ["!", 1, 2, 0, 255]);
  }),
];

const QOS: Sequence[] = [
  sequence(
    "4.3.2-5",
    "takes a QoS 1 id that was acknowledged as new, with DUP too",
    async (stage) => {
      const watcher = await subscriber(stage, 1);
      const peer = await stage.open5();
      await peer.say(stage.topic("t"), "one", { qos: 1, id: 5 });
      await peer.say(stage.topic("t"), "two", { qos: 1, id: 5, dup: true });
      equal(await watcher.payloads(2), ["one", "two"]);
    },
  ),
  sequence("4.3.3-10", "passes a QoS 2 message on once until PUBREL", async (stage) => {
    const watcher = await subscriber(stage);
    const peer = await stage.open5();
    for (const dup of [false, true, true]) {
      await peer.raw.send(publish5(stage.topic("t"), "x", { qos: 2, id: 5, dup }));
      await peer.acked("PUBREC", 5);
    }
    await peer.raw.send(hex("62 02 00 05"));
    await peer.acked("PUBCOMP", 5);
    await watcher.gets("x/2");
    await watcher.nothing();
  }),
  sequence("4.3.3-12 4.3.3-11", "takes a QoS 2 id as new after PUBCOMP", async (stage) => {
    const watcher = await subscriber(stage);
    const peer = await stage.open5();
    await peer.say(stage.topic("t"), "one", { qos: 2, id: 5 });
    await peer.say(stage.topic("t"), "two", { qos: 2, id: 5, dup: true });
    equal(await watcher.payloads(2), ["one", "two"]);
  }),
  ...[1, 2].map((qos) =>
    sequence(
      qos === 1 ? "4.3.2-2 4.3.2-3" : "4.3.3-2 4.3.3-3 4.3.3-4 4.3.3-5",
      `sends QoS ${qos} with an id and DUP 0, and nothing after its handshake`,
      async (stage) => {
        const peer = await subscriber(stage, qos);
        await (await stage.open5()).say(stage.topic("t"), "x", { qos });
        const got = await peer.receive();
        equal([got.dup, got.id > 0, got.qos], [false, true, qos]);
        await peer.nothing();
      },
    )
  ),
  sequence(
    "4.3.3-6 4.3.3-5 4.4.0-1",
    "sends PUBREL again at reconnection, and PUBLISH no more",
    async (stage) => {
      const peer = await stage.keep5();
      await peer.requested([[stage.topic("t"), 2]]);
      await (await stage.open5()).say(stage.topic("t"), "x", { qos: 2 });
      const { id } = await peer.take();
      await peer.raw.send(pubrec5(id));
      await peer.next5("PUBREL", id);
      await peer.nothing();
      await peer.drop();
      const again = await stage.keep5(peer.clientId);
      equal((await again.next5("PUBREL", id)).reasonCode, 0);
      await again.nothing();
    },
  ),
  sequence("4.5.0-1", "delivers what is published in one write with DISCONNECT", async (stage) => {
    const watcher = await subscriber(stage, 0);
    const publisher = await stage.open5();
    const many = Array.from({ length: 100 }, (_, i) => publish5(stage.topic("t"), `${i}`));
    await publisher.raw.send(bytes(...many, DISCONNECT));
    equal((await watcher.payloads(100)).at(-1), "99");
  }),
];

/** Acknowledgements that cannot be of the message that was delivered at this QoS. */
const WRONG_ACKS: [title: string, qos: number, type: number][] = [
  ["PUBACK for QoS 2", 2, 0x40],
  ["PUBREC for QoS 1", 1, 0x50],
  ["PUBCOMP for QoS 1", 1, 0x70],
  ["PUBCOMP before PUBREC", 2, 0x70],
];

const ACKS: Sequence[] = [
  ...WRONG_ACKS.map(([title, qos, type]) =>
    sequence("4.13.1-1", `closes on ${title}`, async (stage) => {
      const peer = await subscriber(stage, qos);
      await (await stage.open5()).say(stage.topic("t"), "x", { qos });
      const { id } = await peer.take();
      await peer.raw.sendAnyway(Uint8Array.of(type, 2, id >> 8, id & 255), PINGREQ);
      await endsFor(peer, WRONG);
    })
  ),
  sequence(
    "4.13.1-1",
    "closes on acknowledgements with a reason code that is none of theirs",
    (stage) =>
      forAll([0x01, 0x11, 0x7f, 0x81, 0x82, 0x92, 0xff], String, async (code) => {
        const topic = stage.topic(`${code}`);
        const peer = await stage.open5();
        await peer.requested([[topic, 1]]);
        await (await stage.open5()).say(topic, "x", { qos: 1 });
        const { id } = await peer.take();
        await peer.raw.sendAnyway(Uint8Array.of(0x40, 3, id >> 8, id & 255, code), PINGREQ);
        await endsFor(peer, WRONG);
      }),
  ),
  ...[0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99].map((code) =>
    sequence(
      "4.4.0-2 3.4.2-1 3.5.2-1",
      `takes a PUBACK and a PUBREC of 0x${code.toString(16)} as the end of the message`,
      async (stage) => {
        for (const qos of [1, 2]) {
          const peer = await stage.keep5();
          await peer.requested([[stage.topic("t"), qos]]);
          await (await stage.open5()).say(stage.topic("t"), "x", { qos });
          const { id } = await peer.take();
          await peer.raw.send(Uint8Array.of(0x30 + qos * 0x10, 3, id >> 8, id & 255, code));
          await peer.nothing();
          await peer.drop();
          await (await stage.keep5(peer.clientId)).nothing();
        }
      },
    )
  ),
  sequence("4.3.3-4", "answers no PUBREC of 0x80 or above by PUBREL", async (stage) => {
    const peer = await subscriber(stage);
    await (await stage.open5()).say(stage.topic("t"), "x", { qos: 2 });
    const { id } = await peer.take();
    await peer.raw.send(Uint8Array.of(0x50, 3, id >> 8, id & 255, 0x83));
    await peer.nothing();
  }),
  sequence("4.3.3-4 3.6.2-1", "answers PUBREC 0x10 by PUBREL 0", async (stage) => {
    const peer = await subscriber(stage);
    await (await stage.open5()).say(stage.topic("t"), "x", { qos: 2 });
    const { id } = await peer.take();
    await peer.raw.send(Uint8Array.of(0x50, 3, id >> 8, id & 255, 0x10));
    equal((await peer.next5("PUBREL", id)).reasonCode, 0);
  }),
  sequence(
    "3.6.2-1 3.7.2-1",
    "answers a PUBREC for an id that is not in use by PUBREL 0 or 0x92, or closes",
    async (stage) => {
      const peer = await stage.open5();
      await peer.raw.sendAnyway(hex("50 02 10 92"), PINGREQ);
      const answer = await peer.raw.next5();
      if (
        answer === undefined || answer.type === "DISCONNECT" || answer.type === "PINGRESP"
      ) return;
      if (answer.type !== "PUBREL") throw new Error(answer.type);
      if (![0, Reason.ID_NOT_FOUND].includes(answer.reasonCode)) throw new Error("another code");
    },
  ),
  sequence("3.7.2-1", "answers PUBREL by PUBCOMP 0", async (stage) => {
    const peer = await stage.open5();
    await peer.raw.send(publish5(stage.topic("t"), "x", { qos: 2, id: 5 }));
    await peer.acked("PUBREC", 5);
    await peer.raw.send(hex("62 02 00 05"));
    equal((await peer.next5("PUBCOMP", 5)).reasonCode, 0);
  }),
  sequence(
    "4.13.1-1",
    "closes on PUBREL with a reason code that is none of its own",
    async (stage) => {
      const peer = await stage.open5();
      await peer.raw.send(publish5(stage.topic("t"), "x", { qos: 2, id: 5 }));
      await peer.acked("PUBREC", 5);
      await peer.raw.sendAnyway(hex("62 03 00 05 10"), PINGREQ);
      await endsFor(peer, WRONG);
    },
  ),
  sequence(
    "4.13.1-1 4.13.2-1",
    "says by DISCONNECT why it closes on a PUBLISH to a wildcard",
    async (stage) => {
      const peer = await stage.open5();
      await peer.raw.sendAnyway(publish5("a/#", "x"));
      await endsBy(peer, [...WRONG, Reason.BAD_TOPIC]);
    },
    { habit: true },
  ),
];

export const PUBLISH_5: Sequence[] = [...FORMS, ...ANSWERS, ...PASSED_ON, ...QOS, ...ACKS];
