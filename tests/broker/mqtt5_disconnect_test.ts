/** DISCONNECT of the broker: whatever ends the connection of a client of MQTT 5, it hears the true reason first. */
import { assertEquals } from "@std/assert";
import type { BrokerOptions, Hooks } from "../../mod.ts";
import { request } from "../../lib/manage/remote.ts";
import { Clocked5, disconnected, reasonIn } from "../support/clocked5.ts";
import type { RawClient } from "../support/raw_client.ts";
import { bytes, connect, DISCONNECT, hex, packet, puback, u16 } from "../support/raw_packets.ts";
import { connect5, publish5, pubrel5, subscribe5, unsubscribe5 } from "../support/raw_packets5.ts";
import { until } from "../support/until.ts";

type End = (it: Clocked5, client: RawClient) => unknown;

/** What the client sends, or what is done to it; the code; the sentence, which the log has too. */
const ENDS: [name: string, end: End | Uint8Array, code: number, why: string][] = [
  ["takeover", (it) => it.open("c"), 0x8e, "session taken over"],
  ["takeover by a client of 3.1.1", (it) => it.inner.open("c"), 0x8e, "session taken over"],
  ["a kick", (it) => it.inner.broker.kick("c"), 0x98, "kicked"],
  [
    "ctl sessions end",
    (it) => request(it.target, "sessions end", { clientId: "c" }),
    0x98,
    "kicked",
  ],
  [
    "a ban",
    (it) => request(it.target, "ban add", { clientId: "c" }),
    0x87,
    "banned for ever, by admin",
  ],
  ["silence", (it) => it.inner.clock.advance(90_251), 0x8d, "keep-alive time-out"],
  ["the stop", (it) => void it.inner.broker.stop(), 0x8b, "the broker stops"],
  ["a second CONNECT", connect5(), 0x82, "a second CONNECT [MQTT-3.1.0-2]"],
  ["a packet of a server", hex("20 03 00 00 00"), 0x82, "CONNACK comes from servers only [2.1.2]"],
  ["a reserved packet", hex("00 00"), 0x81, "packet type 0 is reserved [2.1.2]"],
  ["U+0000 in a topic", hex("30 04 0001 00 00"), 0x81, "topic name has U+0000 [MQTT-1.5.4-2]"],
  [
    "a topic name with a wildcard",
    publish5("a/+", "x"),
    0x90,
    "a topic name must not contain a wildcard [MQTT-4.7.1-1]",
  ],
  [
    "a filter that is none",
    subscribe5(1, [["a#", 0]]),
    0x8f,
    "# must be alone in the last level of a topic filter [MQTT-4.7.1-2]",
  ],
  [
    "an UNSUBSCRIBE from one that is none",
    unsubscribe5(1, ["a#"]),
    0x8f,
    "# must be alone in the last level of a topic filter [MQTT-4.7.1-2]",
  ],
  [
    "a packet over the limit",
    hex("c0 ffff7f"),
    0x95,
    "packet of 2097155 bytes, max_packet_size is 1048576 [2.1.4]",
  ],
  [
    "a PUBLISH over the limit, which is not read past",
    hex("32 ffff7f"),
    0x95,
    "packet of 2097155 bytes, max_packet_size is 1048576 [2.1.4]",
  ],
  [
    "a server's reason",
    hex("e0 01 8b"),
    0x82,
    "DISCONNECT with a server's reason: server shutting down [MQTT-3.14.2-1]",
  ],
];

const LIMITS: BrokerOptions = { max_packet_size: "1MiB", max_skipped_size: "64MiB" };

for (const [name, end, code, why] of ENDS) {
  Deno.test(`DISCONNECT: ${name}`, async () => {
    const ended: unknown[] = [];
    const hooks: Hooks = {
      clientDisconnected: ({ client, code, reason }) =>
        void (client.clientId === "c" && ended.push([code, reason])),
    };
    await using it = await Clocked5.start(LIMITS, hooks);
    const client = await it.open("c");
    await client.expectNothing();
    if (typeof end === "function") await end(it, client);
    else await client.sendAnyway(end);
    assertEquals(reasonIn(await disconnected(client)), [code, why]);
    assertEquals(ended.length, 1);
    assertEquals((ended[0] as unknown[])[1], why, "the hook and the client hear the same");
  });
}

Deno.test("DISCONNECT: not authorized under acl_deny_action: disconnect", async () => {
  const denies: Hooks = { authorize: () => "deny" };
  await using it = await Clocked5.start({ acl_deny_action: "disconnect" }, denies);
  const cases = [
    [publish5("t", "x"), "not authorized to publish to t"],
    [subscribe5(1, [["t", 0]]), "not authorized to subscribe"],
  ] as const;
  for (const [bytes, why] of cases) {
    const client = await it.open("c");
    await client.send(bytes);
    assertEquals(reasonIn(await disconnected(client)), [0x87, why]);
  }
});

Deno.test("DISCONNECT: receive maximum exceeded", async () => {
  await using it = await Clocked5.start({ receive_maximum: 2 });
  const client = await it.open("c");
  for (const id of [1, 2]) {
    await client.send(publish5("t", "x", { qos: 2, id }));
    await client.expect5("PUBREC");
  }
  await client.send(publish5("t", "x", { qos: 2, id: 3 }));
  assertEquals((await disconnected(client)).reasonCode, 0x93);
  const other = await it.open("d");
  for (const id of [1, 2, 3]) {
    await other.send(publish5("t", "x", { qos: 2, id }), pubrel5(id));
    await other.expect5("PUBREC");
    await other.expect5("PUBCOMP");
  }
});

Deno.test("DISCONNECT: a wrong acknowledgement", async () => {
  await using it = await Clocked5.start();
  const client = await it.open("c");
  await client.send(subscribe5(1, [["t", 2]]));
  await client.expect5("SUBACK");
  it.inner.broker.publish({ topicName: "t", payload: "x", qos: 2 });
  const { id } = await client.expect5("PUBLISH");
  await client.send(puback(id));
  assertEquals((await disconnected(client)).reasonCode, 0x82);
});

Deno.test("the reason string: only where it is wanted, and within the client's maximum [MQTT-3.14.2-3]", async () => {
  const size = 7 + "kicked".length;
  const cases = [
    [{ maximumPacketSize: size }, "kicked"],
    [{ maximumPacketSize: size - 1 }, undefined],
    [{ requestProblemInformation: 0 }, undefined],
    [{ requestProblemInformation: 1 }, "kicked"],
  ] as const;
  for (const [properties, why] of cases) {
    // What CONNACK tells would be too much for the smallest.
    await using it = await Clocked5.start({
      max_packet_size: 0,
      receive_maximum: 0,
      topic_alias_maximum: 0,
    });
    const client = await it.open("c", { properties });
    it.inner.broker.kick("c");
    assertEquals(reasonIn(await disconnected(client)), [0x98, why]);
  }
});

Deno.test("a sentence that has no room in a property leaves the code alone", async () => {
  const denies: Hooks = { authorize: () => "deny" };
  await using it = await Clocked5.start({ acl_deny_action: "disconnect" }, denies);
  const client = await it.open("c");
  await client.send(publish5("t".repeat(65_535), "x"));
  assertEquals(reasonIn(await disconnected(client)), [0x87, undefined]);
});

Deno.test("a client of 3.1.1 gets no DISCONNECT", async () => {
  await using it = await Clocked5.start(LIMITS);
  const ends: ((client: RawClient) => unknown)[] = [
    () => it.inner.broker.kick("c"),
    (client) => client.send(connect()),
    () => it.inner.clock.advance(90_251),
  ];
  for (const end of ends) {
    const { raw } = await it.inner.open("c");
    await raw.expectNothing();
    await end(raw);
    await raw.expectClosed();
  }
});

Deno.test("a client's own DISCONNECT is not answered, whatever its code", async () => {
  await using it = await Clocked5.start();
  for (const code of ["", "00", "04", "80", "81", "93", "99"]) {
    const client = await it.open("c");
    await client.send(code === "" ? DISCONNECT : packet(0xe0, hex(code)));
    await client.expectClosed();
  }
});

Deno.test("DISCONNECT comes behind what waits, and the answers to what came before it", async () => {
  await using it = await Clocked5.start();
  const client = await it.open("c");
  const publishes = [1, 2, 3].map((id) => publish5("t", "x", { qos: 1, id }));
  await client.send(bytes(...publishes, hex("c000 f000"), connect5()));
  for (const id of [1, 2, 3]) assertEquals((await client.expect5("PUBACK")).id, id);
  await client.expect5("PINGRESP");
  assertEquals((await disconnected(client)).reasonCode, 0x82);
});

Deno.test("a client that goes on sending hears why all the same", async () => {
  await using it = await Clocked5.start(LIMITS);
  const client = await it.open("c");
  const flood = new Uint8Array(4 * 1024 * 1024);
  const sent = client.sendAnyway(packet(0x30, u16(1), "t", 0, flood));
  const [disconnect] = await Promise.all([client.expect5("DISCONNECT"), sent]);
  assertEquals(disconnect.reasonCode, 0x95);
});

Deno.test("max_sessions, takeover: the session goes on at once, whatever the old client takes", async () => {
  await using it = await Clocked5.start();
  const old = await it.keep("c");
  await old.send(subscribe5(1, [["t", 1]]));
  await old.expect5("SUBACK");
  const fresh = await it.keep("c");
  assertEquals(fresh.sessionPresent, true);
  it.inner.broker.publish({ topicName: "t", payload: "to the new one", qos: 1 });
  assertEquals((await fresh.expect5("PUBLISH")).payload, "to the new one");
  assertEquals(reasonIn(await disconnected(old)), [0x8e, "session taken over"]);
});

Deno.test("metrics and packet observers see the DISCONNECT that leaves", async () => {
  const sent: string[] = [];
  await using it = await Clocked5.start({}, {
    packetSent: ({ packet }) => void sent.push(packet.type),
  });
  const client = await it.open("c");
  it.inner.broker.kick("c");
  await disconnected(client);
  await until(() => sent.length === 2, "both packets");
  assertEquals(sent, ["connack", "disconnect"]);
});
