/**
 * Hostile clients beside a pair that goes on exchanging messages. Seeded, bounded; nobody but the hostile
 * ones may notice, each end is one line in the log, and nothing is left afterwards.
 */
import { assert, assertEquals } from "@std/assert";
import { ClockedBroker } from "../support/clocked_broker.ts";
import { Random } from "../support/random.ts";
import { RawClient } from "../support/raw_client.ts";
import {
  bytes,
  connect,
  DISCONNECT,
  PINGREQ,
  puback,
  publish,
  pubrec,
  pubrel,
  subscribe,
  unsubscribe,
} from "../support/raw_packets.ts";
import { until } from "../support/until.ts";

const TOPICS = ["a", "a/b", "$SYS/x", "#", "+/b", "", "a/#/b", "\u{1F98B}", "x".repeat(600)];

/** A packet that means something, of any kind. */
function goodPacket(random: Random): Uint8Array {
  const id = 1 + random.below(20);
  const topic = random.pick(TOPICS);
  const qos = random.below(3);
  return random.pick([
    () =>
      publish(topic, random.bytes(200), { qos, id, retain: random.oneIn(4), dup: random.oneIn(9) }),
    () => subscribe(id, ...random.list(1, 4, (): [string, number] => [random.pick(TOPICS), qos])),
    () => unsubscribe(id, topic),
    () => puback(id),
    () => pubrec(id),
    () => pubrel(id),
    () => PINGREQ.slice(),
    () => connect({ clientId: topic, cleanSession: random.oneIn(2), will: { topic, qos } }),
    () => DISCONNECT.slice(),
  ])();
}

/** Changes, cuts, doubles or inserts a few bytes. */
function mutate(random: Random, packet: Uint8Array): Uint8Array {
  const at = random.below(packet.length);
  return random.pick([
    () => packet.with(at, random.below(256)),
    () => packet.slice(0, at),
    () => bytes(packet, packet),
    () => bytes(packet.slice(0, at), random.bytes(4), packet.slice(at)),
    () => packet,
  ])();
}

/** Bytes of one hostile connection. */
function attack(random: Random, clientId: string): Uint8Array {
  if (random.oneIn(5)) return random.bytes(300);
  const hello = random.oneIn(6) ? mutate(random, connect({ clientId })) : connect({ clientId });
  return bytes(hello, ...random.list(1, 12, () => mutate(random, goodPacket(random))));
}

/** Sends bytes in pieces, reads a little, and goes away in one of several ways. */
async function attackOnce(it: ClockedBroker, random: Random, clientId: string): Promise<void> {
  await using client = await RawClient.dial(it.address);
  const data = attack(random, clientId);
  for (let at = 0; at < data.length;) {
    const end = at + 1 + random.below(random.pick([3, 50, 1000]));
    await client.sendAnyway(data.subarray(at, end));
    at = end;
  }
  if (random.oneIn(2)) return;
  await client.closeWrite().catch(() => {}); // the broker may have closed it already
  await client.readToEnd();
}

/** Exchanges messages at QoS 1 and 2 until told to stop; every one must come once, in order. */
async function exchange(it: ClockedBroker, isOver: () => boolean): Promise<number> {
  const [publisher, reader] = [await it.open("good publisher"), await it.open("good reader")];
  await reader.subscribed(["good/#", 2]);
  let count = 0;
  while (!isOver() || count === 0) {
    const qos = 1 + count % 2;
    await publisher.publish(`good/${count % 5}`, String(count), { qos });
    await reader.gets(`${count}/${qos}`);
    count++;
  }
  await reader.nothing();
  return count;
}

Deno.test("random and mutated bytes from many connections disturb nobody else", async () => {
  await using it = await ClockedBroker.start({ max_packet_size: 5000 });
  let isOver = false;
  const good = exchange(it, () => isOver);
  const connections = 600;
  const attackers = Array.from({ length: 12 }, async (_, attacker) => {
    const random = new Random(attacker);
    for (let n = 0; n < connections / 12; n++) await attackOnce(it, random, `bad ${attacker} ${n}`);
  });
  await Promise.all(attackers);
  isOver = true;
  assert(await good > 10);
  await until(() => it.broker.clients.length <= 2, "the last hostile end");
  assert(
    it.log.length <= connections + 25,
    `${it.log.length} lines for ${connections} connections`,
  );
  for (const line of it.log) assert(!line.includes("fault of the broker"), line);
  assert(it.log.every((line) => !line.includes("\n")), "one line each");
});

Deno.test("every single byte changed in a good conversation: no fault of the broker", async () => {
  await using it = await ClockedBroker.start();
  const conversation = bytes(
    connect({ clientId: "c", username: "u", password: "p", will: { topic: "w", payload: "x" } }),
    subscribe(1, ["a/+", 1]),
    publish("a/b", "hello", { qos: 2, id: 3, retain: true }),
    pubrel(3),
    unsubscribe(4, "a/+"),
    DISCONNECT,
  );
  for (let at = 0; at < conversation.length; at++) {
    await Promise.all([0x00, 0x01, 0x80, 0xff].map(async (mask) => {
      await using client = await RawClient.dial(it.address);
      await client.sendAnyway(conversation.with(at, conversation[at]! ^ mask));
      await client.closeWrite().catch(() => {}); // the broker may have closed it already
      await client.readToEnd();
    }));
  }
  assertEquals(it.logged("fault of the broker"), []);
});

Deno.test("a CONNECT that comes byte by byte from hundreds keeps nobody from coming in", async () => {
  await using it = await ClockedBroker.start({ connect_timeout: "10s" });
  const lorises = await Promise.all(Array.from({ length: 300 }, () => it.dial()));
  const packet = connect({ clientId: "loris" });
  for (const byte of packet.subarray(0, 12)) {
    await Promise.all(lorises.map((one) => one.send(Uint8Array.of(byte))));
  }
  await (await it.open("quick")).ping();
  await until(() => it.broker.metrics.bytesReceived > 300 * 12, "all bytes");
  it.clock.advance(10_500);
  await Promise.all(lorises.map((one) => one.expectClosed()));
});

Deno.test("a client that never reads while it is flooded: bounded, and the others keep their order", async () => {
  await using it = await ClockedBroker.start({
    max_write_backlog: "64KiB",
    max_queued_messages: 50,
  });
  const deaf = await it.open("deaf");
  await deaf.subscribed(["#", 1]);
  const publisher = await it.open("publisher");
  const reader = await it.open("reader");
  await reader.subscribed(["t", 1]);
  const payload = "x".repeat(10_000);
  for (let n = 0; n < 1000; n++) {
    await publisher.publish("t", `${n} ${payload}`, { qos: n % 2 });
    const { payload: got } = await reader.receive();
    assert(got.startsWith(`${n} `), `${got.slice(0, 10)} instead of ${n}`);
  }
  const { metrics } = it.broker;
  assert(metrics.messagesQueued <= 50);
  assert(metrics.messagesDropped["queue full"]! > 0 && metrics.messagesDropped["slow client"]! > 0);
  deaf.raw.close();
  await until(() => it.broker.clients.length === 2, "its end");
  assertEquals([metrics.messagesQueued, metrics.inflightOut], [0, 0]);
});

Deno.test("a client that never acknowledges keeps a bounded number of messages", async () => {
  await using it = await ClockedBroker.start({ max_inflight: 10, max_queued_messages: 100 });
  const silent = await it.keep("silent");
  await silent.subscribed(["t", 2]);
  for (let n = 0; n < 1000; n++) it.broker.publish({ topicName: "t", payload: String(n), qos: 2 });
  const { metrics } = it.broker;
  assertEquals([metrics.inflightOut, metrics.messagesQueued], [10, 100]);
});

Deno.test("a client that subscribes again and again, with many retained messages, costs no memory", async () => {
  await using it = await ClockedBroker.start({ max_inflight: 1 });
  for (let n = 0; n < 2000; n++) {
    it.broker.publish({ topicName: `r/${n}`, payload: "x".repeat(50), qos: 1, retain: true });
  }
  const client = await it.open("c");
  const witness = await it.open("witness");
  const burst = bytes(...Array.from({ length: 500 }, (_, n) => subscribe(n + 1, ["#", 1])));
  for (let round = 0; round < 4; round++) {
    await client.raw.send(burst);
    await witness.ping();
  }
  await until(() => it.broker.metrics.packetsSent >= 2000, "the answers");
  assertEquals(it.broker.metrics.inflightOut, 1);
});

Deno.test("200,000 shares of one filter do not hurt who publishes to it", async () => {
  const options = { max_subscriptions: 0, max_subscription_bytes: 0 };
  await using it = await ClockedBroker.start(options);
  const greedy = await it.open("greedy");
  for (let n = 0; n < 200_000; n += 20_000) {
    const filters = Array.from(
      { length: 20_000 },
      (_, i): [string, number] => [`$share/${n + i}/t`, 0],
    );
    await greedy.raw.send(subscribe(1, ...filters));
    await greedy.raw.expectPacket("SUBACK");
  }
  assertEquals(it.broker.metrics.subscriptionsCount, 200_000);
  const publisher = await it.open("publisher");
  await publisher.publish("t", "x", { qos: 1 });
  await publisher.ping();
});

Deno.test("a flood of one client's pings is answered whole, and others are served meanwhile", async () => {
  await using it = await ClockedBroker.start({ max_write_backlog: "16KiB" });
  const flooder = await it.open("flooder");
  const burst = new Uint8Array(200_000);
  for (let at = 0; at < burst.length; at += 2) burst[at] = 0xc0;
  const sending = flooder.raw.send(burst);
  const other = await it.open("other");
  for (let n = 0; n < 20; n++) await other.ping();
  const answers = await flooder.raw.take(burst.length);
  await sending;
  assert(answers.every((byte, at) => byte === (at % 2 === 0 ? 0xd0 : 0)));
});

Deno.test("connections that come, are refused and go, leave nothing", async () => {
  await using it = await ClockedBroker.start({}, {
    authenticate: ({ client }) => client.username === "bad" ? "deny" : undefined,
  });
  const before = it.clock.timerCount;
  for (let n = 0; n < 20; n++) {
    await Promise.all(Array.from({ length: 20 }, async (_, i) => {
      await using client = await RawClient.dial(it.address);
      await client.sendAnyway(
        connect({ clientId: `${n} ${i}`, username: i < 3 ? "bad" : `bad ${n}` }),
      );
      if (i % 2 === 0) await client.closeWrite();
    }));
  }
  const { metrics } = it.broker;
  await until(() => it.broker.clients.length === 0, "the last end");
  assertEquals([metrics.clientsConnected, metrics.clientsDisconnected], [0, 0]);
  it.clock.advance(40_000);
  await until(() => it.clock.timerCount === before, "the last delay");
});
