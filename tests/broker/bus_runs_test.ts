/** Messages at QoS 0 that come from another broker in a row reach each client as they would one by one. */
import { assertEquals } from "@std/assert";
import type { BrokerOptions, Hooks } from "../../mod.ts";
import { Peer5 } from "../support/peer5.ts";
import { Together } from "../support/together.ts";

const COUNT = 60;
const PAYLOADS = Array.from({ length: COUNT }, (_, i) => `${i}`);
const BYTES = PAYLOADS.join("").length;

/** A reader of MQTT 3.1.1 at the second broker, and what sends all payloads at the first, in one write. */
async function scene(options: BrokerOptions = {}, hooks: Hooks = {}) {
  const it = await Together.start(2, options, hooks);
  const [a, b] = it.all;
  const reader = await b.open("reader");
  await reader.subscribed(["t", 1]);
  await it.bus.quiet();
  const publisher = await a.open("publisher");
  const send = async () => {
    const { publish } = publisher.words;
    const bytes = PAYLOADS.flatMap((payload) => [...publish("t", payload)]);
    await publisher.raw.send(new Uint8Array(bytes));
    await publisher.ping();
    await it.bus.quiet();
  };
  return { it, a, b, reader, send, [Symbol.asyncDispose]: () => it[Symbol.asyncDispose]() };
}

Deno.test("all of them arrive, in order, and each counts", async () => {
  await using scene_ = await scene();
  const { b, reader, send } = scene_;
  const before = b.broker.metrics;
  const [packets, messages, bytes] = [
    before.packetsSent,
    before.publishSent,
    before.payloadBytesSent,
  ];
  await send();
  assertEquals(await reader.payloads(COUNT), PAYLOADS);
  const { metrics } = b.broker;
  assertEquals([metrics.publishSent - messages, metrics.payloadBytesSent - bytes], [COUNT, BYTES]);
  assertEquals(metrics.packetsSent - packets, COUNT);
});

Deno.test("beside a client of MQTT 5 with an identifier, and one that is away", async () => {
  await using scene_ = await scene();
  const { it, b, reader, send } = scene_;
  const newer = await Peer5.open(b, "newer");
  await newer.codes("t", 0, 7);
  const away = await b.keep("away");
  await away.subscribed(["t", 1]);
  await away.disconnect();
  await it.bus.quiet();
  await send();
  assertEquals(await reader.payloads(COUNT), PAYLOADS);
  for (const payload of PAYLOADS) {
    const message = await newer.take();
    assertEquals([message.payload, message.properties.subscriptionIdentifiers], [payload, [7]]);
  }
});

Deno.test("a member of a shared subscription beside it gets its share alone", async () => {
  await using scene_ = await scene();
  const { it, a, b, reader, send } = scene_;
  const members = [await a.open("1"), await b.open("2")];
  for (const one of members) await one.subscribed(["$share/g/t", 0]);
  await it.bus.quiet();
  await send();
  assertEquals(await reader.payloads(COUNT), PAYLOADS);
  const got = await Promise.all(members.map((one) => one.payloads(COUNT / 2)));
  assertEquals(got.flat().sort(), [...PAYLOADS].sort());
});

Deno.test("who observes packets sees each, and receive rules are asked about each", async () => {
  const seen: string[] = [];
  await using scene_ = await scene({}, {
    packetSent: ({ clientId, packet }) => {
      if (clientId === "reader" && packet.type === "publish") {
        seen.push(new TextDecoder().decode(packet.payload));
      }
    },
  });
  const { reader, send } = scene_;
  await send();
  assertEquals(await reader.payloads(COUNT), PAYLOADS);
  assertEquals(seen, PAYLOADS);
});

Deno.test("a reader without the right to receive gets none of them", async () => {
  await using scene_ = await scene({}, {
    authorizeReceive: ({ client }) => client.clientId === "reader" ? "deny" : undefined,
  });
  const { b, reader, send } = scene_;
  await send();
  await reader.nothing();
  const dropped = Object.values(b.broker.metrics.messagesDropped as Record<string, number>);
  assertEquals(dropped.reduce((sum, count) => sum + count, 0), COUNT);
});

Deno.test("what waits for the reader stays before them", async () => {
  await using scene_ = await scene({ max_inflight: 1 });
  const { it, a, b, reader, send } = scene_;
  a.broker.publish({ topicName: "t", payload: "first", qos: 1 });
  a.broker.publish({ topicName: "t", payload: "second", qos: 1 });
  await it.bus.quiet();
  await send();
  const first = await reader.take();
  assertEquals(first.payload, "first");
  const got = [...await reader.drain()].map(({ payload }) => payload);
  assertEquals(got.filter((payload) => payload !== "second"), PAYLOADS);
  assertEquals(b.broker.metrics.messagesDropped, {});
});
