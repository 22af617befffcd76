/**
 * Sections 4.3 to 4.6 and 4.8: the messages that Midge's client receives, and what a broker must not send.
 */
import {
  bytes,
  connack,
  hex,
  PINGRESP,
  puback,
  pubcomp,
  publish,
  pubrec,
  pubrel,
  suback,
  subscribe,
} from "../../support/raw_packets.ts";
import { equal } from "../checks.ts";
import { nothingSent } from "../client_stage.ts";
import { type ClientSequence, clientSequence } from "../sequence.ts";

/** What a broker must not send, and after which the client closes. */
const VIOLATIONS: [numbers: string, what: string, data: Uint8Array][] = [
  ["1.5.3-1", "ill-formed UTF-8 in a topic name", publish(hex("61 ed a0 80"), "x")],
  ["1.5.3-2", "U+0000 in a topic name", publish("a\0b", "x")],
  ["2.2.2-2 2.2.2-1", "PINGRESP with other flags", hex("d1 00")],
  ["2.2.2-2", "PUBACK with other flags", hex("41 02 00 01")],
  ["3.6.1-1", "PUBREL with other flags", hex("60 02 00 01")],
  ["3.3.1-4", "a PUBLISH at QoS 3", hex("36 05 00 01 61 00 01")],
  ["3.3.1-2", "a PUBLISH at QoS 0 with DUP", hex("38 03 00 01 61")],
  ["2.3.1-1", "a PUBLISH with packet id 0", publish("a", "x", { qos: 1, id: 0 })],
  ["4.8.0-1", "a second CONNACK", connack(false, 0)],
  ["4.8.0-1", "SUBSCRIBE", subscribe(1, ["a", 0])],
  ["4.8.0-1", "type 15", hex("f0 00")],
  ["4.8.0-1", "SUBACK that nobody waits for", suback(9, 0)],
  ["3.3.2-2 4.7.1-1", "a PUBLISH to a topic with a wildcard", publish("a/#", "x")],
  ["4.7.3-1", "a PUBLISH to an empty topic", publish("", "x")],
];

export const RECEIVING: ClientSequence[] = [
  clientSequence(
    "4.5.0-2 3.3.4-1 2.3.1-6",
    "acknowledges messages that nobody reads",
    async (stage) => {
      const { broker } = await stage.connected();
      await broker.send(publish("t", "x"), publish("t", "x", { qos: 1, id: 9 }));
      await broker.expect(puback(9));
      await broker.send(publish("t", "x", { qos: 2, id: 9 }));
      await broker.expect(pubrec(9));
      await broker.send(pubrel(9));
      await broker.expect(pubcomp(9));
    },
  ),
  clientSequence(
    "4.3.2-2",
    "takes a QoS 1 message under an acknowledged id as new",
    async (stage) => {
      const { client, broker } = await stage.connected();
      const got: string[] = [];
      client.onMessage("t", (message) => void got.push(message.text()));
      for (const [payload, dup] of [["a", false], ["b", false], ["c", true]] as const) {
        await broker.send(publish("t", payload, { qos: 1, id: 9, dup }));
        await broker.expect(puback(9));
      }
      equal(got, ["a", "b", "c"]);
    },
  ),
  clientSequence(
    "4.3.3-2 4.1.0-2",
    "hands a QoS 2 message over once until PUBREL",
    async (stage) => {
      const { client, broker } = await stage.connected();
      const got: string[] = [];
      client.onMessage("t", (message) => void got.push(message.text()));
      for (const dup of [false, true]) {
        await broker.send(publish("t", "x", { qos: 2, id: 9, dup }));
        await broker.expect(pubrec(9));
      }
      await broker.send(pubrel(9));
      await broker.expect(pubcomp(9));
      await broker.send(publish("t", "new", { qos: 2, id: 9 }));
      await broker.expect(pubrec(9));
      equal(got, ["x", "new"]);
    },
  ),
  clientSequence(
    "4.4.0-1 4.3.3-2 3.1.2-4 4.1.0-1",
    "knows a QoS 2 id after reconnection",
    async (stage) => {
      const { client, broker } = await stage.connected({ cleansession: false, client_id: "again" });
      const got: string[] = [];
      client.onMessage("t", (message) => void got.push(message.text()));
      await broker.send(publish("t", "x", { qos: 2, id: 9 }));
      await broker.expect(pubrec(9));
      await broker.close();
      const { broker: again } = await stage.welcome(true);
      await again.send(publish("t", "x", { qos: 2, id: 9, dup: true }));
      await again.expect(pubrec(9));
      equal(got, ["x"]);
    },
  ),
  clientSequence(
    "3.1.2-6 4.3.3-2",
    "takes a QoS 2 id as new after clean session 1",
    async (stage) => {
      const { client, broker } = await stage.connected();
      const got: string[] = [];
      client.onMessage("t", (message) => void got.push(message.text()));
      await broker.send(publish("t", "old", { qos: 2, id: 9 }));
      await broker.expect(pubrec(9));
      await broker.close();
      const { broker: again } = await stage.welcome(false);
      await again.send(publish("t", "new", { qos: 2, id: 9 }));
      await again.expect(pubrec(9));
      equal(got, ["old", "new"]);
    },
  ),
  clientSequence("4.6.0-2 4.6.0-3", "acknowledges in the order of the PUBLISHes", async (stage) => {
    const { broker } = await stage.connected();
    const ids = [5, 3, 9, 1];
    await broker.send(bytes(...ids.map((id) => publish("t", "x", { qos: 1, id }))));
    await broker.expect(...ids.map(puback));
    await broker.send(bytes(...ids.map((id) => publish("t", "x", { qos: 2, id }))));
    await broker.expect(...ids.map(pubrec));
  }),
  clientSequence(
    "4.6.0-2",
    "acknowledges in that order also when handlers finish in another",
    async (stage) => {
      const { client, broker } = await stage.connected();
      const waiting: (() => void)[] = [];
      client.onMessage("t", () => new Promise<void>((resolve) => waiting.push(resolve)));
      await broker.send(
        bytes(...[1, 2, 3].map((id) => publish("t", "x", { qos: 1, id }))),
        PINGRESP.slice(0, 0),
      );
      await nothingSent(client, broker);
      for (const resolve of waiting.reverse()) resolve();
      await broker.expect(puback(1), puback(2), puback(3));
    },
  ),
  clientSequence("1.5.3-3", "keeps U+FEFF in a topic name", async (stage) => {
    const { client, broker } = await stage.connected();
    const topics: string[] = [];
    client.onMessage(undefined, (message) => void topics.push(message.topicName));
    await broker.send(publish("\ufefft\ufeff", "x", { qos: 1, id: 1 }));
    await broker.expect(puback(1));
    equal(topics, ["\ufefft\ufeff"]);
  }),
  ...VIOLATIONS.map(([numbers, what, data]) =>
    clientSequence(
      numbers.includes("4.8.0-1") ? numbers : `${numbers} 4.8.0-1`,
      `closes on ${what}`,
      async (stage) => {
        const { broker } = await stage.connected({ auto_reconnect: false });
        await broker.send(data);
        await broker.expectClosed();
      },
    )
  ),
];
