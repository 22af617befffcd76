/** MQTT 5, what the client publishes: properties, reason codes, and the limits that the broker has told. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { RawClient } from "../support/raw_client.ts";
import {
  connack5,
  puback5,
  pubcomp5,
  pubrec5,
  suback5,
  unsuback5,
} from "../support/raw_packets5.ts";
import { until } from "../support/until.ts";
import { errorOf, settle, Stage } from "./stage.ts";

/** The next PUBLISH, acknowledged. */
async function take(broker: RawClient) {
  const got = await broker.expect5("PUBLISH");
  if (got.qos === 1) await broker.send(puback5(got.id));
  return got;
}

Deno.test("mqtt 5: a message with every property, and one with none", async () => {
  await using stage = new Stage();
  const { client, broker } = await stage.connected5();
  await client.publish("t", "x", {
    payloadFormatIndicator: 1,
    messageExpiryInterval: 9,
    contentType: "a/b",
    responseTopic: "r",
    correlationData: Uint8Array.of(1, 0, 255),
    userProperties: [["n", "1"], ["n", "2"]],
  });
  assertEquals((await broker.expect5("PUBLISH")).properties, {
    payloadFormatIndicator: 1,
    messageExpiryInterval: 9,
    contentType: "a/b",
    responseTopic: "r",
    correlationData: Uint8Array.of(1, 0, 255),
    userProperties: [["n", "1"], ["n", "2"]],
  });
  await client.publish("t", "y", { retain: true });
  const { properties, payload, retain } = await broker.expect5("PUBLISH");
  assertEquals([properties, payload, retain], [{}, "y", true]);
});

Deno.test("mqtt 5: what is no property is refused before anything is sent", async () => {
  await using stage = new Stage();
  const { client, broker } = await stage.connected5();
  for (
    const options of [
      { messageExpiryInterval: -1 },
      { messageExpiryInterval: 0x1_0000_0000 },
      { responseTopic: "a/#" },
      { contentType: "x".repeat(70_000) },
    ]
  ) assert(await errorOf(client.publish("t", "x", options)) instanceof RangeError);
  await settle(client, broker);
});

Deno.test("mqtt 5: PUBACK and PUBREC say what became of a message", async () => {
  await using stage = new Stage();
  const { client, broker } = await stage.connected5();
  for (const [qos, answer] of [[1, puback5], [2, pubrec5]] as const) {
    const refused = errorOf(client.publish("t", "x", { qos }));
    const { id } = await broker.expect5("PUBLISH");
    await broker.send(answer(id, 0x97, { reasonString: "full", userProperties: [["a", "b"]] }));
    const error = await refused;
    assertEquals([error.code, error.reasonCode], ["publish-refused", 0x97]);
    assertEquals(error.message, "the broker refused the message: quota exceeded (0x97): full");
    assertEquals(error.userProperties, [["a", "b"]]);
  }
  const published = client.publish("t", "x", { qos: 1 });
  await broker.send(puback5((await broker.expect5("PUBLISH")).id, 0x10));
  assertEquals((await published).reasonCode, 0x10);
  const twice = client.publish("t", "x", { qos: 2 });
  const { id } = await broker.expect5("PUBLISH");
  await broker.send(pubrec5(id, 0x10));
  await broker.expect5("PUBREL");
  await broker.send(pubcomp5(id));
  assertEquals((await twice).reasonCode, 0x10);
});

Deno.test("mqtt 5: a refused PUBREC is the end of it: no PUBREL, and the id is free", async () => {
  await using stage = new Stage();
  const { client, broker } = await stage.connected5({}, { receiveMaximum: 1 });
  const first = errorOf(client.publish("t", "1", { qos: 2 }));
  const second = client.publish("t", "2", { qos: 1 });
  const { id } = await broker.expect5("PUBLISH");
  await broker.send(pubrec5(id, 0x87));
  assertEquals((await first).reasonCode, 0x87);
  assertEquals((await take(broker)).payload, "2");
  await second;
});

Deno.test("mqtt 5: no more under way than the broker takes", async () => {
  await using stage = new Stage();
  const { client, broker } = await stage.connected5({}, { receiveMaximum: 2 });
  const all = ["1", "2", "3"].map((text) => client.publish("t", text, { qos: 1 }));
  const [one, two] = [await broker.expect5("PUBLISH"), await broker.expect5("PUBLISH")];
  await settle(client, broker);
  await broker.send(puback5(one.id));
  assertEquals((await broker.expect5("PUBLISH")).payload, "3");
  await broker.send(puback5(two.id), puback5(two.id % 65_535 + 1));
  await Promise.all(all);
});

Deno.test("mqtt 5: a broker that takes fewer gets what was under way bit by bit, in order", async () => {
  await using stage = new Stage();
  const kept = { client_id: "c", cleansession: false };
  const { client, broker } = await stage.connected5(kept);
  const all = ["1", "2", "3"].map((text) => client.publish("t", text, { qos: 1 }));
  for (const _ of all) await broker.expect5("PUBLISH");
  await broker.close();
  await until(() => stage.clock.pauses.length === 1, "the pause");
  stage.clock.advance(1000);
  const again = (await stage.welcome5({ receiveMaximum: 1 }, true)).broker;
  all.push(client.publish("t", "4", { qos: 1 }));
  for (const payload of ["1", "2", "3", "4"]) {
    const got = await again.expect5("PUBLISH");
    assertEquals([got.payload, got.dup], [payload, payload !== "4"]);
    await settle(client, again);
    await again.send(puback5(got.id));
  }
  await Promise.all(all);
});

Deno.test("mqtt 5: what the broker does not take is refused before it is sent", async () => {
  await using stage = new Stage();
  const { client, broker } = await stage.connected5({}, {
    maximumPacketSize: 60,
    maximumQos: 1,
    retainAvailable: 0,
    wildcardSubscriptionAvailable: 0,
    sharedSubscriptionAvailable: 0,
    subscriptionIdentifiersAvailable: 0,
  });
  const long = "x".repeat(50);
  for (
    const [attempt, code, reasonCode] of [
      [client.publish("t", "x".repeat(60)), "too-large", 0x95],
      [client.publish("t", "", { userProperties: { [long]: long } }), "too-large", 0x95],
      [client.publish("t", "", { qos: 2 }), "unsupported", 0x9b],
      [client.publish("t", "", { retain: true }), "unsupported", 0x9a],
      [client.subscribe("a/#"), "unsupported", 0xa2],
      [client.subscribe("$share/g/a"), "unsupported", 0x9e],
      [client.subscribe("a", { subscriptionIdentifier: 1 }), "unsupported", 0xa1],
      [client.subscribe(long + long), "too-large", 0x95],
      [client.unsubscribe(long + long), "too-large", 0x95],
    ] as const
  ) {
    const error = await errorOf(attempt);
    assertEquals([error.code, error.reasonCode], [code, reasonCode]);
  }
  await settle(client, broker);
});

Deno.test("mqtt 5: what waited for a broker that does not take it is refused when it comes", async () => {
  await using stage = new Stage();
  const client = stage.client({ protocol_version: 5 });
  const connecting = client.connect();
  const refused = errorOf(client.publish("t", "x".repeat(100), { qos: 1 }));
  const taken = client.publish("t", "x");
  const { broker } = await stage.welcome5({ maximumPacketSize: 50 });
  await connecting;
  assertEquals((await refused).code, "too-large");
  assertEquals((await broker.expect5("PUBLISH")).payload, "x");
  await taken;
});

Deno.test("mqtt 5: topic aliases are used up to the broker's maximum, and begin anew", async () => {
  await using stage = new Stage();
  const { client, broker } = await stage.connected5({}, { topicAliasMaximum: 1 });
  const seen = (topicName: string) => client.publish(topicName, "x", { qos: 1, contentType: "c" });
  const expected: [send: string, topic: string, alias: number | undefined][] = [
    ["first/topic", "first/topic", 1],
    ["first/topic", "", 1],
    ["other/topic", "other/topic", undefined],
    ["first/topic", "", 1],
    ["other/topic", "other/topic", 1],
    ["other/topic", "", 1],
    ["t", "t", undefined],
  ];
  for (const [send, topic, alias] of expected) {
    const done = seen(send);
    const got = await take(broker);
    assertEquals([got.topic, got.properties.topicAlias], [topic, alias]);
    assertEquals([got.payload, got.properties.contentType], ["x", "c"]);
    await done;
  }
  await broker.close();
  await until(() => stage.clock.pauses.length === 1, "the pause");
  stage.clock.advance(1000);
  const again = (await stage.welcome5({ topicAliasMaximum: 5 })).broker;
  const done = seen("other/topic");
  assertEquals((await take(again)).topic, "other/topic");
  await done;
});

Deno.test("mqtt 5: what is sent again has its topic name, whatever alias it left under", async () => {
  await using stage = new Stage();
  const kept = { client_id: "c", cleansession: false };
  const { client, broker } = await stage.connected5(kept, { topicAliasMaximum: 5 });
  await client.publish("some/topic", "0");
  const done = client.publish("some/topic", "1", { qos: 1 });
  await broker.expect5("PUBLISH");
  assertEquals((await broker.expect5("PUBLISH")).topic, "");
  await broker.close();
  await until(() => stage.clock.pauses.length === 1, "the pause");
  stage.clock.advance(1000);
  const again = (await stage.welcome5({ topicAliasMaximum: 5 }, true)).broker;
  const got = await take(again);
  assertEquals([got.topic, got.dup, got.properties], ["some/topic", true, {}]);
  await done;
});

Deno.test("mqtt 5: expiry counts while a message waits, and one that is over is not sent", async () => {
  await using stage = new Stage();
  const client = stage.client({ protocol_version: 5, ack_timeout: 0 });
  const connecting = client.connect();
  const broker = await stage.accept();
  const over = errorOf(client.publish("t", "1", { messageExpiryInterval: 5, qos: 1 }));
  const left = client.publish("t", "2", { messageExpiryInterval: 50, contentType: "c" });
  stage.clock.advance(6500);
  await broker.expect5("CONNECT");
  await broker.send(connack5(false, 0, { topicAliasMaximum: 1 }));
  await connecting;
  assertEquals((await over).code, "expired");
  const got = await broker.expect5("PUBLISH");
  assertEquals([got.payload, got.properties.messageExpiryInterval], ["2", 44]);
  await left;
});

Deno.test("mqtt 5: SUBSCRIBE and UNSUBSCRIBE with options, properties and reason codes", async () => {
  await using stage = new Stage();
  const { client, broker } = await stage.connected5();
  const options = { qos: 2, noLocal: true, retainAsPublished: true, retainHandling: 2 } as const;
  const some = { subscriptionIdentifier: 300, userProperties: { a: "b" } };
  const subscribed = errorOf(client.subscribe(["a", "b", "c"], { ...options, ...some }));
  const { id, requests, properties } = await broker.expect5("SUBSCRIBE");
  assertEquals(requests, [["a", 0x2e], ["b", 0x2e], ["c", 0x2e]]);
  assertEquals(properties, { subscriptionIdentifiers: [300], userProperties: [["a", "b"]] });
  await broker.send(suback5(id, [1, 0x87, 0x8f], { reasonString: "no" }));
  const error = await subscribed;
  assertEquals([error.code, error.reasonCodes], ["subscribe-refused", [0x87, 0x8f]]);
  assertEquals(error.topicFilters, ["b", "c"]);
  assertStringIncludes(error.message, "b, c: not authorized (0x87): no");
  assertEquals([...client.subscriptions], [["a", 1]]);
  const given = client.unsubscribe(["a", "z"], { userProperties: { u: "v" } });
  const unsubscribe = await broker.expect5("UNSUBSCRIBE");
  assertEquals(unsubscribe.properties, { userProperties: [["u", "v"]] });
  await broker.send(unsuback5(unsubscribe.id, [0, 0x11]));
  assertEquals(await given, [0, 0x11]);
  const refused = errorOf(client.unsubscribe("a"));
  await broker.send(unsuback5((await broker.expect5("UNSUBSCRIBE")).id, [0x87]));
  assertEquals((await refused).code, "unsubscribe-refused");
});

Deno.test("mqtt 5: subscriptions are made again with their options and identifiers", async () => {
  await using stage = new Stage();
  const { client, broker } = await stage.connected5();
  for (const [filter, subscriptionIdentifier] of [["a", 1], ["b", 2], ["c", undefined]] as const) {
    const done = client.subscribe(filter, { qos: 1, noLocal: true, subscriptionIdentifier });
    await broker.send(suback5((await broker.expect5("SUBSCRIBE")).id, [1]));
    await done;
  }
  await broker.close();
  await until(() => stage.clock.pauses.length === 1, "the pause");
  stage.clock.advance(1000);
  const again = (await stage.welcome5()).broker;
  for (const [filter, identifiers] of [["a", [1]], ["b", [2]], ["c", undefined]] as const) {
    const { requests, properties } = await again.expect5("SUBSCRIBE");
    assertEquals(requests, [[filter, 5]]);
    assertEquals(properties.subscriptionIdentifiers, identifiers as number[] | undefined);
  }
});
