/** What packet_logger shows of packets, and what it never shows. */
import { assert, assertEquals } from "@std/assert";
import type { ConnectPacket, Packet, PublishPacket } from "../../mod.ts";
import { makeObservers } from "../../lib/plugin/hooks.ts";
import packetLogger from "../../plugins/packet_logger.ts";
import { type LogLine, PluginHarness } from "../support/plugin_harness.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

async function logged(packet: Packet, clientId?: string): Promise<LogLine> {
  const harness = new PluginHarness();
  const hooks = await harness.setUp(packetLogger);
  await hooks.packetReceived?.({ clientId, packet });
  assertEquals(harness.lines.length, 1);
  return harness.lines[0]!;
}

async function loggedPayload(payload: Uint8Array): Promise<unknown> {
  const packet: PublishPacket = {
    type: "publish",
    topicName: "t",
    payload,
    qos: 0,
    retain: false,
    dup: false,
    packetId: 0,
  };
  return (await logged(packet, "c1")).properties.payload;
}

Deno.test("packet_logger: direction, client, type and fields, at debug", async () => {
  const harness = new PluginHarness();
  const hooks = await harness.setUp(packetLogger);
  const subscriptions = [{ topicFilter: "a/#", qos: 1 as const }];
  hooks.packetReceived?.({
    clientId: "c1",
    packet: { type: "subscribe", packetId: 7, subscriptions },
  });
  hooks.packetSent?.({ clientId: "c1", packet: { type: "pingresp" } });
  assertEquals(harness.lines, [
    {
      level: "debug",
      message: "received subscribe",
      properties: { client: "c1", packetId: 7, subscriptions },
    },
    { level: "debug", message: "sent pingresp", properties: { client: "c1" } },
  ]);
});

Deno.test("packet_logger: payloads as text or hexadecimal, cut at 64 bytes", async () => {
  assertEquals(await loggedPayload(bytes("21.5 °C")), "21.5 °C");
  assertEquals(await loggedPayload(new Uint8Array([0xff, 0x00, 0x0a])), "ff000a");
  assertEquals(await loggedPayload(bytes("x".repeat(64))), "x".repeat(64));
  assertEquals(await loggedPayload(bytes("x".repeat(65))), `${"x".repeat(64)}... (65 bytes)`);
  const cutInside = bytes("x".repeat(63) + "é");
  assertEquals(await loggedPayload(cutInside), `${"x".repeat(63)}... (65 bytes)`);
});

Deno.test("packet_logger: a CONNECT's password and will payload are never shown", async () => {
  const connect: ConnectPacket = {
    type: "connect",
    protocolLevel: 4,
    clientId: "c1",
    cleanSession: true,
    keepAlive: 60,
    username: "alice",
    password: bytes("s3cret"),
    will: { topicName: "w", payload: bytes("tr3asure"), qos: 1, retain: true },
  };
  const { message, properties } = await logged(connect);
  assertEquals(message, "received connect");
  assertEquals(properties.password, "(hidden)");
  assertEquals(properties.will, { topicName: "w", payload: "(hidden)", qos: 1, retain: true });
  assertEquals([properties.clientId, properties.username, properties.keepAlive], [
    "c1",
    "alice",
    60,
  ]);
  const text = JSON.stringify(properties);
  for (const secret of [bytes("s3cret"), bytes("tr3asure")]) {
    assert(!text.includes(String.fromCharCode(...secret)));
    assert(!text.includes(secret.join()));
  }
});

Deno.test("packet_logger: a CONNECT without password and will shows neither", async () => {
  const connect: Packet = {
    type: "connect",
    protocolLevel: 4,
    clientId: "",
    cleanSession: true,
    keepAlive: 0,
  };
  const { properties } = await logged(connect);
  assertEquals("password" in properties || "will" in properties, false);
});

Deno.test("packet_logger looks at no packet where debug is off, until a reload", async () => {
  const harness = new PluginHarness({ level: "info" });
  const hooks = await harness.setUp(packetLogger);
  const { logger } = harness.context;
  const observers = () => makeObservers([{ name: "packet_logger", logger, hooks }]);
  assertEquals(Object.values(observers()).filter((run) => run !== undefined), []);
  harness.level = "debug";
  observers().packetSent?.({ clientId: "c1", packet: { type: "pingresp" } });
  assertEquals(harness.messages("debug"), ["sent pingresp"]);
});

Deno.test("packet_logger: properties and reason codes of MQTT 5", async () => {
  const properties = {
    topicAlias: 3,
    responseTopic: "r",
    correlationData: bytes("c1"),
    userProperties: [["a", "1"], ["a", "2"]] as const,
  };
  const packet = {
    type: "publish",
    topicName: "t",
    payload: bytes("x"),
    qos: 0,
    retain: false,
    dup: false,
    packetId: 0,
    properties,
  } as const;
  assertEquals((await logged(packet, "c1")).properties.properties, {
    ...properties,
    correlationData: "c1",
  });
  const gone = await logged({
    type: "disconnect",
    reasonCode: 0x87,
    properties: { reasonString: "no" },
  });
  assertEquals(gone.properties, { reasonCode: 0x87, properties: { reasonString: "no" } });
  const bare = await logged({ type: "puback", packetId: 1, reasonCode: 0, properties: undefined });
  assertEquals(bare.properties, { packetId: 1, reasonCode: 0 });
});

Deno.test("packet_logger: authentication data are never shown", async () => {
  const properties = { authenticationMethod: "PLAIN", authenticationData: bytes("s3cret") };
  const connect: ConnectPacket = {
    type: "connect",
    protocolLevel: 5,
    clientId: "c1",
    cleanSession: true,
    keepAlive: 0,
    properties,
    will: {
      topicName: "w",
      payload: bytes("s3cret"),
      qos: 0,
      retain: false,
      properties: { contentType: "text" },
    },
  };
  const packets: Packet[] = [
    connect,
    { type: "auth", reasonCode: 0x18, properties },
    { type: "connack", sessionPresent: false, returnCode: 0, reasonCode: 0, properties },
  ];
  for (const packet of packets) {
    const { properties: fields } = await logged(packet);
    const expected = { authenticationMethod: "PLAIN", authenticationData: "(hidden)" };
    assertEquals(fields.properties, expected, packet.type);
    const text = JSON.stringify(fields);
    assert(!text.includes("s3cret") && !text.includes(bytes("s3cret").join()), packet.type);
  }
  const { properties: { will } } = await logged(connect);
  const shown = { topicName: "w", payload: "(hidden)", qos: 0, retain: false };
  assertEquals(will, { ...shown, properties: { contentType: "text" } });
});

Deno.test("packet_logger: of many user properties the first are shown, and how many there are", async () => {
  const userProperties = Array.from({ length: 1000 }, (_, i) => [`n${i}`, "v".repeat(10)] as const);
  const packet: Packet = { type: "unsuback", packetId: 1, properties: { userProperties } };
  const { properties } = (await logged(packet)).properties as {
    properties: { userProperties: unknown[] };
  };
  const shown = properties.userProperties;
  assertEquals(shown.at(-1), "... (1000 in all)");
  assertEquals(shown.slice(0, 2), userProperties.slice(0, 2));
  assert(JSON.stringify(shown).length < 3000);
});
