/** Work that is long is done in slices: others have their turn in between, and nothing is lost or done twice. */
import { assert, assertEquals } from "@std/assert";
import { ClockedBroker } from "../support/clocked_broker.ts";
import { until } from "../support/until.ts";
import { bytes, PINGREQ, publish } from "../support/raw_packets.ts";

const RECEIVERS = 150;

/** A broker where each question about a delivery takes a millisecond; `asked` names the receivers. */
async function slow(onAsked: (it: ClockedBroker, count: number) => void) {
  const asked: string[] = [];
  const it: ClockedBroker = await ClockedBroker.start({}, {
    hasReceiveRules: () => true,
    authorizeReceive: ({ client }) => {
      asked.push(client.clientId);
      it.clock.advance(1);
      onAsked(it, asked.length);
      return "allow";
    },
  });
  return { it, asked };
}

Deno.test("a message for many is handed over in slices, and who leaves in between gets nothing", async () => {
  const { it, asked } = await slow((it, count) => {
    if (count === 1) setImmediate(() => it.broker.kick("s149"));
  });
  await using _ = it;
  for (let i = 0; i < RECEIVERS; i++) await (await it.open(`s${i}`)).subscribed(["t", 0]);
  const publisher = await it.open("p");
  await publisher.publish("t", "x", { qos: 1 });
  const others = Array.from({ length: RECEIVERS - 1 }, (_, i) => `s${i}`);
  assertEquals(asked.toSorted(), others.toSorted(), "the PUBACK comes when all have it, each once");
});

Deno.test("a shared subscription that ends in between gets nothing, the others get theirs", async () => {
  const { it, asked } = await slow((it, count) => {
    if (count === 1) setImmediate(() => it.broker.kick("last"));
  });
  await using _ = it;
  const member = await it.open("first");
  for (let i = 0; i < RECEIVERS; i++) await member.subscribed([`$share/g${i}/t`, 0]);
  await (await it.open("last")).subscribed(["$share/last/t", 0]);
  await (await it.open("p")).publish("t", "x", { qos: 1 });
  assertEquals(asked.length, RECEIVERS);
  assert(!asked.includes("last"));
});

Deno.test("a QoS 2 message that is repeated while it is handed over goes out once", async () => {
  const { it, asked } = await slow(() => {});
  await using _ = it;
  for (let i = 0; i < RECEIVERS; i++) await (await it.open(`s${i}`)).subscribed(["t", 0]);
  const first = await it.keep("p");
  await first.raw.send(publish("t", "x", { qos: 2, id: 7 }));
  await until(() => asked.length > 0, "the first slice");
  const second = await it.keep("p");
  await second.raw.send(publish("t", "x", { qos: 2, id: 7, dup: true }));
  await second.raw.expect(bytes(0x50, 2, 0, 7));
  await until(() => asked.length >= RECEIVERS, "the rest");
  assertEquals(asked.length, RECEIVERS);
});

Deno.test("filters of one SUBSCRIBE are asked about in slices", async () => {
  let asked = 0;
  let others = 0;
  const it: ClockedBroker = await ClockedBroker.start({}, {
    authorize: ({ action }) => {
      if (action === "publish") return "allow";
      it.clock.advance(1);
      if (asked++ === 0) setImmediate(() => others = asked);
      return "allow";
    },
  });
  await using _ = it;
  const client = await it.open("c");
  const filters = Array.from({ length: 300 }, (_, i): [string, number] => [`f/${i}`, 1]);
  assertEquals(await client.subscribe(...filters), filters.map(() => 1));
  assertEquals(it.broker.metrics.subscriptionsCount, 300);
  assert(others > 0 && others < 300, `others had their turn after ${others}`);
});

Deno.test("retained messages are looked for in slices, and all of them come", async () => {
  const { it, asked } = await slow(() => {});
  await using _ = it;
  for (let i = 0; i < 500; i++) {
    it.broker.publish({ topicName: `r/${i}`, payload: `${i}`, retain: true });
  }
  const client = await it.open("c");
  await client.subscribed(["r/+", 0]);
  const payloads = new Set<string>();
  while (payloads.size < 500) payloads.add((await client.raw.expectPublish()).payload.toString());
  assertEquals(asked.length, 500);
  await client.raw.send(PINGREQ);
  await client.raw.expect(Uint8Array.of(0xd0, 0));
});
