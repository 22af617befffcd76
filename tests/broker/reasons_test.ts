/** Why connections end, CONNECTs are refused and messages dropped: the same code and text in hooks and log. */
import { assert, assertEquals } from "@std/assert";
import type { Hooks } from "../../mod.ts";
import type { Peer } from "../conformance/peer.ts";
import { ClockedBroker } from "../support/clocked_broker.ts";
import { connect, hex, publish, subscribe, unsubscribe } from "../support/raw_packets.ts";
import { until } from "../support/until.ts";

/** Notes what the hooks are told. */
class Notes {
  readonly ended: [code: number | undefined, reason: string][] = [];
  readonly refused: [code: number, returnCode: number, reason: string][] = [];
  readonly dropped: [code: number | undefined, reason: string][] = [];

  readonly hooks: Hooks = {
    clientDisconnected: ({ code, reason }) => void this.ended.push([code, reason]),
    clientRefused: ({ code, returnCode, reason }) =>
      void this.refused.push([code, returnCode, reason]),
    messageDropped: ({ code, reason }) => void this.dropped.push([code, reason]),
  };
}

const ENDS: [name: string, end: (it: ClockedBroker, client: Peer) => unknown, unknown[]][] = [
  ["DISCONNECT", (_it, client) => client.disconnect(), [0x00, "disconnected by the client"]],
  ["the end of the stream", (_it, client) => client.drop(), [
    undefined,
    "connection closed by the peer",
  ]],
  ["a kick", (it) => it.broker.kick("c"), [0x98, "kicked"]],
  ["a takeover", (it) => it.open("c"), [0x8e, "session taken over"]],
  ["silence", (it) => it.clock.advance(90_251), [0x8d, "keep-alive time-out"]],
  ["a malformed packet", (_it, client) => client.raw.send(hex("30 03 0001 00")), [
    0x81,
    "topic name has U+0000 [MQTT-1.5.3-2]",
  ]],
  ["a second CONNECT", (_it, client) => client.raw.send(connect()), [
    0x82,
    "a second CONNECT [MQTT-3.1.0-2]",
  ]],
  ["a packet that is too large", (_it, client) => client.raw.send(hex("30 ffff7f")), [
    0x95,
    "packet of 2097155 bytes, max_packet_size is 1048576 [2.2.3]",
  ]],
  ["a wildcard in a topic name", (_it, client) => client.raw.send(publish("a/+", "x")), [
    0x90,
    "a topic name must not contain a wildcard [MQTT-4.7.1-1]",
  ]],
  ["a filter that is none", (_it, client) => client.raw.send(subscribe(1, ["a#", 0])), [
    0x8f,
    "# must be alone in the last level of a topic filter [MQTT-4.7.1-2]",
  ]],
];

Deno.test("no reason names more than one statement, and each names the one that is broken", async () => {
  await using it = await ClockedBroker.start();
  const cases: [Uint8Array, string][] = [
    [subscribe(1, ["+a", 0]), "MQTT-4.7.1-3"],
    [subscribe(1, ["", 0]), "MQTT-4.7.3-1"],
    [unsubscribe(1, "a#"), "MQTT-4.7.1-2"],
    [unsubscribe(1, "+a"), "MQTT-4.7.1-3"],
    [publish("", "x"), "MQTT-4.7.3-1"],
    [publish("a/#", "x"), "MQTT-4.7.1-1"],
  ];
  for (const [bytes, statement] of cases) {
    const { raw } = await it.open("c");
    await raw.sendAnyway(bytes);
    await raw.expectClosed();
    assertEquals(it.log.at(-1)!.match(/\[MQTT-[^\]]*\]/g), [`[${statement}]`], it.log.at(-1));
  }
  await using raw = await it.dial();
  await raw.sendAnyway(connect({ clientId: "c", will: { topic: "a/+" } }));
  await raw.expectClosed();
  assertEquals(it.log.at(-1)!.match(/\[MQTT-[^\]]*\]/g), ["[MQTT-4.7.1-1]"], it.log.at(-1));
});

const LIMITS = { max_packet_size: "1MiB", max_skipped_size: "1MiB" };

for (const [name, end, expected] of ENDS) {
  Deno.test(`a connection that ends by ${name} says so to the hook and in the log`, async () => {
    const notes = new Notes();
    await using it = await ClockedBroker.start(LIMITS, notes.hooks);
    const client = await it.open("c");
    await end(it, client);
    await until(() => notes.ended.length > 0, "the end");
    assertEquals(notes.ended[0], expected);
  });
}

Deno.test("acl_deny_action disconnect: not authorized, with what", async () => {
  const notes = new Notes();
  const denies: Hooks = { authorize: () => "deny" };
  const options = { acl_deny_action: "disconnect" } as const;
  await using it = await ClockedBroker.start(options, notes.hooks, denies);
  for (const bytes of [publish("t", "x"), subscribe(1, ["t", 0])]) {
    const client = await it.open("c");
    await client.raw.send(bytes);
    await client.raw.expectClosed();
  }
  await until(() => notes.ended.length === 2, "both ends");
  const reasons = ["not authorized to publish to t", "not authorized to subscribe"];
  assertEquals(notes.ended, reasons.map((reason) => [0x87, reason]));
  assertEquals(notes.dropped, [[0x87, "denied"]]);
});

Deno.test("refusals: a code of MQTT 5, and what 3.1.1 makes of it", async () => {
  const notes = new Notes();
  const denies: Hooks = {
    authenticate: ({ client }) =>
      client.username === "down" ? Promise.reject(new Error("no server")) : "deny",
  };
  await using it = await ClockedBroker.start({ max_connections: 4 }, notes.hooks, denies);
  const say = async (bytes: string) => {
    const client = await it.dial();
    await client.send(hex(bytes));
    await client.readToEnd();
  };
  await say("10 14 0004 4d515454 06 02 003c 05 1100000001 0002 6335");
  await say("10 0c 0004 4d515454 04 00 003c 0000");
  await say("10 0d 0004 4d515454 04 02 003c 0001 63");
  await say("10 10 0004 4d515454 04 82 003c 0001 63 0001 75");
  await say("10 13 0004 4d515454 04 82 003c 0001 63 0004 646f776e");
  assertEquals(notes.refused.map(([code, returnCode]) => [code, returnCode]), [
    [0x84, 1],
    [0x85, 2],
    [0x87, 5],
    [0x86, 4],
    [0x88, 3],
  ]);
  const [line] = it.logged("protocol level 6 is not supported");
  assert(line?.includes("c5 (127.0.0.1:"), "a level that is not served still says who came");
});
