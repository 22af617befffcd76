/**
 * Section 4: streams and framing, QoS handshakes, order, topics and filters.
 */
import {
  bytes,
  connack,
  connect,
  PINGREQ,
  PINGRESP,
  puback,
  pubcomp,
  publish,
  pubrec,
  pubrel,
  suback,
  subscribe,
} from "../../support/raw_packets.ts";
import { closedOrSilent, forAll } from "../checks.ts";
import { type Sequence, sequence } from "../sequence.ts";
import type { Peer } from "../peer.ts";
import type { Stage } from "../stage.ts";

/** A conversation in one piece, with what the broker answers to it. */
function conversation(stage: Stage): { sent: Uint8Array; answered: Uint8Array } {
  const clientId = stage.newId();
  const topic = stage.topic(clientId);
  return {
    sent: bytes(
      connect({ clientId }),
      subscribe(1, [topic, 0]),
      publish(topic, "zero"),
      publish(stage.topic("other"), "one", { qos: 1, id: 2 }),
      publish(stage.topic("other"), "two", { qos: 2, id: 3 }),
      pubrel(3),
      PINGREQ,
    ),
    answered: bytes(
      connack(false, 0),
      suback(1, 0),
      publish(topic, "zero"),
      puback(2),
      pubrec(3),
      pubcomp(3),
      PINGRESP,
    ),
  };
}

async function splitAtEveryByte(stage: Stage): Promise<void> {
  const { length } = conversation(stage).sent;
  const offsets = Array.from({ length: length - 1 }, (_, i) => i + 1);
  for (let at = 0; at < offsets.length; at += 25) {
    await forAll(offsets.slice(at, at + 25), (offset) => `after byte ${offset}`, async (offset) => {
      const { sent, answered } = conversation(stage);
      const client = await stage.dial();
      await client.send(sent.subarray(0, offset));
      await new Promise((resolve) => setTimeout(resolve, 1));
      await client.send(sent.subarray(offset));
      await client.expect(answered);
      await client.close();
    });
  }
}

const NUMBERS = Array.from({ length: 200 }, (_, i) => `${i}`);

async function inOneWrite(stage: Stage, qos: number): Promise<void> {
  const peer = await stage.subscriber(stage.topic("t"), qos);
  const publisher = await stage.open();
  const packets = NUMBERS.map((text, i) => publish(stage.topic("t"), text, { qos, id: i + 1 }));
  await publisher.raw.send(bytes(...packets));
  if (qos === 2) {
    for (const i of NUMBERS.keys()) await publisher.raw.expect(pubrec(i + 1));
    await publisher.raw.send(bytes(...packets.map((_, i) => pubrel(i + 1))));
  }
  const got = await peer.payloads(NUMBERS.length);
  if (`${got}` !== `${NUMBERS}`) throw new Error(`order ${got}`);
  for (const i of NUMBERS.keys()) {
    if (qos > 0) await publisher.raw.expect(qos === 1 ? puback(i + 1) : pubcomp(i + 1));
  }
}

const STREAM: Sequence[] = [
  sequence("4.2.0-1", "reads a conversation in one write", async (stage) => {
    const { sent, answered } = conversation(stage);
    await (await stage.sent(sent)).expect(answered);
  }),
  sequence("4.2.0-1", "reads a conversation byte by byte", async (stage) => {
    const { sent, answered } = conversation(stage);
    const client = await stage.dial();
    for (const byte of sent) await client.send(Uint8Array.of(byte));
    await client.expect(answered);
  }),
  sequence("4.2.0-1", "reads a conversation split after any byte", splitAtEveryByte, {
    slow: true,
  }),
  sequence("4.2.0-1", "answers what came before the client ended its half", async (stage) => {
    const { sent, answered } = conversation(stage);
    const client = await stage.sent(sent);
    await client.closeWrite();
    const got = await client.readToEnd();
    if (`${got.subarray(0, 4)}` !== `${answered.subarray(0, 4)}`) throw new Error(`${got}`);
  }),
];

const QOS: Sequence[] = [
  sequence(
    "4.3.2-2",
    "takes a PUBLISH under an acknowledged id as new, with DUP too",
    async (stage) => {
      const watcher = await stage.subscriber(stage.topic("t"), 1);
      const peer = await stage.open();
      await peer.publish(stage.topic("t"), "one", { qos: 1, id: 5 });
      await peer.publish(stage.topic("t"), "two", { qos: 1, id: 5 });
      await peer.publish(stage.topic("t"), "three", { qos: 1, id: 5, dup: true });
      const got = await watcher.payloads(3);
      if (`${got}` !== "one,two,three") throw new Error(`${got}`);
    },
  ),
  sequence("4.3.3-2", "passes a QoS 2 message on once until PUBREL", async (stage) => {
    const watcher = await stage.subscriber(stage.topic("t"), 2);
    const { raw } = await stage.open();
    for (const dup of [false, true, true]) {
      await raw.send(publish(stage.topic("t"), "x", { qos: 2, id: 5, dup }));
      await raw.expect(pubrec(5));
    }
    await raw.send(pubrel(5));
    await raw.expect(pubcomp(5));
    await watcher.receive();
    await watcher.nothing();
  }),
  sequence("4.3.3-2", "passes a QoS 2 message on once to a subscriber at QoS 0", async (stage) => {
    const watcher = await stage.subscriber(stage.topic("t"), 0);
    const { raw } = await stage.open();
    await raw.send(
      publish(stage.topic("t"), "x", { qos: 2, id: 5 }),
      publish(stage.topic("t"), "x", { qos: 2, id: 5, dup: true }),
    );
    await raw.expect(pubrec(5), pubrec(5));
    await raw.send(pubrel(5));
    await raw.expect(pubcomp(5));
    await watcher.receive();
    await watcher.nothing();
  }),
  sequence("4.3.3-2", "takes a QoS 2 id as new after PUBCOMP", async (stage) => {
    const watcher = await stage.subscriber(stage.topic("t"), 2);
    const peer = await stage.open();
    await peer.publish(stage.topic("t"), "one", { qos: 2, id: 5 });
    await peer.publish(stage.topic("t"), "two", { qos: 2, id: 5 });
    const got = await watcher.payloads(2);
    if (`${got}` !== "one,two") throw new Error(`${got}`);
  }),
  sequence("4.3.3-2", "answers a PUBREL that comes twice", async (stage) => {
    const watcher = await stage.subscriber(stage.topic("t"), 2);
    const peer = await stage.open();
    await peer.publish(stage.topic("t"), "x", { qos: 2, id: 5 });
    await peer.raw.send(pubrel(5));
    await peer.raw.expect(pubcomp(5));
    await watcher.receive();
    await watcher.nothing();
  }),
  sequence("4.3.3-2", "keeps the QoS 2 ids of two clients apart", async (stage) => {
    const watcher = await stage.subscriber(stage.topic("t"), 2);
    const one = await stage.open();
    const two = await stage.open();
    for (const { raw } of [one, two]) {
      await raw.send(publish(stage.topic("t"), "x", { qos: 2, id: 5 }));
      await raw.expect(pubrec(5));
    }
    for (const { raw } of [one, two]) {
      await raw.send(pubrel(5));
      await raw.expect(pubcomp(5));
    }
    await watcher.payloads(2);
    await watcher.nothing();
  }),
  sequence("4.3.3-2", "completes QoS 2 handshakes that run into one another", async (stage) => {
    const watcher = await stage.subscriber(stage.topic("t"), 2);
    const { raw } = await stage.open();
    await raw.send(
      publish(stage.topic("t"), "a", { qos: 2, id: 1 }),
      publish(stage.topic("t"), "b", { qos: 2, id: 2 }),
    );
    await raw.expect(pubrec(1), pubrec(2));
    await raw.send(publish(stage.topic("t"), "c", { qos: 2, id: 3 }), pubrel(2), pubrel(1));
    await raw.expect(pubrec(3), pubcomp(2), pubcomp(1));
    await raw.send(pubrel(3));
    await raw.expect(pubcomp(3));
    const got = await watcher.payloads(3);
    if (`${got.toSorted()}` !== "a,b,c") throw new Error(`${got}`);
  }),
  sequence(
    "4.3.2-1",
    "sends QoS 1 with DUP 0 and an id, and nothing after its PUBACK",
    async (stage) => {
      const peer = await stage.subscriber(stage.topic("t"), 1);
      await (await stage.open()).publish(stage.topic("t"), "x", { qos: 1 });
      const got = await peer.take();
      if (got.dup || got.id === 0) throw new Error(`dup ${got.dup}, id ${got.id}`);
      await peer.raw.send(puback(got.id));
      await peer.nothing();
    },
  ),
  sequence(
    "4.3.3-1",
    "sends QoS 2 with DUP 0 and an id, PUBREL after PUBREC, nothing after PUBCOMP",
    async (stage) => {
      const peer = await stage.subscriber(stage.topic("t"), 2);
      await (await stage.open()).publish(stage.topic("t"), "x", { qos: 2 });
      const got = await peer.take();
      if (got.dup || got.id === 0) throw new Error(`dup ${got.dup}, id ${got.id}`);
      await peer.raw.send(pubrec(got.id));
      await peer.raw.expect(pubrel(got.id));
      await peer.raw.send(pubcomp(got.id));
      await peer.nothing();
    },
  ),
  sequence(
    "4.3.3-1",
    "answers a PUBREC that comes twice with PUBREL, never with PUBLISH",
    async (stage) => {
      const peer = await stage.subscriber(stage.topic("t"), 2);
      await (await stage.open()).publish(stage.topic("t"), "x", { qos: 2 });
      const { id } = await peer.take();
      await peer.raw.send(pubrec(id));
      await peer.raw.expect(pubrel(id));
      await peer.raw.sendAnyway(pubrec(id), PINGREQ);
      const answer = await peer.raw.nextPacket();
      if (answer?.type === 3) throw new Error("PUBLISH came again");
    },
  ),
  sequence("4.3.2-1", "is not confused by an acknowledgement of the wrong kind", async (stage) => {
    const peer = await stage.subscriber(stage.topic("t"), 2);
    await (await stage.open()).publish(stage.topic("t"), "x", { qos: 2 });
    const { id } = await peer.take();
    await peer.raw.sendAnyway(puback(id));
    await closedOrSilent(peer.raw);
  }),
  sequence("4.5.0-1", "delivers to every subscriber, each at its own QoS", async (stage) => {
    const peers = await Promise.all(
      [0, 1, 2, 2, 1, 0].map((qos) => stage.subscriber(stage.topic("t"), qos)),
    );
    await (await stage.open()).publish(stage.topic("t"), "x", { qos: 2 });
    const got = await Promise.all(peers.map(async (peer) => (await peer.receive()).qos));
    if (`${got}` !== "0,1,2,2,1,0") throw new Error(`${got}`);
  }),
];

async function inOrder(stage: Stage, publisherQos: number, subscriberQos: number): Promise<void> {
  const peer = await stage.subscriber(stage.topic("t"), subscriberQos);
  const publisher = await stage.open();
  for (const text of NUMBERS.slice(0, 50)) {
    await publisher.publish(stage.topic("t"), text, { qos: publisherQos });
  }
  const got = await peer.payloads(50);
  if (`${got}` !== `${NUMBERS.slice(0, 50)}`) throw new Error(`order ${got}`);
}

/** Several deliveries are acknowledged backwards; the answers come in the order of the acks. */
async function answersInOrder(stage: Stage): Promise<void> {
  const peer = await stage.subscriber(stage.topic("t"), 2);
  const publisher = await stage.open();
  for (const text of ["a", "b", "c"]) await publisher.publish(stage.topic("t"), text, { qos: 2 });
  const ids = [(await peer.take()).id, (await peer.take()).id, (await peer.take()).id].reverse();
  for (const id of ids) await peer.raw.send(pubrec(id));
  for (const id of ids) await peer.raw.expect(pubrel(id));
  for (const id of ids) await peer.raw.send(pubcomp(id));
  await peer.nothing();
}

async function acksInOrder(stage: Stage): Promise<void> {
  const { raw } = await stage.open();
  const ids = [9, 3, 7, 1, 8];
  await raw.send(bytes(...ids.map((id) => publish(stage.topic("t"), "x", { qos: 1, id }))));
  await raw.expect(...ids.map(puback));
  await raw.send(bytes(...ids.map((id) => publish(stage.topic("t"), "x", { qos: 2, id }))));
  await raw.expect(...ids.map(pubrec));
  await raw.send(bytes(...ids.map(pubrel)));
  await raw.expect(...ids.map(pubcomp));
}

const ORDER: Sequence[] = [
  ...[0, 1, 2].map((qos) =>
    sequence(
      "4.6.0-5 4.6.0-6 4.2.0-1",
      `delivers 200 QoS ${qos} messages of one write in their order`,
      (stage) => inOneWrite(stage, qos),
    )
  ),
  ...[[1, 0], [2, 0], [2, 1]].map(([from, to]) =>
    sequence(
      "4.6.0-6 4.6.0-5",
      `keeps the order from QoS ${from} to QoS ${to}`,
      (stage) => inOrder(stage, from!, to!),
    )
  ),
  sequence("4.6.0-2 4.6.0-3 4.6.0-6", "acknowledges in the order of the PUBLISHes", acksInOrder),
  sequence("4.6.0-4 4.6.0-6", "sends PUBREL in the order of the PUBRECs", answersInOrder),
  sequence("4.6.0-6", "keeps the order of each of several publishers", async (stage) => {
    const peer = await stage.subscriber(stage.topic("t"), 1);
    const publishers = await Promise.all([0, 1, 2, 3].map(() => stage.open()));
    await Promise.all(publishers.map(async (publisher, who) => {
      for (let i = 0; i < 20; i++) {
        await publisher.publish(stage.topic("t"), `${who}:${i}`, { qos: 1 });
      }
    }));
    const next = new Map<string, number>();
    for (const payload of await peer.payloads(80)) {
      const [who = "", number] = payload.split(":");
      const wanted = next.get(who) ?? 0;
      if (number !== `${wanted}`) throw new Error(`expected ${who}:${wanted}, got ${payload}`);
      next.set(who, wanted + 1);
    }
  }),
  sequence(
    "4.6.0-1 4.4.0-1",
    "sends again in the first order, also where PUBACKs came in another",
    async (stage) => {
      const peer = await stage.keep();
      await peer.subscribed([stage.topic("t"), 1]);
      const publisher = await stage.open();
      for (const text of ["a", "b", "c", "d", "e"]) {
        await publisher.publish(
          stage.topic("t"),
          text,
          { qos: 1 },
        );
      }
      const ids: number[] = [];
      for (let i = 0; i < 5; i++) ids.push((await peer.take()).id);
      await peer.raw.send(puback(ids[3]!), puback(ids[1]!));
      await peer.ping();
      await peer.drop();
      const got = await (await stage.keep(peer.clientId)).payloads(3);
      if (`${got}` !== "a,c,e") throw new Error(`${got}`);
    },
  ),
];

/** Filter, topic, whether it matches; each below the run's own root. */
const MATCHES: [filter: string, topic: string, matches: boolean][] = [
  ["a", "a", true],
  ["a", "b", false],
  ["a", "A", false],
  ["a", "a/b", false],
  ["a/b", "a", false],
  ["a/b", "a/b", true],
  ["a/", "a", false],
  ["a/", "a/", true],
  ["a", "a/", false],
  ["a//b", "a//b", true],
  ["a//b", "a/b", false],
  ["a/+/b", "a//b", true],
  ["a/+/b", "a/x/b", true],
  ["a/+/b", "a/x/y/b", false],
  ["a/+", "a", false],
  ["a/+", "a/", true],
  ["a/+", "a/b", true],
  ["a/+", "a/b/c", false],
  ["a/+/+", "a/b/c", true],
  ["+", "a", true],
  ["+", "a/b", false],
  ["+/b", "a/b", true],
  ["+/+", "a/b", true],
  ["+/+", "a", false],
  ["+/#", "a", true],
  ["+/#", "a/b/c", true],
  ["#", "a", true],
  ["#", "a/b/c", true],
  ["#", "/", true],
  ["a/#", "a", true],
  ["a/#", "a/", true],
  ["a/#", "a/b/c/d", true],
  ["a/#", "ab", false],
  ["a/#", "b/a", false],
  ["a/+/#", "a", false],
  ["a/+/#", "a/b", true],
  ["a/+/c/#", "a/b/c", true],
  ["a/+/c/#", "a/b/d", false],
  ["sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", true],
  ["/+", "/a", true],
  ["/+", "a", false],
  ["a b", "a b", true],
  ["a b", "a  b", false],
  ["é", "é", true],
  ["é", "e\u0301", false],
  ["ß", "SS", false],
  ["\uff41", "a", false],
  ["a/./b", "a/b", false],
  ["a/../b", "b", false],
  ["a%2fb", "a/b", false],
  ["$x", "$x", true],
  ["+", "$x", true],
  ["a*", "ab", false],
  ["?", "a", false],
];

async function matching(
  stage: Stage,
  filter: string,
  topic: string,
  matches: boolean,
): Promise<void> {
  const peer = await stage.subscriber(stage.topic(filter));
  await (await stage.open()).publish(stage.topic(topic), "x");
  if (!matches) return await peer.nothing();
  const got = await peer.receive();
  if (got.topic !== stage.topic(topic)) throw new Error(got.topic);
  await peer.nothing();
}

/** The number whose rule decides the case. */
function ruleOf(filter: string): string {
  if (filter.includes("#")) return "4.7.1-2 3.3.2-3";
  return filter.includes("+") ? "4.7.1-3 3.3.2-3" : "4.7.3-4 3.3.2-3";
}

/** Two levels at the top, where there is no root above the wildcard. */
async function rootWildcards(stage: Stage, filter: string, topic: string): Promise<void> {
  const peer = await stage.open();
  await peer.subscribed([filter, 0]);
  await (await stage.open()).publish(topic, "x");
  await until(peer, topic);
}

/** Receives until the message on `topic` comes; others may use the broker too. */
async function until(peer: Peer, topic: string): Promise<void> {
  for (;;) if ((await peer.receive()).topic === topic) return;
}

async function dollar(stage: Stage, filter: string): Promise<void> {
  const topic = `$${stage.root}/a`;
  const peer = await stage.open();
  await peer.subscribe([filter, 0]);
  const publisher = await stage.open();
  // A broker may refuse to let clients publish there, even by closing.
  await publisher.publish(topic, "x", { retain: false }).catch(() => {});
  for (const got of await peer.drain()) {
    if (got.topic.startsWith("$")) throw new Error(`${filter} matched ${got.topic}`);
  }
}

const TOPICS: Sequence[] = [
  ...MATCHES.map(([filter, topic, matches]) =>
    sequence(
      ruleOf(filter),
      `${matches ? "matches" : "does not match"} ${filter} with ${topic}`,
      (stage) => matching(stage, filter, topic, matches),
    )
  ),
  sequence(
    "4.7.1-2",
    "matches # alone with a topic of the top level",
    (stage) => rootWildcards(stage, "#", stage.root),
  ),
  sequence(
    "4.7.1-3",
    "matches + alone with a topic of the top level",
    (stage) => rootWildcards(stage, "+", stage.root),
  ),
  sequence(
    "4.7.1-3",
    "matches /+ with a topic that begins with /",
    (stage) => rootWildcards(stage, "/+", `/${stage.root}`),
  ),
  sequence(
    "4.7.1-3",
    "matches +/+ with a topic that begins with /",
    (stage) => rootWildcards(stage, "+/+", `/${stage.root}`),
  ),
  sequence("4.7.3-4", "takes a leading / as a topic of its own", async (stage) => {
    const peer = await stage.subscriber(`/${stage.root}`);
    await (await stage.open()).publish(stage.root, "x");
    await peer.nothing();
  }),
  ...["#", "+/a", "+/#", "+/+"].map((filter) =>
    sequence(
      "4.7.2-1",
      `does not match ${filter} with a topic that begins with $`,
      (stage) => dollar(stage, filter),
    )
  ),
  sequence("4.7.2-1", "does not send retained $SYS topics to # and +/#", async (stage) => {
    const peer = await stage.open();
    await peer.subscribe(["#", 0], ["+/#", 0]);
    for (const got of await peer.drain()) {
      if (got.topic.startsWith("$")) throw new Error(got.topic);
    }
  }),
  sequence("4.7.2-1", "takes $ in a later place as any character", async (stage) => {
    const peer = await stage.subscriber(stage.topic("+/b"));
    await (await stage.open()).publish(stage.topic("$a/b"), "x");
    await peer.receive();
  }),
  sequence("4.7.3-1", "takes / as a topic", (stage) => rootWildcards(stage, "/", "/")),
  sequence("4.7.3-1", "takes a topic of one character", (stage) => rootWildcards(stage, "x", "x")),
  sequence("4.7.1-3", "reads a topic of 100 levels", async (stage) => {
    const topic = stage.topic(Array.from({ length: 100 }, (_, i) => `${i}`).join("/"));
    const peer = await stage.subscriber(stage.topic("+/1/+/3/#"));
    await (await stage.open()).publish(topic, "x");
    if ((await peer.receive()).topic !== topic) throw new Error("another topic");
  }),
];

export const BEHAVIOUR: Sequence[] = [...STREAM, ...QOS, ...ORDER, ...TOPICS];
