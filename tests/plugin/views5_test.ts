/** What plugins see of clients and messages of MQTT 5, and what they can send. */
import { assertEquals } from "@std/assert";
import type { PluginContext, Properties } from "../../mod.ts";
import { ClockedBroker } from "../support/clocked_broker.ts";
import type { RawClient } from "../support/raw_client.ts";
import { connect5, publish5, type RawConnect5, subscribe5 } from "../support/raw_packets5.ts";
import { publish } from "../support/raw_packets.ts";

async function enter(it: ClockedBroker, options: RawConnect5): Promise<RawClient> {
  const raw = await it.dial();
  await raw.send(connect5(options));
  await raw.expect5("CONNACK");
  return raw;
}

Deno.test("sources and observers see version and properties of a client, before and after it is let in", async () => {
  const seen: [hook: string, level: number, properties: Properties | undefined][] = [];
  await using it = await ClockedBroker.start({}, {
    authenticate: ({ client }) =>
      void seen.push(["authenticate", client.protocolLevel, client.properties]),
    clientConnected: ({ client }) =>
      void seen.push(["clientConnected", client.protocolLevel, client.properties]),
    authorize: ({ client }) =>
      void seen.push(["authorize", client.protocolLevel, client.properties]),
  });
  const userProperties: [string, string][] = [["site", "kitchen"], ["site", "roof"]];
  const raw = await enter(it, {
    clientId: "c",
    properties: { userProperties, sessionExpiryInterval: 7, receiveMaximum: 5 },
  });
  await raw.send(subscribe5(1, [["t", 0]]));
  await raw.expect5("SUBACK");
  const properties = { userProperties, sessionExpiryInterval: 7, receiveMaximum: 5 };
  assertEquals(
    seen.map(([hook, level, found]) => [hook, level, { ...found }]),
    ["authenticate", "clientConnected", "authorize"].map((hook) => [hook, 5, properties]),
  );
  assertEquals(it.broker.clients[0]?.properties?.userProperties, userProperties);
});

Deno.test("no view of a client has authentication data", async () => {
  const seen: (Properties | undefined)[] = [];
  await using it = await ClockedBroker.start({}, {
    authenticateStep({ client }) {
      seen.push(client.properties);
      return { result: "allow", username: "alice" };
    },
    clientConnected: ({ client }) => void seen.push(client.properties),
  });
  const properties = { authenticationMethod: "TOKEN", authenticationData: "s3cret" };
  await enter(it, { clientId: "c", properties });
  assertEquals(seen.map((one) => ({ ...one })), [
    { authenticationMethod: "TOKEN" },
    { authenticationMethod: "TOKEN" },
  ]);
});

Deno.test("observers see a message's properties and origin, and none of 3.1.1", async () => {
  const seen: unknown[] = [];
  await using it = await ClockedBroker.start({}, {
    messageReceived: ({ message }) => void seen.push(["received", message.properties]),
    messageBroadcast: ({ message }) =>
      void seen.push(["broadcast", message.origin, message.properties]),
  });
  const properties = {
    contentType: "text/plain",
    userProperties: [["a", "1"]] as [string, string][],
  };
  const raw = await enter(it, { clientId: "c" });
  await raw.send(publish5("t", "x", { properties }));
  await raw.expectNothing();
  const old = await it.open("d");
  await old.raw.send(publish("t", "x"));
  await old.raw.expectNothing();
  assertEquals(seen, [
    ["received", properties],
    ["broadcast", "client", properties],
    ["received", undefined],
    ["broadcast", "client", undefined],
  ]);
});

Deno.test("a plugin, and the program around the broker, publish with properties", async () => {
  let context: PluginContext | undefined;
  await using it = await ClockedBroker.start({}, (given) => {
    context = given;
    return {};
  });
  const raw = await enter(it, { clientId: "c" });
  await raw.send(subscribe5(1, [["t", 0]]));
  await raw.expect5("SUBACK");
  const properties: Properties = {
    responseTopic: "r",
    correlationData: new Uint8Array([1, 2]),
    messageExpiryInterval: 9,
    userProperties: [["a", "1"]],
  };
  context!.publish({ topicName: "t", payload: "x", properties });
  it.broker.publish({ topicName: "t", payload: "y", properties });
  for (const payload of ["x", "y"]) {
    const message = await raw.expect5("PUBLISH");
    assertEquals([message.payload, { ...message.properties }], [payload, properties]);
  }
});
