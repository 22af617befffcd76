/**
 * What CONNACK tells and Midge's client obeys: maximum QoS, retain available, maximum packet size, receive maximum, topic
 * aliases; and what it refuses to ask.
 */
import { puback } from "../../support/raw_packets.ts";
import { suback5, subscribe5, unsuback5, unsubscribe5 } from "../../support/raw_packets5.ts";
import type { Client } from "../../../lib/client/client.ts";
import type { MessageOptions } from "../../../lib/client/options.ts";
import type { RawClient } from "../../support/raw_client.ts";
import { equal } from "../checks.ts";
import { type ClientStage, nothingSent } from "../client_stage.ts";
import { type ClientSequence, clientSequence } from "../sequence.ts";
import { toHex } from "../../support/raw_packets.ts";

const BAD_TOPICS = ["", "a/#", "+", "a\0b", "\ud800", "x".repeat(65_536)];
const BAD_FILTERS = ["", "a#", "a/#/b", "+a", "a\0b", "\ud800", "x".repeat(65_536)];
const BAD_SHARED = ["$share/", "$share/g", "$share//t", "$share/g+/t", "$share/#/t", "$share/g/"];

/** Each attempt is refused, and nothing is sent for it. */
async function refuses(
  { client, broker }: { client: Client; broker: RawClient },
  ...attempts: (() => Promise<unknown>)[]
): Promise<void> {
  const outcomes = attempts.map((attempt) =>
    (async () => await attempt())().then(() => "done", () => "refused")
  );
  // First, so that a client that asks in vain is not waited for.
  await nothingSent(client, broker);
  for (const outcome of outcomes) equal(await outcome, "refused");
}

/** The alias and the topic of messages that the client publishes one after the other. */
async function published(
  stage: ClientStage,
  topicAliasMaximum: number | undefined,
  topics: string[],
) {
  const { client, broker } = await stage.connected5(
    {},
    topicAliasMaximum === undefined ? {} : { topicAliasMaximum },
  );
  const names = new Map<number, string>();
  const aliases: number[] = [];
  for (const topic of topics) {
    await client.publish(topic, "x");
    const got = await broker.expect5("PUBLISH");
    const alias = got.properties.topicAlias;
    if (alias !== undefined) aliases.push(alias);
    if (alias !== undefined && got.topic !== "") names.set(alias, got.topic);
    equal(got.topic === "" ? names.get(alias!) : got.topic, topic);
  }
  return aliases;
}

/** Subscribes and answers. */
async function answered(broker: RawClient, codes: number[]): Promise<Uint8Array> {
  const { id, bytes } = await broker.expect5("SUBSCRIBE");
  await broker.send(suback5(id, codes));
  return bytes;
}

export const LIMITS_5: ClientSequence[] = [
  clientSequence("3.2.2-11", "publishes at no QoS above the server's maximum", async (stage) => {
    const pair = await stage.connected5({}, { maximumQos: 0 });
    const qos = [1, 2] as const;
    await refuses(pair, ...qos.map((qos) => () => pair.client.publish("t", "x", { qos })));
  }),
  clientSequence(
    "3.2.2-14",
    "publishes nothing with RETAIN where it is not available",
    async (stage) => {
      const pair = await stage.connected5({}, { retainAvailable: 0 });
      await refuses(pair, () => pair.client.publish("t", "x", { retain: true }));
    },
  ),
  clientSequence(
    "3.2.2-15",
    "sends no packet above the server's maximum packet size",
    async (stage) => {
      const { client, broker } = await stage.connected5({}, { maximumPacketSize: 50 });
      await refuses(
        { client, broker },
        () => client.publish("t", "x".repeat(50)),
        () => client.subscribe("t".repeat(50)),
        () => client.unsubscribe("t".repeat(50)),
      );
      await client.publish("t", "y".repeat(44));
      equal((await broker.expect5("PUBLISH")).bytes.length, 50);
      await nothingSent(client, broker);
    },
  ),
  clientSequence(
    "3.2.2-18",
    "uses no alias where the server's maximum is absent or 0",
    async (stage) => {
      equal(await published(stage, undefined, ["a", "a", "a", "b", "b"]), []);
      equal(await published(stage, 0, ["a", "a", "a", "b", "b"]), []);
    },
  ),
  clientSequence(
    "3.2.2-17 3.3.2-8 3.3.2-9",
    "uses no alias of 0 or above the server's maximum",
    async (stage) => {
      for (const maximum of [1, 2, 65_535]) {
        const topics = Array.from({ length: 30 }, (_, i) => `${i % 5}`);
        const aliases = await published(stage, maximum, topics);
        if (aliases.some((alias) => alias < 1 || alias > maximum)) throw new Error(`${aliases}`);
      }
    },
  ),
  clientSequence("3.3.2-7", "sends topic names again on the next connection", async (stage) => {
    const { client, broker } = await stage.connected5({}, { topicAliasMaximum: 5 });
    for (let i = 0; i < 3; i++) await client.publish("t", "x");
    for (let i = 0; i < 3; i++) await broker.expect5("PUBLISH");
    await broker.close();
    const { broker: again } = await stage.welcome5({ topicAliasMaximum: 5 });
    await client.publish("t", "x");
    equal((await again.expect5("PUBLISH")).topic, "t");
  }),
  clientSequence(
    "3.3.4-7 4.9.0-1 4.9.0-2",
    "has no more messages under way than the server's receive maximum",
    async (stage) => {
      const { client, broker } = await stage.connected5({}, { receiveMaximum: 2 });
      const all = ["1", "2", "3"].map((text) => client.publish("t", text, { qos: 1 }));
      const first = await broker.expect5("PUBLISH");
      const second = await broker.expect5("PUBLISH");
      await nothingSent(client, broker);
      await broker.send(puback(first.id));
      const third = await broker.expect5("PUBLISH");
      equal(third.payload, "3");
      await broker.send(puback(second.id), puback(third.id));
      await Promise.all(all);
    },
  ),
  clientSequence(
    "3.3.4-8 4.9.0-3",
    "delays no other packet at the receive maximum",
    async (stage) => {
      const { client, broker } = await stage.connected5({}, { receiveMaximum: 1 });
      for (const text of ["1", "2"]) client.publish("t", text, { qos: 1 }).catch(() => {});
      await broker.expect5("PUBLISH");
      const subscribed = client.subscribe("t");
      await answered(broker, [0]);
      await subscribed;
      await nothingSent(client, broker);
    },
  ),
  clientSequence(
    "3.8.1-1 3.8.3-1 3.8.3-2 2.2.1-3",
    "sends SUBSCRIBE, byte by byte",
    async (stage) => {
      const { client, broker } = await stage.connected5();
      const done = client.subscribe([{ topicFilter: "é/+", qos: 1, noLocal: true }, {
        topicFilter: "#",
        qos: 2,
      }]);
      const { id, bytes } = await broker.expect5("SUBSCRIBE");
      if (id === 0) throw new Error("packet id 0");
      equal(toHex(bytes), toHex(subscribe5(id, [["é/+", 5], ["#", 2]])));
      await broker.send(suback5(id, [1, 2]));
      equal(await done, [1, 2]);
    },
  ),
  clientSequence(
    "1.5.5-1 1.5.7-1",
    "sends an identifier and user properties with SUBSCRIBE, byte by byte",
    async (stage) => {
      const { client, broker } = await stage.connected5();
      const options = { subscriptionIdentifier: 200_000, userProperties: [["n", "v"]] } as const;
      const done = client.subscribe("t", options);
      const bytes = await answered(broker, [0]);
      await done;
      const properties = {
        subscriptionIdentifiers: [200_000],
        userProperties: [["n", "v"]] as [string, string][],
      };
      const id = bytes[2]! << 8 | bytes[3]!;
      equal(toHex(bytes), toHex(subscribe5(id, [["t", 0]], properties)));
    },
  ),
  clientSequence("3.10.1-1 3.10.3-1 3.10.3-2", "sends UNSUBSCRIBE, byte by byte", async (stage) => {
    const { client, broker } = await stage.connected5();
    const done = client.unsubscribe(["é/+", "#"]);
    const { id, bytes } = await broker.expect5("UNSUBSCRIBE");
    equal(toHex(bytes), toHex(unsubscribe5(id, ["é/+", "#"])));
    await broker.send(unsuback5(id, [0, 0x11]));
    equal(await done, [0, 0x11]);
  }),
  clientSequence(
    "3.8.3-2 3.10.3-2",
    "sends no SUBSCRIBE or UNSUBSCRIBE without filters",
    async (stage) => {
      const { client, broker } = await stage.connected5();
      await refuses({ client, broker }, () => client.subscribe([]), () => client.unsubscribe([]));
    },
  ),
  clientSequence(
    "4.7.0-1 4.7.3-1 4.7.3-2 4.7.3-3 3.3.2-1 3.3.2-2 1.5.4-1 1.5.4-2",
    "sends no PUBLISH to what is no topic name",
    async (stage) => {
      const { client, broker } = await stage.connected5();
      await refuses(
        { client, broker },
        ...BAD_TOPICS.map((topic) => () => client.publish(topic, "x")),
      );
    },
  ),
  clientSequence(
    "4.7.1-1 4.7.1-2 4.7.3-1 4.7.3-2 4.7.3-3",
    "sends no SUBSCRIBE of what is no filter",
    async (stage) => {
      const { client, broker } = await stage.connected5();
      await refuses(
        { client, broker },
        ...BAD_FILTERS.map((filter) => () => client.subscribe(filter)),
      );
    },
  ),
  clientSequence(
    "4.8.2-1 4.8.2-2",
    "sends no SUBSCRIBE of what is no shared filter",
    async (stage) => {
      const { client, broker } = await stage.connected5();
      await refuses(
        { client, broker },
        ...BAD_SHARED.map((filter) => () => client.subscribe(filter)),
      );
    },
  ),
  clientSequence(
    "3.8.3-4",
    "sends no SUBSCRIBE with no local of a shared filter",
    async (stage) => {
      const { client, broker } = await stage.connected5();
      await refuses({ client, broker }, () => client.subscribe("$share/g/t", { noLocal: true }));
    },
  ),
  clientSequence(
    "3.3.2-13 3.3.2-14 3.3.2-19 1.5.7-1",
    "sends no PUBLISH with properties that are no strings or no topic name",
    async (stage) => {
      const { client, broker } = await stage.connected5();
      const wrong = ["a\0b", "\ud800"].flatMap((text): MessageOptions[] => [
        { contentType: text },
        { responseTopic: text },
        { userProperties: { [text]: "v" } },
        { userProperties: { n: text } },
      ]);
      const all = [...wrong, { responseTopic: "a/#" }];
      await refuses({ client, broker }, ...all.map((one) => () => client.publish("t", "x", one)));
    },
  ),
  clientSequence(
    "3.3.4-6 2.2.2-1",
    "sends no subscription identifier with PUBLISH, and a property length",
    async (stage) => {
      const { client, broker } = await stage.connected5();
      const subscribed = client.subscribe("t", { subscriptionIdentifier: 5 });
      await answered(broker, [0]);
      await subscribed;
      await client.publish("t", "x");
      equal((await broker.expect5("PUBLISH")).properties, {});
    },
  ),
];
