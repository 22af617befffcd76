/** A CONNECT of MQTT 5 that is refused, or cannot be read: CONNACK says why, in the client's language and no more. */
import { assert, assertEquals } from "@std/assert";
import type { BrokerOptions, Hooks } from "../../mod.ts";
import { request } from "../../lib/manage/remote.ts";
import { Clocked5, reasonIn } from "../support/clocked5.ts";
import { bytes, connack, connect, hex, packet } from "../support/raw_packets.ts";
import { connect5, type RawConnect5 } from "../support/raw_packets5.ts";
import type { PropertyList } from "../support/raw_properties5.ts";
import { until } from "../support/until.ts";

const MALFORMED: [name: string, bytes: Uint8Array, code: number][] = [
  ["a reserved flag", connect5({ flags: 3 }), 0x81],
  ["a will of QoS 3", connect5({ flags: 0x1e, will: { topic: "t" } }), 0x81],
  ["flags in the fixed header", bytes(0x11, connect5().subarray(1)), 0x81],
  ["an unknown property", connect5({ properties: [bytes(0x7f, 0)] }), 0x81],
  ["a property of another packet", connect5({ properties: { topicAlias: 1 } }), 0x81],
  ["a property twice", connect5({ properties: [hex("210005"), hex("210005")] }), 0x82],
  ["receive maximum 0", connect5({ properties: { receiveMaximum: 0 } }), 0x82],
  ["maximum packet size 0", connect5({ properties: { maximumPacketSize: 0 } }), 0x82],
  ["data without a method", connect5({ properties: { authenticationData: "x" } }), 0x82],
  ["a will topic with a wildcard", connect5({ will: { topic: "a/#" } }), 0x90],
];

for (const [name, bytes, code] of MALFORMED) {
  Deno.test(`a CONNECT with ${name} is answered with its code`, async () => {
    await using it = await Clocked5.start();
    const client = await it.say(bytes);
    assertEquals((await client.expect5("CONNACK")).reasonCode, code);
    await client.expectClosed();
    await until(() => it.inner.logged("closed:").length === 1, "the log");
  });
}

Deno.test("a CONNECT that is too large is answered 0x95, one of 3.1.1 with nothing", async () => {
  await using it = await Clocked5.start({ max_connect_size: 100 });
  const large = { clientId: "c".repeat(200) };
  const five = await it.say(connect5(large));
  assertEquals(reasonIn(await five.expect5("CONNACK")), [0x95, undefined]);
  await five.expectClosed();
  await (await it.say(connect(large))).expectClosed();
});

Deno.test("what is no CONNECT of MQTT 5 is answered as it ever was", async () => {
  await using it = await Clocked5.start();
  for (const level of [6, 0, 0x85]) {
    const client = await it.say(connect5({ level }));
    await client.expect(connack(false, 1));
    await client.expectClosed();
  }
  for (
    const bytes of [connect({ flags: 3 }), connect5({ name: "MQIsdp", flags: 3 }), hex("f0 00")]
  ) {
    const client = await it.say(bytes);
    const end = await client.readToEnd();
    assert(end.length === 0 || end[3] === 1, "a code of MQTT 5 leaves for another protocol");
  }
});

const REFUSED: [string, BrokerOptions, Hooks, RawConnect5, [number, string | undefined]][] = [
  ["a wrong password", {}, { authenticate: () => "deny" }, { username: "u" }, [0x86, undefined]],
  ["no right to come in", {}, { authenticate: () => "deny" }, {}, [0x87, undefined]],
  [
    "a source that fails",
    {},
    { authenticate: () => Promise.reject(new Error("secret host is down")) },
    {},
    [0x88, undefined],
  ],
  ["too long a client id", { max_client_id_length: 3 }, {}, { clientId: "long" }, [
    0x85,
    "client id of 4 bytes, max_client_id_length is 3",
  ]],
  ["no room for a session", { max_sessions: 1 }, {}, { clientId: "two" }, [
    0x97,
    "max_sessions is reached",
  ]],
  ["a will above max_qos", { max_qos: 1 }, {}, { will: { topic: "t", qos: 2 } }, [
    0x9b,
    "will of QoS 2, max_qos is 1",
  ]],
  [
    "a will to be retained",
    { retain_available: false },
    {},
    { will: { topic: "t", retain: true } },
    [
      0x9a,
      "will that is to be retained, retain_available is false",
    ],
  ],
];

for (const [name, options, hooks, asked, expected] of REFUSED) {
  Deno.test(`refused: ${name}`, async () => {
    await using it = await Clocked5.start(options, hooks);
    if (options.max_sessions === 1) await it.open("one");
    assertEquals(reasonIn(await it.refused(asked)), expected);
  });
}

Deno.test("refused: banned, and a session that is another user's", async () => {
  await using it = await Clocked5.start({ takeover: "same_user" });
  await it.keep("mine", { username: "me" });
  assertEquals(reasonIn(await it.refused({ clientId: "mine", username: "you" })), [
    0x85,
    "the session of this client id is another user's (takeover: same_user)",
  ]);
  await request(it.target, "ban add", { clientId: "bad" });
  const [code, why] = reasonIn(await it.refused({ clientId: "bad" }));
  assertEquals([code, why], [0x8a, "banned for ever, by admin"]);
});

Deno.test("refused: too many connections", async () => {
  await using it = await Clocked5.start({ max_connections: 1 });
  await it.open("one");
  assertEquals(reasonIn(await it.refused({ clientId: "two" })), [
    0x89,
    "max_connections is reached",
  ]);
});

Deno.test("a reason string leaves where it is wanted and fits, and only there [MQTT-3.2.2-19]", async () => {
  await using it = await Clocked5.start({ max_qos: 0 });
  const why = "will of QoS 1, max_qos is 0";
  const size = 8 + why.length;
  const refused = async (properties: PropertyList = {}) =>
    reasonIn(await it.refused({ will: { topic: "t", qos: 1 }, properties }));
  assertEquals(await refused({ maximumPacketSize: size }), [0x9b, why]);
  assertEquals(await refused({ maximumPacketSize: size - 1 }), [0x9b, undefined]);
  assertEquals(await refused({ requestProblemInformation: 0 }), [0x9b, undefined]);
  assertEquals(await refused({ requestProblemInformation: 1 }), [0x9b, why]);
  const client = await it.say(
    connect5({ will: { topic: "t", qos: 1 }, properties: { maximumPacketSize: 4 } }),
  );
  await client.expectClosed();
});

Deno.test("a will is refused by 3.1.1's code too", async () => {
  await using it = await Clocked5.start({ max_qos: 1, retain_available: false });
  for (const will of [{ topic: "t", qos: 2 }, { topic: "t", retain: true }]) {
    const client = await it.say(connect({ clientId: "c", will }));
    await client.expect(connack(false, 3));
    await client.expectClosed();
  }
});

Deno.test("the broker stops while a login is decided: CONNACK says so", async () => {
  const asked = Promise.withResolvers<void>();
  await using it = await Clocked5.start({}, {
    authenticate: () => {
      asked.resolve();
      return new Promise(() => {});
    },
  });
  const client = await it.say(connect5({ clientId: "c" }));
  await asked.promise;
  await it.inner.broker.stop();
  assertEquals(reasonIn(await client.expect5("CONNACK")), [0x88, "the broker stops"]);
  await client.expectClosed();
});

Deno.test("a login that is never decided ends with CONNACK, a connection that says nothing without", async () => {
  await using it = await Clocked5.start({ connect_timeout: "5s" }, {
    authenticate: () => new Promise(() => {}),
  });
  const [silent, half] = [await it.say(), await it.say(connect5().subarray(0, 15))];
  it.inner.clock.advance(5500);
  for (const client of [silent, half]) await client.expectClosed();
  const packets = () => it.inner.broker.metrics.packetsReceived;
  const before = packets();
  const client = await it.say(connect5({ clientId: "c" }));
  await until(() => packets() > before, "the CONNECT");
  it.inner.clock.advance(30_500);
  assertEquals((await client.expect5("CONNACK")).reasonCode, 0x88);
  await client.expectClosed();
});

Deno.test("garbage behind the refused CONNECT changes nothing", async () => {
  await using it = await Clocked5.start({ max_qos: 0 });
  const client = await it.say(connect5({ will: { topic: "t", qos: 1 } }), packet(0xf5, "garbage"));
  assertEquals((await client.expect5("CONNACK")).reasonCode, 0x9b);
  await client.expectClosed();
});
