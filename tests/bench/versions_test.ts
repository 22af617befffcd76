/** The load generator in MQTT 5: its frames are read by the codec as what they are meant to be; pairs make a table. */
import { assertEquals } from "@std/assert";
import { pairTable } from "../../bench/pair_table.ts";
import {
  behindProperties,
  connectFrame,
  packetIdOffset,
  payloadOf,
  publishFrame,
  subscribeFrame,
  unsubscribeFrame,
} from "../../lib/cli/load/frames.ts";
import { hex } from "../support/raw_packets.ts";
import { readOne } from "../wire/support.ts";

for (const level of [4, 5] as const) {
  const read = (frame: Uint8Array) => readOne(frame, 0, frame.length, level)!.packet;

  Deno.test(`the frames of a load at level ${level} are what they are meant to be`, () => {
    const connect = read(connectFrame("c", { username: "u", password: "p" }, level));
    if (connect.type !== "connect") throw new Error(connect.type);
    assertEquals([connect.protocolLevel, connect.clientId], [level, "c"]);
    assertEquals([connect.username, connect.password], ["u", hex("70")]);
    assertEquals(connect.cleanSession, true);
    const kept = read(connectFrame("c", { isKept: true }, level));
    if (kept.type !== "connect") throw new Error(kept.type);
    const never = level === 5 ? 0xffff_ffff : undefined;
    assertEquals([kept.cleanSession, kept.properties?.sessionExpiryInterval], [false, never]);
    const subscribe = read(subscribeFrame(["a", "b/#"], 1, level));
    if (subscribe.type !== "subscribe") throw new Error(subscribe.type);
    const filters = subscribe.subscriptions.map(({ topicFilter, qos }) => [topicFilter, qos]);
    assertEquals(filters, [["a", 1], ["b/#", 1]]);
    const unsubscribe = read(unsubscribeFrame(["a"], level));
    if (unsubscribe.type !== "unsubscribe") throw new Error(unsubscribe.type);
    assertEquals(unsubscribe.topicFilters, ["a"]);
  });

  Deno.test(`packet id and payload of a PUBLISH at level ${level} are found`, () => {
    for (const size of [2, 200]) {
      const frame = publishFrame("a/b", 1, size, level);
      frame[packetIdOffset(frame) + 1] = 7;
      const publish = read(frame);
      if (publish.type !== "publish") throw new Error(publish.type);
      assertEquals([publish.packetId, publish.payload.length], [7, size]);
      const body = size === 2 ? 2 : 3;
      assertEquals(payloadOf(frame[0]!, frame, body, level), frame.length - size);
    }
  });
}

Deno.test("what stands behind a property list is found", () => {
  assertEquals(behindProperties(hex("00"), 0), 1);
  assertEquals(behindProperties(hex("ff 03 0102 03"), 1), 5);
  assertEquals(behindProperties(hex("8001"), 0), 130);
});

Deno.test("pairs make a row a number: medians, and the ratios of the pairs", () => {
  const pair = (before: number, after: number, cpu: number) => ({
    before: { rate: before, cpu: 1, lost: 0 },
    after: { rate: after, cpu, lost: 0 },
  });
  const table = pairTable({ fanout: [pair(100, 90, 2), pair(200, 200, 1), pair(1000, 500, 1.25)] });
  assertEquals(table.split("\n").slice(2), [
    "| fanout | messages/s | 200 | 200 | 90.0 % (50.0 % to 100.0 % of 3) |",
    "| fanout | broker's CPU a message, µs | 1 | 1.25 | 80.0 % (50.0 % to 100.0 % of 3) |",
  ]);
});
