/** MQTT 5, what the client receives: properties of its own, aliases, identifiers, and its limits towards the broker. */
import { assertEquals } from "@std/assert";
import type { Packet, ReceivedMessage } from "../../mod.ts";
import { inlinePlugin } from "../support/inline_registry.ts";
import { bytes, packet, PINGREQ, u16 } from "../support/raw_packets.ts";
import { publish5, pubrel5, suback5 } from "../support/raw_packets5.ts";
import { endOf, settle, Stage } from "./stage.ts";

Deno.test("mqtt 5: a received message has its properties, as its own copy", async () => {
  await using stage = new Stage();
  const { client, broker } = await stage.connected5();
  const got: ReceivedMessage[] = [];
  client.onMessage(undefined, (message) => void got.push(message));
  await broker.send(
    publish5("t", "one", {
      properties: {
        payloadFormatIndicator: 1,
        messageExpiryInterval: 5,
        contentType: "c",
        responseTopic: "r",
        correlationData: Uint8Array.of(1, 2, 3),
        subscriptionIdentifiers: [5, 300],
        userProperties: [["a", "1"], ["a", "2"]],
      },
    }),
  );
  await settle(client, broker);
  await broker.send(publish5("t", "two".repeat(30)));
  await settle(client, broker);
  assertEquals(got[0]?.properties, {
    payloadFormatIndicator: 1,
    messageExpiryInterval: 5,
    contentType: "c",
    responseTopic: "r",
    correlationData: Uint8Array.of(1, 2, 3),
    subscriptionIdentifiers: [5, 300],
    userProperties: [["a", "1"], ["a", "2"]],
  });
  assertEquals(got[0]?.text(), "one");
  assertEquals(got[1]?.properties, {});
});

Deno.test("mqtt 5: the broker may use topic aliases, until the connection ends", async () => {
  await using stage = new Stage();
  const { client, broker, connect } = await stage.connected5();
  assertEquals(connect.properties, { topicAliasMaximum: 32 });
  const got: string[] = [];
  client.onMessage("a/+", (message) => void got.push(`${message.topicName} ${message.text()}`));
  const alias = { properties: { topicAlias: 32 } };
  await broker.send(publish5("a/b", "1", alias), publish5("", "2", alias));
  await broker.send(publish5("a/c", "3", alias), publish5("", "4", alias));
  await settle(client, broker);
  assertEquals(got, ["a/b 1", "a/b 2", "a/c 3", "a/c 4"]);
});

Deno.test("mqtt 5: messages by subscription identifier", async () => {
  await using stage = new Stage();
  const { client, broker } = await stage.connected5();
  const got: string[] = [];
  for (const identifier of [1, 2]) {
    const selection = { subscriptionIdentifier: identifier };
    client.onMessage(selection, (message) => void got.push(`${identifier}: ${message.text()}`));
  }
  client.onMessage("t", (message) => void got.push(`t: ${message.text()}`));
  for (
    const [payload, subscriptionIdentifiers] of [["x", [1]], ["y", [1, 2]], ["z", []]] as const
  ) {
    await broker.send(
      publish5("t", payload, {
        properties: { subscriptionIdentifiers: [...subscriptionIdentifiers] },
      }),
    );
  }
  await settle(client, broker);
  assertEquals(got, ["1: x", "t: x", "1: y", "2: y", "t: y", "t: z"]);
});

Deno.test("mqtt 5: a broker that sends more than receive_maximum is told so", async () => {
  await using stage = new Stage();
  const { client, broker } = await stage.connected5({ receive_maximum: 2 });
  client.onMessage(undefined, () => new Promise(() => {}));
  await broker.send(publish5("t", "1", { qos: 1, id: 1 }), publish5("t", "2", { qos: 2, id: 2 }));
  await settle(client, broker);
  await broker.send(publish5("t", "3", { qos: 1, id: 3 }));
  assertEquals((await broker.expect5("DISCONNECT")).reasonCode, 0x93);
  await broker.close();
  assertEquals((await endOf(client)).code, "protocol");
});

Deno.test("mqtt 5: what is acknowledged counts no more, at QoS 2 when it is complete", async () => {
  await using stage = new Stage();
  const { client, broker } = await stage.connected5({ receive_maximum: 1 });
  for (let id = 1; id < 4; id++) {
    await broker.send(publish5("t", "1", { qos: 1, id }));
    assertEquals((await broker.expect5("PUBACK")).id, id);
    await broker.send(publish5("t", "2", { qos: 2, id }));
    await broker.expect5("PUBREC");
    await broker.send(pubrel5(id));
    assertEquals((await broker.expect5("PUBCOMP")).reasonCode, 0);
  }
  await broker.send(pubrel5(9));
  assertEquals((await broker.expect5("PUBCOMP")).reasonCode, 0x92);
  await settle(client, broker);
});

Deno.test("mqtt 5: properties count while messages wait, so that reading stops", async () => {
  await using stage = new Stage();
  const { client, broker } = await stage.connected5({ max_read_backlog: 20_000 });
  const messages = client.messages();
  const userProperties = Array.from({ length: 100 }, (_, at): [string, string] => [`${at}`, "v"]);
  // Each counts as about 8 KiB: the client reads no further behind the third.
  for (let at = 0; at < 8; at++) {
    await broker.send(
      publish5("t", `${at}`, { qos: 1, id: at + 1, properties: { userProperties } }),
    );
  }
  for (let at = 0; at < 8; at++) {
    const { value } = await messages.next();
    assertEquals(value?.text(), `${at}`);
  }
  await messages.return?.();
  const ping = client.ping();
  for (let at = 0; at < 8; at++) await broker.expect5("PUBACK");
  await broker.expect(PINGREQ);
  await broker.send(packet(0xd0));
  await ping;
});

Deno.test("mqtt 5: plugins of the client see its packets with properties", async () => {
  await using stage = new Stage();
  const seen: string[] = [];
  const shown = (way: string, packet: Packet) => {
    const { properties } = "properties" in packet ? packet : {};
    seen.push(`${way} ${packet.type} ${JSON.stringify(properties ?? {})}`);
  };
  const plugin = inlinePlugin(() => ({
    packetReceived: ({ packet }) => shown("<", packet),
    packetSent: ({ packet }) => shown(">", packet),
  }));
  const { client, broker } = await stage.connected5({ plugins: [plugin], topic_alias_maximum: 1 });
  const done = client.subscribe("t", { subscriptionIdentifier: 4 });
  const { id } = await broker.expect5("SUBSCRIBE");
  await broker.send(suback5(id, [0], { reasonString: "fine" }));
  await done;
  await broker.send(publish5("t", "x", { properties: { topicAlias: 1 } }));
  await settle(client, broker);
  assertEquals(seen.filter((line) => !line.includes(" ping")), [
    '> connect {"topicAliasMaximum":1}',
    "< connack {}",
    '> subscribe {"subscriptionIdentifiers":[4]}',
    '< suback {"reasonString":"fine"}',
    '< publish {"topicAlias":1}',
  ]);
});

Deno.test("mqtt 5: acknowledgements with and without reason code and length are one", async () => {
  await using stage = new Stage();
  const { client, broker } = await stage.connected5();
  for (const tail of [[], [0], [0, 0]]) {
    const done = client.publish("t", "x", { qos: 1 });
    const { id } = await broker.expect5("PUBLISH");
    await broker.send(packet(0x40, bytes(u16(id), ...tail)));
    assertEquals((await done).reasonCode, 0);
  }
});
