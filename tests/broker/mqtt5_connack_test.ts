/** CONNACK of MQTT 5: what it tells of the broker's limits, of the session and of names. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import type { BrokerOptions } from "../../mod.ts";
import { Clocked5 } from "../support/clocked5.ts";
import { connect } from "../support/raw_packets.ts";
import { connect5 } from "../support/raw_packets5.ts";
import type { RawProperties } from "../support/raw_properties5.ts";

/** Everything off, so that a test sees what it asks for alone. */
const NO_LIMITS: BrokerOptions = {
  max_packet_size: 0,
  receive_maximum: 0,
  topic_alias_maximum: 0,
  session_expiry_interval: 0,
};

async function told(
  options: BrokerOptions,
  properties: RawProperties = {},
  more: { keepAlive?: number; clientId?: string } = {},
) {
  await using it = await Clocked5.start({ ...NO_LIMITS, ...options });
  return (await it.open("c", { properties, ...more })).connack5!.properties;
}

Deno.test("CONNACK tells nothing where all is as the standard's default", async () => {
  assertEquals(await told({}), {});
});

Deno.test("CONNACK tells every limit that clients of MQTT 5 must know", async () => {
  const cases: [BrokerOptions, object][] = [
    [{ max_packet_size: "1MiB" }, { maximumPacketSize: 1_048_576 }],
    [{ receive_maximum: 20 }, { receiveMaximum: 20 }],
    [{ receive_maximum: 65_535 }, {}],
    [{ topic_alias_maximum: 7 }, { topicAliasMaximum: 7 }],
    [{ max_qos: 1 }, { maximumQos: 1 }],
    [{ max_qos: 0 }, { maximumQos: 0 }],
    [{ max_qos: 2 }, {}],
    [{ retain_available: false }, { retainAvailable: 0 }],
    [{ wildcard_subscriptions: false }, { wildcardSubscriptionAvailable: 0 }],
    [{ subscription_identifiers: false }, { subscriptionIdentifiersAvailable: 0 }],
    [{ shared_subscriptions: false }, { sharedSubscriptionAvailable: 0 }],
  ];
  for (const [options, expected] of cases) assertEquals(await told(options), expected);
});

Deno.test("the defaults: what a client is told that asks for nothing", async () => {
  await using it = await Clocked5.start();
  const { connack5 } = await it.open("c");
  assertEquals(connack5!.properties, {
    receiveMaximum: 1000,
    maximumPacketSize: 10 * 1024 * 1024,
    topicAliasMaximum: 32,
  });
});

Deno.test("session expiry: the server's cap is told where it is below what was asked", async () => {
  const cap = { session_expiry_interval: "1h" };
  const asked = (sessionExpiryInterval: number) => told(cap, { sessionExpiryInterval });
  assertEquals(await asked(0), {});
  assertEquals(await asked(3600), {});
  assertEquals(await asked(3601), { sessionExpiryInterval: 3600 });
  assertEquals(await asked(0xffff_ffff), { sessionExpiryInterval: 3600 });
  assertEquals(await told({}, { sessionExpiryInterval: 0xffff_ffff }), {});
  assertEquals(await told({}, { sessionExpiryInterval: 0xffff_fffe }), {});
});

Deno.test("server keep-alive: a longer one and none become max_keep_alive [MQTT-3.1.2-21]", async () => {
  const options = { max_keep_alive: 30 };
  for (const [keepAlive, expected] of [[30, {}], [1, {}]] as const) {
    assertEquals(await told(options, {}, { keepAlive }), expected);
  }
  for (const keepAlive of [31, 0, 65_535]) {
    assertEquals(await told(options, {}, { keepAlive }), { serverKeepAlive: 30 });
  }
  assertEquals(await told({ max_keep_alive: "2d" }, {}, { keepAlive: 0 }), {
    serverKeepAlive: 65_535,
  });
  assertEquals(await told({ max_keep_alive: "500ms" }, {}, { keepAlive: 9 }), {
    serverKeepAlive: 1,
  });
});

Deno.test("the server keep-alive is the one that counts, also for a client that asked for none", async () => {
  await using it = await Clocked5.start({ max_keep_alive: 30 });
  const client = await it.open("c", { keepAlive: 0 });
  await client.expectNothing();
  it.inner.clock.advance(44_000);
  await client.expectNothing();
  it.inner.clock.advance(45_500);
  assertEquals((await client.expect5("DISCONNECT")).reasonCode, 0x8d);
});

Deno.test("an empty client id is given a name, clean start or not, and no other is [MQTT-3.1.3-6]", async () => {
  await using it = await Clocked5.start();
  const names = new Set<unknown>();
  for (const cleanSession of [true, false]) {
    const client = await it.open("", { cleanSession, properties: { sessionExpiryInterval: 60 } });
    const { assignedClientIdentifier } = client.connack5!.properties;
    assertMatch(String(assignedClientIdentifier), /^auto-[-0-9a-f]{36}$/);
    names.add(assignedClientIdentifier);
  }
  assertEquals(names.size, 2);
  assertEquals((await it.open("c")).connack5!.properties.assignedClientIdentifier, undefined);
  const [name] = names;
  const back = await it.keep(String(name));
  assert(back.sessionPresent, "the name that was assigned is one to come back with");
});

Deno.test("response information: told where it is asked for and configured", async () => {
  const asks = { requestResponseInformation: 1 };
  const options = { response_information: "answers/%c" };
  assertEquals(await told(options, asks), { responseInformation: "answers/c" });
  assertEquals(await told(options, { requestResponseInformation: 0 }), {});
  assertEquals(await told(options), {});
  assertEquals(await told({}, asks), {});
  assertEquals(await told({ response_information: "a/%u" }, asks), {}, "it has no username");
  assertEquals(
    await told(options, asks, { clientId: "x/y" }),
    {},
    "a name with a level of its own",
  );
  assertEquals(await told(options, asks, { clientId: "+" }), {});
  assertEquals(await told({ response_information: "100%%/%c" }, asks), {
    responseInformation: "100%/c",
  });
});

Deno.test("a client that takes no CONNACK gets none, and the connection ends", async () => {
  await using it = await Clocked5.start();
  for (const [maximumPacketSize, reasonCode] of [[5, 0x95], [4, undefined]] as const) {
    const client = await it.say(connect5({ clientId: "c", properties: { maximumPacketSize } }));
    assertEquals(
      (await client.next5() as { reasonCode: number } | undefined)?.reasonCode,
      reasonCode,
    );
    await client.expectClosed();
  }
});

Deno.test("a password without a username reaches the sources", async () => {
  const seen: unknown[] = [];
  await using it = await Clocked5.start({}, {
    authenticate: ({ client, password }) => {
      seen.push([client.username, new TextDecoder().decode(password)]);
      return "allow";
    },
  });
  await it.open("c", { password: "token" });
  assertEquals(seen, [[undefined, "token"]]);
});

Deno.test("hooks see version and properties, and the bytes stay theirs", async () => {
  const seen: unknown[] = [];
  await using it = await Clocked5.start({}, {
    clientConnected: ({ client }) =>
      void seen.push([client.protocolLevel, client.cleanSession, client.properties]),
  });
  const userProperties: [string, string][] = [["a", "1"], ["a", "2"]];
  await it.open("one", { properties: { sessionExpiryInterval: 9, userProperties } });
  await it.open("two", { cleanSession: false });
  await (await it.say(connect({ clientId: "three" }))).expectPacket("CONNACK");
  assertEquals(seen, [
    [5, false, { sessionExpiryInterval: 9, userProperties }],
    [5, true, undefined],
    [4, true, undefined],
  ]);
});

Deno.test("of a flood of user properties a bounded part is kept", async () => {
  let kept = 0;
  await using it = await Clocked5.start({}, {
    clientConnected: ({ client }) => void (kept = client.properties!.userProperties!.length),
  });
  const userProperties = Array.from({ length: 4096 }, (): [string, string] => ["", ""]);
  const client = await it.open("c", { properties: { userProperties } });
  await client.expectNothing();
  assertEquals(kept, 1024);
});
