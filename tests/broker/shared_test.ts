/** Shared subscriptions: who gets a message when members come, go, are away or slow. */
import { assert, assertEquals } from "@std/assert";
import type { Peer } from "../conformance/peer.ts";
import { ClockedBroker } from "../support/clocked_broker.ts";
import { puback } from "../support/raw_packets.ts";

/** Members `a`, `b`, ... subscribed to this filter. */
async function members(it: ClockedBroker, filter: string, count: number, qos = 1): Promise<Peer[]> {
  const all: Peer[] = [];
  for (const id of "abcdef".slice(0, count)) {
    const member = await it.keep(id);
    await member.subscribed([filter, qos]);
    all.push(member);
  }
  return all;
}

/** How many messages each has got. */
async function shares(all: Peer[]): Promise<number[]> {
  const counts: number[] = [];
  for (const one of all) {
    counts.push((await one.drain()).length);
    await one.ping(); // the acknowledgements have been read
  }
  return counts;
}

for (const filter of ["$share/g/t/+", "$queue/t/+"]) {
  Deno.test(`${filter}: each message goes to one member, in turn`, async () => {
    await using it = await ClockedBroker.start();
    const all = await members(it, filter, 3);
    for (let i = 0; i < 9; i++) {
      it.broker.publish({ topicName: `t/${i}`, payload: "x", qos: i % 3 as 0 | 1 | 2 });
    }
    assertEquals(await shares(all), [3, 3, 3]);
  });
}

Deno.test("groups, and ordinary subscriptions beside them, each get their own copy", async () => {
  await using it = await ClockedBroker.start();
  const [a, b] = await members(it, "$share/one/t", 2) as [Peer, Peer];
  await a.subscribed(["$share/two/t", 0], ["t", 0]);
  it.broker.publish({ topicName: "t", payload: "x", qos: 1 });
  it.broker.publish({ topicName: "t", payload: "x", qos: 1 });
  assertEquals(await shares([a, b]), [2 + 2 + 1, 1]);
});

Deno.test("one group and one ordinary subscription each get their copy of what a client publishes", async () => {
  await using it = await ClockedBroker.start();
  const [a] = await members(it, "$share/one/t", 1) as [Peer];
  const b = await it.open("ordinary");
  await b.subscribed(["t", 0]);
  await b.publish("t", "x");
  await a.gets("x/0");
  await b.gets("x/0");
});

Deno.test("each member gets its own QoS", async () => {
  await using it = await ClockedBroker.start();
  const [a] = await members(it, "$share/g/t", 1, 2);
  const b = await it.open("z");
  await b.subscribed(["$share/g/t", 0]);
  for (let i = 0; i < 2; i++) it.broker.publish({ topicName: "t", payload: "x", qos: 2 });
  await a!.gets("x/2");
  await b.gets("x/0");
});

Deno.test("a shared subscription gets no retained messages", async () => {
  await using it = await ClockedBroker.start();
  it.broker.publish({ topicName: "t", payload: "x", retain: true });
  const [a] = await members(it, "$share/g/t", 1);
  await a!.nothing();
});

Deno.test("an absent member is left out while another is there", async () => {
  await using it = await ClockedBroker.start();
  const [a, b] = await members(it, "$share/g/t", 2) as [Peer, Peer];
  await a.disconnect();
  for (let i = 0; i < 6; i++) it.broker.publish({ topicName: "t", payload: "x", qos: 1 });
  assertEquals(await shares([b]), [6]);
  assertEquals(it.broker.metrics.messagesQueued, 0);
});

Deno.test("when all are away their queues share what is above QoS 0", async () => {
  await using it = await ClockedBroker.start();
  const all = await members(it, "$share/g/t", 2);
  for (const one of all) await one.disconnect();
  for (let i = 0; i < 6; i++) it.broker.publish({ topicName: "t", payload: "x", qos: 1 });
  it.broker.publish({ topicName: "t", payload: "QoS 0", qos: 0 });
  assertEquals(it.broker.metrics.messagesQueued, 6);
  const back = [await it.keep("a"), await it.keep("b")];
  assertEquals(await shares(back), [3, 3]);
});

Deno.test("when one absent member's queue is full the others' are used", async () => {
  await using it = await ClockedBroker.start({ max_queued_messages: 3 });
  const all = await members(it, "$share/g/t", 2);
  await all[0]!.subscribed(["only a", 1]);
  for (const one of all) await one.disconnect();
  for (let i = 0; i < 3; i++) it.broker.publish({ topicName: "only a", payload: "x", qos: 1 });
  for (let i = 0; i < 3; i++) it.broker.publish({ topicName: "t", payload: "x", qos: 1 });
  assertEquals(it.broker.metrics.messagesQueued, 6);
  assertEquals(it.broker.metrics.messagesDropped, {});
});

Deno.test("a member with a full window is left out until it acknowledges", async () => {
  await using it = await ClockedBroker.start({ max_inflight: 2 });
  const [slow, quick] = await members(it, "$share/g/t", 2) as [Peer, Peer];
  for (let i = 0; i < 4; i++) it.broker.publish({ topicName: "t", payload: "x", qos: 1 });
  const ids = [(await slow.take()).id, (await slow.take()).id];
  assertEquals(await shares([quick]), [2]);
  for (let i = 0; i < 2; i++) it.broker.publish({ topicName: "t", payload: "y", qos: 1 });
  assertEquals(await shares([quick]), [2]);
  await slow.nothing();
  await slow.raw.send(...ids.map(puback));
  await slow.ping();
  for (let i = 0; i < 2; i++) it.broker.publish({ topicName: "t", payload: "z", qos: 1 });
  assertEquals(await shares([slow, quick]), [1, 1]);
});

Deno.test("a member that may not receive a message is passed over", async () => {
  await using it = await ClockedBroker.start({}, {
    authorizeReceive: ({ client }) => client.clientId === "a" ? "deny" : undefined,
  });
  const all = await members(it, "$share/g/t", 2);
  for (let i = 0; i < 4; i++) it.broker.publish({ topicName: "t", payload: "x", qos: 1 });
  assertEquals(await shares(all), [0, 4]);
});

Deno.test("a member that unsubscribes or ends is out of the group", async () => {
  await using it = await ClockedBroker.start();
  const [a, b, c] = await members(it, "$share/g/t", 3) as [Peer, Peer, Peer];
  await a.unsubscribe("$share/g/t");
  await it.open("b"); // a clean session ends b's
  for (let i = 0; i < 4; i++) it.broker.publish({ topicName: "t", payload: "x", qos: 1 });
  assertEquals(await shares([a, c]), [0, 4]);
  await b.raw.expectClosed();
  assert(it.broker.metrics.subscriptionsCount === 1);
});
