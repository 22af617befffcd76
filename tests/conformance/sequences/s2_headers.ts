/**
 * Section 2, the control packet format: types, flags, remaining length, packet ids, framing.
 */
import {
  bytes,
  connect,
  field,
  hex,
  packet,
  PINGREQ,
  PINGRESP,
  puback,
  publish,
  pubrec,
  pubrel,
  suback,
  subscribe,
  u16,
  unsuback,
  unsubscribe,
} from "../../support/raw_packets.ts";
import { closesConnected, endsConnected, forAll, refuses } from "../checks.ts";
import { type Sequence, sequence } from "../sequence.ts";
import type { Stage } from "../stage.ts";

/** Bodies that are right for their type, so that only the flags are wrong. */
const BODIES: [name: string, type: number, right: number, body: Uint8Array, number: string][] = [
  ["PUBACK", 4, 0, u16(1), "2.2.2-1"],
  ["PUBREC", 5, 0, u16(1), "2.2.2-1"],
  ["PUBREL", 6, 2, u16(1), "3.6.1-1"],
  ["PUBCOMP", 7, 0, u16(1), "2.2.2-1"],
  ["SUBSCRIBE", 8, 2, bytes(u16(1), field("flags"), 0), "3.8.1-1"],
  ["UNSUBSCRIBE", 10, 2, bytes(u16(1), field("flags")), "3.10.1-1"],
  ["PINGREQ", 12, 0, bytes(), "2.2.2-1"],
  ["DISCONNECT", 14, 0, bytes(), "3.14.1-1"],
];

const NIBBLES = Array.from({ length: 16 }, (_, i) => i);

function wrongFlags(): Sequence[] {
  return BODIES.map(([name, type, right, body, number]) =>
    sequence(`2.2.2-2 ${number}`, `closes on ${name} with any other flags`, (stage) =>
      forAll(
        NIBBLES.filter((flags) => flags !== right),
        (flags) => `flags ${flags.toString(2).padStart(4, "0")}`,
        (flags) => closesConnected(stage, packet(type << 4 | flags, body)),
      ))
  );
}

/** Remaining lengths that are wrong for their type: too short, or with bytes left over. */
const WRONG_LENGTHS: [name: string, hexBytes: string][] = [
  ["PUBLISH without a body", "30 00"],
  ["PUBLISH with half a topic length", "30 01 00"],
  ["PUBLISH whose topic is longer than the packet", "30 04 00 05 61 62"],
  ["PUBLISH at QoS 1 without a packet id", "32 03 00 01 61"],
  ["PUBLISH at QoS 1 with half a packet id", "32 04 00 01 61 00"],
  ["PUBACK without a body", "40 00"],
  ["PUBACK with half a packet id", "40 01 00"],
  ["PUBACK with a byte too many", "40 03 00 01 00"],
  ["PUBREC without a body", "50 00"],
  ["PUBREC with half a packet id", "50 01 00"],
  ["PUBREC with a byte too many", "50 03 00 01 00"],
  ["PUBREL without a body", "62 00"],
  ["PUBREL with half a packet id", "62 01 00"],
  ["PUBREL with a byte too many", "62 03 00 01 00"],
  ["PUBCOMP without a body", "70 00"],
  ["PUBCOMP with half a packet id", "70 01 00"],
  ["PUBCOMP with a byte too many", "70 03 00 01 00"],
  ["SUBSCRIBE without a body", "82 00"],
  ["SUBSCRIBE with half a packet id", "82 01 00"],
  ["SUBSCRIBE with half a filter length", "82 03 00 01 00"],
  ["SUBSCRIBE whose filter is longer than the packet", "82 06 00 01 00 09 61 62"],
  ["SUBSCRIBE without the QoS", "82 05 00 01 00 01 61"],
  ["SUBSCRIBE with a byte too many", "82 07 00 01 00 01 61 00 00"],
  ["UNSUBSCRIBE without a body", "a2 00"],
  ["UNSUBSCRIBE with half a packet id", "a2 01 00"],
  ["UNSUBSCRIBE whose filter is longer than the packet", "a2 06 00 01 00 09 61 62"],
  ["UNSUBSCRIBE with a byte too many", "a2 06 00 01 00 01 61 00"],
  ["PINGREQ with a body", "c0 01 00"],
  ["DISCONNECT with a body", "e0 01 00"],
];

/** What only servers send, and the two types that do not exist. */
const FOREIGN: [name: string, hexBytes: string][] = [
  ["type 0", "00 00"],
  ["type 15", "f0 00"],
  ["CONNACK", "20 02 00 00"],
  ["SUBACK", "90 03 00 01 00"],
  ["UNSUBACK", "b0 02 00 01"],
  ["PINGRESP", "d0 00"],
];

const ID_ZERO: [name: string, packet: Uint8Array][] = [
  ["PUBLISH at QoS 1", publish("id/zero", "x", { qos: 1, id: 0 })],
  ["PUBLISH at QoS 2", publish("id/zero", "x", { qos: 2, id: 0 })],
  ["SUBSCRIBE", subscribe(0, ["id/zero", 0])],
  ["UNSUBSCRIBE", unsubscribe(0, "id/zero")],
];

const IDS = [1, 127, 128, 255, 256, 32767, 32768, 65535];

async function echoesIds(stage: Stage): Promise<void> {
  const { raw } = await stage.open();
  for (const id of IDS) {
    await raw.send(publish(stage.topic("id"), "x", { qos: 1, id }));
    await raw.expect(puback(id));
    await raw.send(publish(stage.topic("id"), "x", { qos: 2, id }));
    await raw.expect(pubrec(id));
    await raw.send(pubrel(id));
    await raw.expect(packet(0x70, u16(id)));
  }
}

async function echoesRequestIds(stage: Stage): Promise<void> {
  const { raw } = await stage.open();
  for (const id of IDS) {
    await raw.send(subscribe(id, [stage.topic("id"), 0]));
    await raw.expect(suback(id, 0));
    await raw.send(unsubscribe(id, stage.topic("id")));
    await raw.expect(unsuback(id));
  }
}

/** Keeps one delivery unacknowledged while the server goes through all 65,535 ids and on. */
async function skipsIdsInUse(stage: Stage): Promise<void> {
  const topic = stage.topic("wrap");
  const subscriber = await stage.subscriber(topic, 1);
  const publisher = await stage.open();
  await publisher.publish(topic, "held", { qos: 1 });
  const held = await subscriber.take();
  const batch = Array.from({ length: 500 }, (_, i) => publish(topic, "x", { qos: 1, id: i + 1 }));
  for (let sent = 0; sent < 66_000; sent += batch.length) {
    await publisher.raw.send(bytes(...batch));
    for (let i = 0; i < batch.length; i++) {
      const { id } = await subscriber.take();
      if (id === held.id || id === 0) throw new Error(`id ${id} used while ${held.id} is in use`);
      await subscriber.raw.send(puback(id));
    }
    for (let i = 0; i < batch.length; i++) await publisher.raw.expectPacket("PUBACK");
  }
}

async function distinctIds(stage: Stage): Promise<void> {
  const one = stage.topic("one");
  const two = stage.topic("two");
  const subscriber = await stage.open();
  await subscriber.subscribed([one, 1], [two, 2]);
  const publisher = await stage.open();
  for (let i = 0; i < 4; i++) {
    await publisher.publish(one, "x", { qos: 1 });
    await publisher.publish(two, "x", { qos: 2 });
  }
  const ids = new Set<number>();
  for (let i = 0; i < 8; i++) ids.add((await subscriber.take()).id);
  if (ids.has(0) || ids.size !== 8) throw new Error(`ids ${[...ids]}`);
}

export const HEADERS: Sequence[] = [
  ...wrongFlags(),
  sequence(
    "2.2.2-2 3.1.4-1",
    "closes on CONNECT with any other flags",
    (stage) =>
      forAll(NIBBLES.slice(1), (flags) => `flags ${flags}`, async (flags) => {
        const wrong = connect({ clientId: stage.newId() });
        wrong[0] = 0x10 | flags;
        await refuses(stage, wrong);
      }),
  ),
  ...FOREIGN.map(([name, text]) =>
    sequence(
      "4.8.0-1",
      `closes on ${name} from a client`,
      (stage) => closesConnected(stage, hex(text)),
    )
  ),
  ...WRONG_LENGTHS.map(([name, text]) =>
    sequence("4.8.0-1", `closes on ${name}`, (stage) => closesConnected(stage, hex(text)))
  ),
  sequence("4.8.0-1", "closes on a remaining length of five bytes", (stage) =>
    forAll(
      ["c0 80 80 80 80 00", "30 ff ff ff ff 01", "30 80 80 80 80 01"],
      (text) => text,
      (text) => closesConnected(stage, hex(text)),
    )),
  sequence(
    "4.8.0-1",
    "closes on a CONNECT with a remaining length of five bytes",
    (stage) => refuses(stage, hex("10 ff ff ff ff 01")),
  ),
  sequence("2.2.2-1", "reads a remaining length with leading zeros, or closes", async (stage) => {
    const { raw } = await stage.open();
    await raw.sendAnyway(hex("c0 80 00"));
    const answer = await raw.nextPacket();
    if (answer && answer.type !== 13) throw new Error("neither PINGRESP nor the end");
  }),
  ...ID_ZERO.map(([name, bytes]) =>
    sequence(
      "2.3.1-1 4.8.0-1",
      `closes on ${name} with packet id 0`,
      (stage) => closesConnected(stage, bytes),
    )
  ),
  sequence("2.3.1-5", "reads no packet id in a PUBLISH at QoS 0", async (stage) => {
    const peer = await stage.subscriber(stage.topic("t"));
    await peer.raw.send(publish(stage.topic("t"), hex("00 07 61")));
    await peer.raw.expect(publish(stage.topic("t"), hex("00 07 61")));
  }),
  sequence("2.3.1-5 4.3.1-1", "sends no packet id at QoS 0", async (stage) => {
    const peer = await stage.subscriber(stage.topic("t"));
    await (await stage.open()).publish(stage.topic("t"), "x", { qos: 2 });
    await peer.raw.expect(publish(stage.topic("t"), "x"));
  }),
  sequence(
    "2.3.1-6 4.3.2-2 4.3.3-2",
    "repeats the packet id in PUBACK, PUBREC and PUBCOMP",
    echoesIds,
  ),
  sequence(
    "2.3.1-7 3.8.4-2 3.10.4-4",
    "repeats the packet id in SUBACK and UNSUBACK",
    echoesRequestIds,
  ),
  sequence("2.3.1-4 4.3.2-1 4.3.3-1", "gives eight deliveries in flight eight ids", distinctIds),
  sequence("2.3.1-4", "passes over an id in use when the ids begin again", skipsIdsInUse, {
    slow: true,
  }),
  sequence("2.3.1-4", "takes a client's ids and its own as two sets", async (stage) => {
    const peer = await stage.subscriber(stage.topic("t"), 1);
    const publisher = await stage.open();
    await publisher.publish(stage.topic("t"), "first", { qos: 1 });
    const { id } = await peer.take();
    await peer.raw.send(publish(stage.topic("other"), "x", { qos: 1, id }));
    await peer.raw.expect(puback(id));
    await peer.raw.send(puback(id));
    await peer.nothing();
  }),
  sequence(
    "2.3.1-6 4.3.2-1",
    "ignores a PUBACK for an id that is not in use, or closes",
    (stage) =>
      forAll([4, 5, 7], (type) => `type ${type}`, async (type) => {
        const peer = await stage.open();
        await peer.raw.send(packet(type << 4, u16(4242)), PINGREQ);
        // A PUBREC may be answered by a PUBREL, so that the other side can finish.
        const answer = await peer.raw.nextPacket();
        const allowed = answer === undefined || answer.type === 13 ||
          (type === 5 && answer.type === 6);
        if (!allowed) throw new Error(`answered with type ${answer.type}`);
      }),
  ),
  sequence("4.3.3-2", "answers a PUBREL for an id that is not in use, or closes", async (stage) => {
    const got = await endsConnected(stage, pubrel(4242), PINGREQ, hex("e0 00"));
    const legal = [bytes(packet(0x70, u16(4242)), PINGRESP), bytes(PINGRESP), bytes()];
    if (
      !legal.some((form) => form.length === got.length && form.every((byte, i) => byte === got[i]))
    ) {
      throw new Error(`${got}`);
    }
  }),
];
