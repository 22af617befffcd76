/**
 * MQTT 3.1.1 and MQTT 5 on one broker: publishers, subscribers, wills, retained messages, shared subscriptions and
 * sessions that change their version.
 */
import { equal } from "../checks.ts";
import { subscribe } from "../../support/raw_packets.ts";
import { type Sequence, sequence } from "../sequence.ts";

const QOS = [0, 1, 2];

const FULL = {
  contentType: "text",
  responseTopic: "r",
  userProperties: [["a", "1"]] as [string, string][],
};

const ACROSS: Sequence[] = [
  ...QOS.flatMap((qos) => [
    sequence(
      "4.5.0-1 3.3.2-17",
      `passes a QoS ${qos} message of 5 on to 3.1.1 without properties`,
      async (stage) => {
        const peer = await stage.open4();
        await peer.subscribed([stage.topic("t"), 2]);
        await (await stage.open5()).say(stage.topic("t"), "x", { qos, properties: FULL });
        await peer.gets(`x/${qos}`);
      },
    ),
    sequence(
      "4.5.0-1 3.3.2-17",
      `passes a QoS ${qos} message of 3.1.1 on to 5 with a property length`,
      async (stage) => {
        const peer = await stage.open5();
        await peer.requested([[stage.topic("t"), 2]]);
        await (await stage.open4()).publish(stage.topic("t"), "x", { qos });
        const got = await peer.receive();
        equal([got.payload, got.qos, got.properties], ["x", qos, {}]);
      },
    ),
  ]),
  sequence(
    "4.5.0-1 3.3.4-3 3.1.2-26",
    "serves subscribers of both versions and every layout with one message",
    async (stage) => {
      const four = await stage.open4();
      await four.subscribed([stage.topic("t"), 1]);
      const plain = await stage.open5();
      await plain.requested([[stage.topic("t"), 1]]);
      const aliased = await stage.open5({ properties: { topicAliasMaximum: 5 } });
      await aliased.requested([[stage.topic("t"), 1]]);
      const identified = await stage.open5();
      await identified.requested([[stage.topic("t"), 1]], { subscriptionIdentifiers: [3] });
      await (await stage.open5()).say(stage.topic("t"), "x", { qos: 1, properties: FULL });
      await four.gets("x/1");
      equal((await plain.receive()).properties, FULL);
      equal((await aliased.receive()).properties.contentType, "text");
      equal((await identified.receive()).properties.subscriptionIdentifiers, [3]);
    },
  ),
  sequence(
    "3.3.1-5 3.3.1-9",
    "sends a message retained by 5 to a subscriber of 3.1.1",
    async (stage) => {
      const properties = FULL;
      await (await stage.open5()).say(stage.topic("t"), "x", { qos: 1, retain: true, properties });
      const peer = await stage.open4();
      await peer.subscribed([stage.topic("t"), 1]);
      await peer.gets("x/1/r");
    },
  ),
  sequence(
    "3.3.1-5 3.3.1-9",
    "sends a message retained by 3.1.1 to a subscriber of 5",
    async (stage) => {
      await (await stage.open4()).publish(stage.topic("t"), "x", { qos: 1, retain: true });
      const peer = await stage.open5();
      await peer.requested([[stage.topic("t"), 1]]);
      await peer.gets("x/1/r");
    },
  ),
  sequence("3.3.1-6", "removes with 3.1.1 what 5 retained", async (stage) => {
    await (await stage.open5()).say(stage.topic("t"), "x", { retain: true, properties: FULL });
    await (await stage.open4()).publish(stage.topic("t"), "", { retain: true });
    const peer = await stage.open5();
    await peer.requested([[stage.topic("t"), 1]]);
    await peer.nothing();
  }),
  sequence(
    "3.1.2-7 3.1.2-8",
    "publishes a will of 5 to 3.1.1 and one of 3.1.1 to 5",
    async (stage) => {
      const four = await stage.open4();
      await four.subscribed([stage.topic("+"), 1]);
      const five = await stage.open5();
      await five.requested([[stage.topic("+"), 1]]);
      const will = { payload: "gone", qos: 1 };
      await (await stage.open5({ will: { ...will, topic: stage.topic("5"), properties: FULL } }))
        .drop();
      await four.gets("gone/1");
      equal((await five.receive()).properties, FULL);
      await (await stage.open4({ will: { ...will, topic: stage.topic("4") } })).drop();
      await four.gets("gone/1");
      equal((await five.receive()).properties, {});
    },
  ),
  sequence("4.8.2-3", "shares messages among members of both versions", async (stage) => {
    const filter = `$share/g/${stage.topic("t")}`;
    const four = await stage.open4();
    await four.subscribe([filter, 1]);
    const five = await stage.open5();
    await five.requested([[filter, 1]]);
    const publisher = await stage.open5();
    for (let i = 0; i < 10; i++) await publisher.say(stage.topic("t"), `${i}`, { qos: 1 });
    const got = [...await four.drain(), ...await five.drain()].map(({ payload }) => payload);
    equal(got.sort(), Array.from({ length: 10 }, (_, i) => `${i}`));
  }),
];

const SESSIONS: Sequence[] = [
  sequence("3.1.2-5 3.1.2-23", "resumes a session of 3.1.1 with 5", async (stage) => {
    const four = await stage.open4({ clientId: stage.newId(), cleanSession: false });
    await four.subscribed([stage.topic("t"), 1]);
    await four.disconnect();
    await (await stage.open5()).say(stage.topic("t"), "x", { qos: 1, properties: FULL });
    const five = await stage.keep5(four.clientId);
    equal(five.sessionPresent, true);
    const got = await five.receive();
    equal([got.payload, got.properties], ["x", FULL]);
  }),
  sequence("3.1.2-5 3.1.2-23", "resumes a session of 5 with 3.1.1", async (stage) => {
    const five = await stage.keep5();
    await five.requested([[stage.topic("t"), 1]], { subscriptionIdentifiers: [5] });
    await five.disconnect();
    await (await stage.open5()).say(stage.topic("t"), "x", { qos: 1, properties: FULL });
    const four = await stage.open4({ clientId: five.clientId, cleanSession: false });
    equal(four.sessionPresent, true);
    await four.gets("x/1");
  }),
  sequence(
    "4.4.0-1",
    "sends again in 3.1.1 what 5 did not acknowledge, and back",
    async (stage) => {
      const five = await stage.keep5();
      await five.requested([[stage.topic("t"), 2]]);
      await (await stage.open5()).say(stage.topic("t"), "x", { qos: 2, properties: FULL });
      const { id } = await five.take();
      await five.drop();
      const four = await stage.open4({ clientId: five.clientId, cleanSession: false });
      const got = await four.take();
      equal([got.payload, got.id, got.dup], ["x", id, true]);
      await four.drop();
      const back = await stage.keep5(five.clientId);
      const last = await back.receive();
      equal([last.payload, last.id, last.dup, last.properties], ["x", id, true, FULL]);
    },
  ),
  sequence("3.1.2-4", "ends a session of 5 by clean session 1 of 3.1.1", async (stage) => {
    const five = await stage.keep5();
    await five.requested([[stage.topic("t"), 1]]);
    const four = await stage.open4({ clientId: five.clientId });
    equal(four.sessionPresent, false);
    await (await stage.open5()).say(stage.topic("t"), "x", { qos: 1 });
    await four.nothing();
  }),
  sequence(
    "4.1.0-2",
    "ends a session of 3.1.1 that 5 resumed, by the expiry of 5",
    async (stage) => {
      const four = await stage.open4({ clientId: stage.newId(), cleanSession: false });
      await four.disconnect();
      const five = await stage.open5({ clientId: four.clientId, cleanSession: false });
      equal(five.sessionPresent, true);
      await five.disconnect();
      equal((await stage.keep5(four.clientId)).sessionPresent, false);
    },
  ),
  sequence("3.8.3-5", "closes 3.1.1 on the options of 5", async (stage) => {
    const peer = await stage.open4();
    await peer.raw.sendAnyway(subscribe(1, [stage.topic("t"), 0x04]));
    await peer.raw.expectClosed();
  }),
];

export const MIXED: Sequence[] = [...ACROSS, ...SESSIONS];
