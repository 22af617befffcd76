/** MQTT 5, connections: what CONNECT says, what CONNACK said and is obeyed, refusals, DISCONNECT both ways. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { DISCONNECT, packet, PINGREQ, PINGRESP } from "../support/raw_packets.ts";
import { connack5, disconnect5, publish5 } from "../support/raw_packets5.ts";
import { until } from "../support/until.ts";
import { endOf, errorOf, Stage } from "./stage.ts";

Deno.test("mqtt 5: CONNECT says what is configured, and nothing else", async () => {
  await using stage = new Stage();
  const { connect } = await stage.connected5({ topic_alias_maximum: 0 });
  assertEquals([connect.name, connect.level, connect.connectFlags], ["MQTT", 5, 2]);
  assertEquals(connect.properties, {});
});

Deno.test("mqtt 5: every property of CONNECT and of the will", async () => {
  await using stage = new Stage();
  const { connect } = await stage.connected5({
    client_id: "c",
    session_expiry_interval: "1h",
    receive_maximum: 7,
    topic_alias_maximum: 9,
    max_packet_size: 1000,
    request_response_information: true,
    request_problem_information: false,
    user_properties: [["a", "1"], ["a", "2"]],
    will: {
      topic: "w",
      message: "gone",
      qos: 1,
      delay_interval: "never",
      message_expiry_interval: 60,
      payload_format_indicator: 1,
      content_type: "text/plain",
      response_topic: "r",
      correlation_data: "x",
      user_properties: { b: "3" },
    },
  });
  assertEquals(connect.properties, {
    sessionExpiryInterval: 3600,
    receiveMaximum: 7,
    topicAliasMaximum: 9,
    maximumPacketSize: 1000,
    requestResponseInformation: 1,
    requestProblemInformation: 0,
    userProperties: [["a", "1"], ["a", "2"]],
  });
  assertEquals(connect.will, {
    topic: "w",
    payload: "gone",
    properties: {
      willDelayInterval: 0xffff_ffff,
      messageExpiryInterval: 60,
      payloadFormatIndicator: 1,
      contentType: "text/plain",
      responseTopic: "r",
      correlationData: Uint8Array.of(0x78),
      userProperties: [["b", "3"]],
    },
  });
});

Deno.test("mqtt 5: a key that only it has chooses it, and 3.1.1 stays the default", async () => {
  await using stage = new Stage();
  assertEquals(stage.client().config.protocolLevel, 4);
  assertEquals(stage.client({ protocol_version: "3.1" }).config.protocolLevel, 3);
  assertEquals(stage.client({ receive_maximum: 5 }).config.protocolLevel, 5);
  const will = { topic: "w", delay_interval: 5 };
  assertEquals(stage.client({ will }).config.protocolLevel, 5);
});

Deno.test("mqtt 5: what CONNACK said can be asked for", async () => {
  await using stage = new Stage();
  const { client } = await stage.connected5({ client_id: "" }, {
    sessionExpiryInterval: 5,
    receiveMaximum: 3,
    maximumQos: 1,
    retainAvailable: 0,
    maximumPacketSize: 100,
    assignedClientIdentifier: "chosen",
    topicAliasMaximum: 2,
    reasonString: "welcome",
    userProperties: [["k", "v"]],
    wildcardSubscriptionAvailable: 0,
    subscriptionIdentifiersAvailable: 0,
    sharedSubscriptionAvailable: 0,
    serverKeepAlive: 77,
    responseInformation: "answers/",
    serverReference: "other.example",
  });
  assertEquals(client.clientId, "chosen");
  assertEquals(client.server, {
    protocolLevel: 5,
    sessionExpiryInterval: 5,
    receiveMaximum: 3,
    maximumQos: 1,
    retainAvailable: false,
    maximumPacketSize: 100,
    topicAliasMaximum: 2,
    assignedClientIdentifier: "chosen",
    serverKeepAlive: 77,
    wildcardSubscriptionAvailable: false,
    subscriptionIdentifiersAvailable: false,
    sharedSubscriptionAvailable: false,
    responseInformation: "answers/",
    serverReference: "other.example",
    reasonString: "welcome",
    userProperties: [["k", "v"]],
  });
});

Deno.test("mqtt 5: the server's keep-alive counts", async () => {
  await using stage = new Stage();
  const options = { keep_alive: 1000, ping_delay: 1 };
  const { broker } = await stage.connected5(options, { serverKeepAlive: 10 });
  stage.clock.advance(9000);
  await broker.expect(PINGREQ);
  await broker.send(PINGRESP);
});

Deno.test("mqtt 5: clean start is for the first connection where the session outlives it", async () => {
  await using stage = new Stage();
  const options = { client_id: "c", session_expiry_interval: 60 };
  const { client, broker, connect } = await stage.connected5(options);
  assertEquals(connect.connectFlags & 2, 2);
  await broker.close();
  await until(() => stage.clock.pauses.length === 1, "the pause");
  stage.clock.advance(1000);
  const again = await stage.welcome5({}, true);
  assertEquals(again.connect.connectFlags & 2, 0);
  await until(() => client.state === "connected", "the client is back");
  assert(client.sessionPresent);
});

Deno.test("mqtt 5: cleansession: false asks for a session that stays", async () => {
  await using stage = new Stage();
  const { connect } = await stage.connected5({ client_id: "c", cleansession: false });
  assertEquals(connect.properties.sessionExpiryInterval, 0xffff_ffff);
  assertEquals(connect.connectFlags & 2, 0);
});

for (
  const [code, words, isFinal] of [
    [0x87, "not authorized (0x87): go away", true],
    [0x9d, "server moved (0x9D): go away; it says to use b.example", true],
    [0x89, "server busy (0x89): go away", false],
  ] as const
) {
  Deno.test(`mqtt 5: CONNECT refused with 0x${code.toString(16)}`, async () => {
    await using stage = new Stage();
    const client = stage.client({ protocol_version: 5 });
    const connecting = errorOf(client.connect());
    const broker = await stage.accept();
    await broker.expect5("CONNECT");
    const serverReference = code === 0x9d ? { serverReference: "b.example" } : {};
    await broker.send(connack5(false, code, { reasonString: "go away", ...serverReference }));
    if (!isFinal) {
      await until(() => stage.clock.pauses.length === 1, "the pause");
      await client.disconnect();
      return;
    }
    const error = await connecting;
    assertEquals([error.code, error.reasonCode], ["refused", code]);
    assertEquals(error.message, `the broker refused the connection: ${words}`);
    assertEquals([error.reasonString, error.serverReference], [
      "go away",
      serverReference.serverReference,
    ]);
    assertEquals(stage.clock.pauses, []);
  });
}

Deno.test("mqtt 5: a broker that has only 3.1.1 refuses in its own words", async () => {
  await using stage = new Stage();
  const connecting = errorOf(stage.client({ protocol_version: 5 }).connect());
  const broker = await stage.accept();
  await broker.expect5("CONNECT");
  await broker.send(packet(0x20, 0, 1));
  const error = await connecting;
  assertEquals([error.code, error.returnCode], ["refused", 1]);
});

for (const [code, comesBack] of [[0x8e, false], [0x8b, true], [0x95, false], [0x98, true]]) {
  Deno.test(`mqtt 5: the broker's DISCONNECT with ${code}`, async () => {
    await using stage = new Stage();
    const { client, broker } = await stage.connected5();
    await broker.send(disconnect5(Number(code), { reasonString: "why" }));
    if (comesBack === true) {
      await until(() => stage.clock.pauses.length === 1, "the pause");
      stage.clock.advance(1000);
      await stage.welcome5();
      return;
    }
    const error = await endOf(client);
    assertEquals([error.code, error.reasonCode], ["disconnected", code]);
    assertStringIncludes(error.message, ": why");
  });
}

Deno.test("mqtt 5: DISCONNECT as asked", async () => {
  await using stage = new Stage();
  const { client, broker } = await stage.connected5({ session_expiry_interval: 60 });
  const leaving = client.disconnect({
    reasonCode: 4,
    sessionExpiryInterval: 5,
    reasonString: "bye",
    userProperties: { a: "b" },
  });
  const { reasonCode, properties } = await broker.expect5("DISCONNECT");
  assertEquals(reasonCode, 4);
  assertEquals(properties, {
    sessionExpiryInterval: 5,
    reasonString: "bye",
    userProperties: [["a", "b"]],
  });
  await broker.close();
  await leaving;
});

Deno.test("mqtt 5: DISCONNECT may not begin a session that CONNECT did not want to keep", async () => {
  await using stage = new Stage();
  const { client, broker } = await stage.connected5();
  const error: unknown = await client.disconnect({ sessionExpiryInterval: 5 }).catch((why) => why);
  assert(error instanceof RangeError);
  const leaving = client.disconnect();
  await broker.expect(DISCONNECT);
  await broker.close();
  await leaving;
});

Deno.test("mqtt 5: a broker that breaks the protocol is told so", async () => {
  for (
    const [bytes, code] of [
      [publish5("a/+"), 0x81],
      [publish5("", "x"), 0x82],
      [publish5("", "x", { properties: { topicAlias: 3 } }), 0x94],
      [publish5("t", "x", { properties: { topicAlias: 33 } }), 0x94],
      [packet(0x30, "x".repeat(200)), 0x95],
    ] as const
  ) {
    await using stage = new Stage();
    const { client, broker } = await stage.connected5({ max_packet_size: 100 });
    await broker.send(bytes);
    assertEquals((await broker.expect5("DISCONNECT")).reasonCode, code);
    await broker.close();
    const error = await endOf(client);
    assertEquals(error.code, "protocol");
  }
});

Deno.test("3.1.1: what needs MQTT 5 is refused before anything is sent", async () => {
  await using stage = new Stage();
  const { client } = await stage.connected();
  const attempts = [
    client.publish("t", "x", { contentType: "a" }),
    client.subscribe("t", { noLocal: true }),
    client.subscribe("t", { subscriptionIdentifier: 1 }),
    client.unsubscribe("t", { userProperties: {} }),
    client.request("t"),
    client.respond("t", () => "x"),
    client.disconnect({ reasonCode: 4 }),
  ];
  for (const attempt of attempts) assertEquals((await errorOf(attempt)).code, "unsupported");
  assertEquals(client.server?.protocolLevel, 4);
});
