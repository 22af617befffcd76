/**
 * Sections 4.3 to 4.6: the messages that Midge's client publishes and receives in MQTT 5, and what a broker must not send.
 */
import type { RawClient } from "../../support/raw_client.ts";
import { bytes, hex, puback, pubcomp, pubrec, pubrel } from "../../support/raw_packets.ts";
import {
  auth5,
  connack5,
  puback5,
  publish5,
  pubrec5,
  suback5,
  subscribe5,
} from "../../support/raw_packets5.ts";
import type { Publish5 } from "../../support/raw_parse5.ts";
import { equal } from "../checks.ts";
import { type ClientStage, nothingSent } from "../client_stage.ts";
import { type ClientSequence, clientSequence } from "../sequence.ts";

type Publish = (topic: string, payload: string, options: { qos: 0 | 1 | 2 }) => Promise<unknown>;

/** Starts publications that no one has answered yet; what becomes of them is not looked at. */
function publishAll(client: { publish: Publish }, qos: 0 | 1 | 2, payloads: string[]): void {
  for (const payload of payloads) client.publish("t", payload, { qos }).catch(() => {});
}

async function publishes(broker: RawClient, count: number): Promise<Publish5[]> {
  const out = [];
  for (let i = 0; i < count; i++) out.push(await broker.expect5("PUBLISH"));
  return out;
}

const SESSION = { client_id: "again", cleansession: false };

/** Sends messages that the broker does not answer, drops the connection, and compares. */
async function sendsAgain(stage: ClientStage, qos: 1 | 2): Promise<void> {
  const { client, broker } = await stage.connected5(SESSION);
  publishAll(client, qos, ["a", "b", "c"]);
  const sent = await publishes(broker, 3);
  await broker.close();
  const again = await publishes((await stage.welcome5({}, true)).broker, 3);
  equal(
    again.map(({ payload, id, dup }) => [payload, id, dup]),
    sent.map(({ payload, id }) => [payload, id, true]),
  );
}

const PUBLISHING: ClientSequence[] = [
  clientSequence(
    "4.3.1-1 2.2.1-2 3.3.1-2 3.3.2-1",
    "publishes at QoS 0 without packet id and DUP",
    async (stage) => {
      const { client, broker } = await stage.connected5();
      await client.publish("t", "x");
      await broker.expect(publish5("t", "x"));
    },
  ),
  clientSequence(
    "2.2.1-3 4.3.2-1 4.3.2-2 4.3.3-1 4.3.3-2 3.3.1-4",
    "gives everything under way an id of its own, and no DUP",
    async (stage) => {
      const { client, broker } = await stage.connected5();
      publishAll(client, 1, ["a", "b"]);
      publishAll(client, 2, ["c", "d"]);
      const sent = await publishes(broker, 4);
      client.subscribe("t").catch(() => {});
      const ids = [...sent.map(({ id }) => id), (await broker.expect5("SUBSCRIBE")).id];
      if (new Set(ids).size !== 5 || ids.includes(0)) throw new Error(`ids ${ids}`);
      equal(sent.map(({ dup, qos }) => [dup, qos]), [[false, 1], [false, 1], [false, 2], [
        false,
        2,
      ]]);
    },
  ),
  clientSequence("4.3.2-3", "is done with a QoS 1 message at PUBACK", async (stage) => {
    const { client, broker } = await stage.connected5();
    const done = client.publish("t", "x", { qos: 1 });
    const [sent] = await publishes(broker, 1);
    await broker.send(puback(sent!.id));
    await done;
    await nothingSent(client, broker);
  }),
  clientSequence(
    "4.3.3-3 4.3.3-4 4.3.3-5 3.6.1-1 3.6.2-1 3.6.2-2 3.6.2-3 2.2.1-5",
    "sends PUBREL after PUBREC, in its shortest form, and is done at PUBCOMP",
    async (stage) => {
      const { client, broker } = await stage.connected5();
      const done = client.publish("t", "x", { qos: 2 });
      const [sent] = await publishes(broker, 1);
      await broker.send(pubrec5(sent!.id, 0x10, { reasonString: "no one" }));
      await broker.expect(pubrel(sent!.id));
      await broker.send(pubcomp(sent!.id));
      await done;
      await nothingSent(client, broker);
    },
  ),
  ...[1, 2].map((qos) =>
    clientSequence(
      `4.4.0-1 3.3.1-1 4.6.0-1 ${qos === 1 ? "4.3.2-3" : "4.3.3-3"}`,
      `sends unacknowledged QoS ${qos} messages again, DUP, in order`,
      (stage) => sendsAgain(stage, qos === 1 ? 1 : 2),
    )
  ),
  clientSequence(
    "4.3.3-6 4.3.3-5 4.4.0-1",
    "sends PUBREL again, and PUBLISH no more",
    async (stage) => {
      const { client, broker } = await stage.connected5(SESSION);
      publishAll(client, 2, ["x"]);
      const [sent] = await publishes(broker, 1);
      await broker.send(pubrec(sent!.id));
      await broker.expect(pubrel(sent!.id));
      await broker.close();
      const { broker: again } = await stage.welcome5({}, true);
      await again.expect(pubrel(sent!.id));
      await again.send(pubcomp(sent!.id));
      await nothingSent(client, again);
    },
  ),
  clientSequence("4.6.0-4", "sends PUBREL in the order of the PUBRECs", async (stage) => {
    const { client, broker } = await stage.connected5();
    publishAll(client, 2, ["a", "b", "c"]);
    const ids = (await publishes(broker, 3)).map(({ id }) => id).reverse();
    await broker.send(bytes(...ids.map(pubrec)));
    await broker.expect(...ids.map(pubrel));
  }),
  ...[1, 2].map((qos) =>
    clientSequence(
      "4.4.0-2 4.3.3-4",
      `sends a QoS ${qos} message that was refused no more`,
      async (stage) => {
        const { client, broker } = await stage.connected5(SESSION);
        const outcome = client.publish("t", "x", { qos: qos === 1 ? 1 : 2 }).then(
          () => "done",
          () => "refused",
        );
        const [sent] = await publishes(broker, 1);
        await broker.send(qos === 1 ? puback5(sent!.id, 0x97) : pubrec5(sent!.id, 0x97));
        equal(await outcome, "refused");
        await nothingSent(client, broker);
        await broker.close();
        const { broker: again } = await stage.welcome5({}, true);
        await again.send(publish5("t", "x", { qos: 1, id: 9 }));
        await again.expect(puback(9));
        await nothingSent(client, again);
      },
    )
  ),
  clientSequence(
    "4.3.3-7 4.4.0-1",
    "sends a QoS 2 message again whatever its expiry",
    async (stage) => {
      const { client, broker } = await stage.connected5(SESSION);
      client.publish("t", "x", { qos: 2, messageExpiryInterval: 1 }).catch(() => {});
      await publishes(broker, 1);
      await new Promise((resolve) => setTimeout(resolve, 1100));
      await broker.close();
      const [got] = await publishes((await stage.welcome5({}, true)).broker, 1);
      equal([got!.payload, got!.dup], ["x", true]);
    },
  ),
];

const RECEIVING: ClientSequence[] = [
  clientSequence(
    "4.5.0-2 3.3.4-1 2.2.1-5 4.3.2-4 4.3.3-8 4.3.3-11 3.4.2-1 3.4.2-2 3.4.2-3 3.5.2-1 3.5.2-2 3.5.2-3 3.7.2-1 3.7.2-2 3.7.2-3",
    "acknowledges messages that no one reads, in the shortest form",
    async (stage) => {
      const { broker } = await stage.connected5({}, { maximumPacketSize: 40 });
      await broker.send(publish5("t", "x"), publish5("t", "x", { qos: 1, id: 9 }));
      await broker.expect(puback(9));
      await broker.send(publish5("t", "x", { qos: 2, id: 9 }));
      await broker.expect(pubrec(9));
      await broker.send(pubrel(9));
      await broker.expect(pubcomp(9));
    },
  ),
  clientSequence(
    "4.3.2-5",
    "takes a QoS 1 message under an acknowledged id as new",
    async (stage) => {
      const { client, broker } = await stage.connected5();
      const got: string[] = [];
      client.onMessage("t", (message) => void got.push(message.text()));
      for (const [payload, dup] of [["a", false], ["b", false], ["c", true]] as const) {
        await broker.send(publish5("t", payload, { qos: 1, id: 9, dup }));
        await broker.expect(puback(9));
      }
      equal(got, ["a", "b", "c"]);
    },
  ),
  clientSequence(
    "4.3.3-10 4.3.3-12 4.1.0-1",
    "hands a QoS 2 message over once until PUBREL",
    async (stage) => {
      const { client, broker } = await stage.connected5();
      const got: string[] = [];
      client.onMessage("t", (message) => void got.push(message.text()));
      for (const dup of [false, true]) {
        await broker.send(publish5("t", "x", { qos: 2, id: 9, dup }));
        await broker.expect(pubrec(9));
      }
      await broker.send(pubrel(9));
      await broker.expect(pubcomp(9));
      await broker.send(publish5("t", "new", { qos: 2, id: 9 }));
      await broker.expect(pubrec(9));
      equal(got, ["x", "new"]);
    },
  ),
  clientSequence(
    "4.3.3-13",
    "completes a QoS 2 handshake whose message has expired",
    async (stage) => {
      const { broker } = await stage.connected5();
      const properties = { messageExpiryInterval: 1 };
      await broker.send(publish5("t", "x", { qos: 2, id: 9, properties }));
      await broker.expect(pubrec(9));
      await new Promise((resolve) => setTimeout(resolve, 1100));
      await broker.send(pubrel(9));
      await broker.expect(pubcomp(9));
    },
  ),
  clientSequence("4.6.0-2 4.6.0-3", "acknowledges in the order of the PUBLISHes", async (stage) => {
    const { broker } = await stage.connected5();
    const ids = [5, 3, 9, 1];
    await broker.send(bytes(...ids.map((id) => publish5("t", "x", { qos: 1, id }))));
    await broker.expect(...ids.map(puback));
    await broker.send(bytes(...ids.map((id) => publish5("t", "x", { qos: 2, id }))));
    await broker.expect(...ids.map(pubrec));
  }),
  clientSequence("1.5.4-3", "keeps U+FEFF in a topic name and in properties", async (stage) => {
    const { client, broker } = await stage.connected5();
    const seen: unknown[] = [];
    client.onMessage(
      undefined,
      (message) => void seen.push(message.topicName, message.properties?.contentType),
    );
    const properties = { contentType: "\ufeffc\ufeff" };
    await broker.send(publish5("\ufefft\ufeff", "x", { qos: 1, id: 1, properties }));
    await broker.expect(puback(1));
    equal(seen, ["\ufefft\ufeff", "\ufeffc\ufeff"]);
  }),
  clientSequence("3.3.2-10", "accepts every alias up to its own maximum", async (stage) => {
    const { client, broker, connect } = await stage.connected5({ topic_alias_maximum: 10 });
    equal(connect.properties.topicAliasMaximum, 10);
    const topics: string[] = [];
    client.onMessage(undefined, (message) => void topics.push(message.topicName));
    const aliases = Array.from({ length: 10 }, (_, i) => i + 1);
    for (const named of [true, false]) {
      for (const topicAlias of aliases) {
        const topic = named ? `t/${topicAlias}` : "";
        await broker.send(publish5(topic, "x", { qos: 1, id: 1, properties: { topicAlias } }));
        await broker.expect(puback(1));
      }
    }
    const wanted = aliases.map((alias) => `t/${alias}`);
    equal(topics, [...wanted, ...wanted]);
  }),
  clientSequence(
    "3.3.2-7 3.3.2-8",
    "forgets the server's aliases with the connection",
    async (stage) => {
      const { broker } = await stage.connected5(SESSION);
      await broker.send(publish5("t", "x", { properties: { topicAlias: 1 } }));
      await broker.close();
      const { broker: again } = await stage.welcome5({}, true);
      await again.send(publish5("", "x", { properties: { topicAlias: 1 } }));
      equal([0x82, 0x94].includes((await again.expect5("DISCONNECT")).reasonCode), true);
    },
  ),
];

/** What a broker must not send, and after which the client closes, with a reason that fits. */
const VIOLATIONS: [numbers: string, what: string, data: Uint8Array, codes?: number[]][] = [
  ["1.5.4-1", "ill-formed UTF-8 in a topic name", publish5(hex("61 ed a0 80"), "x")],
  ["1.5.4-2", "U+0000 in a topic name", publish5("a\0b", "x")],
  [
    "1.5.7-1",
    "ill-formed UTF-8 in a user property",
    publish5("t", "x", { properties: { userProperties: [["a", hex("ff")]] } }),
  ],
  ["1.5.5-1", "a property length in too many bytes", hex("30 06 00 01 61 80 00 78")],
  ["2.1.3-1", "PINGRESP with other flags", hex("d1 00")],
  ["2.1.3-1", "PUBACK with other flags", hex("41 02 00 01")],
  ["2.2.2-1", "PUBLISH without a property length", hex("30 03 00 01 61")],
  ["3.6.1-1", "PUBREL with other flags", hex("60 02 00 01")],
  ["3.15.1-1", "AUTH with other flags", hex("f1 00")],
  ["3.3.1-4", "a PUBLISH at QoS 3", hex("36 06 00 01 61 00 01 00")],
  ["3.3.1-2", "a PUBLISH at QoS 0 with DUP", hex("38 04 00 01 61 00")],
  ["2.2.1-2", "a PUBLISH with packet id 0", publish5("a", "x", { qos: 1, id: 0 })],
  ["4.13.1-1", "a second CONNACK", connack5(false)],
  ["4.13.1-1", "SUBSCRIBE", subscribe5(1, [["a", 0]])],
  ["4.13.1-1", "SUBACK that no one waits for", suback5(9, [0])],
  ["4.12.0-5", "AUTH that no one asked for", auth5(0x18, { authenticationMethod: "m" })],
  [
    "3.15.2-1",
    "AUTH with a reason code that is none of its own",
    auth5(0x01, { authenticationMethod: "m" }),
  ],
  ["3.3.2-2 4.7.0-1", "a PUBLISH to a topic with a wildcard", publish5("a/#", "x"), [0x90]],
  ["4.7.3-1", "a PUBLISH to an empty topic", publish5("", "x"), [0x90]],
  ["3.3.2-8", "a PUBLISH with alias 0", publish5("t", "x", { properties: { topicAlias: 0 } }), [
    0x94,
  ]],
  [
    "3.3.2-14",
    "a response topic with a wildcard",
    publish5("t", "x", { properties: { responseTopic: "#" } }),
    [0x90],
  ],
];

const WRONG: ClientSequence[] = VIOLATIONS.map(([numbers, what, data, codes = []]) =>
  clientSequence(
    `${numbers} 3.14.2-1`,
    `closes on ${what}, by DISCONNECT with a reason`,
    async (stage) => {
      const { broker } = await stage.connected5({ auto_reconnect: false });
      await broker.send(data);
      const { reasonCode } = await broker.expect5("DISCONNECT");
      if (![0x81, 0x82, ...codes].includes(reasonCode)) throw new Error(`${reasonCode}`);
      await broker.expectClosed();
    },
  )
);

export const MESSAGES_5: ClientSequence[] = [...PUBLISHING, ...RECEIVING, ...WRONG];
