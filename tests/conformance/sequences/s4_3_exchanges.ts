/**
 * Sections 4.2, 4.3 and 4.5: streams and framing, QoS handshakes.
 */
import {
  bytes,
  connack,
  connect,
  DISCONNECT,
  PINGREQ,
  PINGRESP,
  puback,
  pubcomp,
  publish,
  pubrec,
  pubrel,
  suback,
  subscribe,
  toHex,
  unsuback,
  unsubscribe,
} from "../../support/raw_packets.ts";
import { equal, forAll } from "../checks.ts";
import { type Sequence, sequence } from "../sequence.ts";
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
      // So that the parts leave in segments of their own.
      await new Promise((resolve) => setTimeout(resolve, 1));
      await client.send(sent.subarray(offset));
      await client.expect(answered);
      await client.close();
    });
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
    equal(toHex(got, 1000), toHex(answered, 1000));
  }),
];

const ALL_BYTES = Uint8Array.from({ length: 256 }, (_, i) => i);

/** The exact bytes that a subscriber gets, for payloads of two sizes. */
async function passesBytes(stage: Stage, from: number, to: number): Promise<void> {
  const topic = stage.topic("t");
  const peer = await stage.subscriber(topic, to);
  const publisher = await stage.open();
  for (const payload of [ALL_BYTES, bytes(...Array.from({ length: 200 }, () => ALL_BYTES))]) {
    const [got] = await Promise.all([
      peer.receive(),
      publisher.publish(topic, payload, { qos: from, id: 0x0d0a }),
    ]);
    const qos = Math.min(from, to);
    equal(got.bytes.length, publish(topic, payload, { qos }).length);
    const wanted = publish(topic, payload, { qos, id: got.id });
    const wrong = wanted.findIndex((byte, i) => got.bytes[i] !== byte);
    if (wrong >= 0) throw new Error(`byte ${wrong} of ${wanted.length} differs`);
  }
}

/** Subscriptions come and go between publications on the same topic: none is missed, none too many. */
async function followsSubscriptions(stage: Stage): Promise<void> {
  const publisher = await stage.open();
  const peer = await stage.open();
  for (const round of ["1", "2", "3"]) {
    await publisher.publish(stage.topic("t"), `before ${round}`);
    await peer.subscribed([stage.topic("+"), 0]);
    await publisher.publish(stage.topic("t"), round);
    await publisher.publish(stage.topic("u"), round);
    await peer.gets(`${round}/0`, `${round}/0`);
    await peer.unsubscribe(stage.topic("+"));
    await publisher.publish(stage.topic("t"), `after ${round}`);
    await peer.nothing();
  }
}

/** Acknowledgements that cannot be of the message that was delivered at this QoS. */
const WRONG_ACKS: [title: string, qos: number, ack: (id: number) => Uint8Array][] = [
  ["PUBACK for QoS 2", 2, puback],
  ["PUBREC for QoS 1", 1, pubrec],
  ["PUBCOMP for QoS 1", 1, pubcomp],
  ["PUBCOMP before PUBREC", 2, pubcomp],
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
  ...WRONG_ACKS.map(([title, qos, ack]) =>
    sequence("4.8.0-1 4.3.2-1 4.3.3-1", `closes on ${title}`, async (stage) => {
      const peer = await stage.subscriber(stage.topic("t"), qos);
      await (await stage.open()).publish(stage.topic("t"), "x", { qos });
      const { id } = await peer.take();
      await peer.raw.sendAnyway(ack(id), PINGREQ);
      await peer.raw.expectClosed();
    })
  ),
  ...[0, 1, 2].flatMap((from) =>
    [0, 1, 2].map((to) =>
      sequence(
        "4.2.0-1 3.8.4-6",
        `passes every byte on unchanged from QoS ${from} to QoS ${to}`,
        (stage) => passesBytes(stage, from, to),
      )
    )
  ),
  sequence("4.5.0-1 3.10.4-2", "follows subscriptions that come and go", followsSubscriptions),
  sequence(
    "4.5.0-1 3.8.4-1",
    "takes SUBSCRIBE, PUBLISH and UNSUBSCRIBE of one write in their order",
    async (stage) => {
      const topic = stage.topic("t");
      const { raw } = await stage.open();
      await raw.send(bytes(
        publish(topic, "before"),
        subscribe(1, [topic, 0]),
        publish(topic, "between"),
        unsubscribe(2, topic),
        publish(topic, "after"),
        PINGREQ,
      ));
      await raw.expect(suback(1, 0), publish(topic, "between"), unsuback(2), PINGRESP);
    },
  ),
  sequence("4.5.0-1", "delivers what is published in one write with DISCONNECT", async (stage) => {
    const watcher = await stage.subscriber(stage.topic("t"));
    const publisher = await stage.open();
    const many = Array.from({ length: 100 }, (_, i) => publish(stage.topic("t"), `${i}`));
    await publisher.raw.send(bytes(...many, DISCONNECT));
    equal((await watcher.payloads(100)).at(-1), "99");
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

export const EXCHANGES: Sequence[] = [...STREAM, ...QOS];
