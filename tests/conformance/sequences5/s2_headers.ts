/**
 * Section 2, the control packet format: types, flags, lengths, packet ids, and the property length that every packet
 * but PINGREQ has.
 */
import { bytes, field, hex, packet, PINGREQ, pubrel, u16 } from "../../support/raw_packets.ts";
import {
  connack5,
  connect5,
  publish5,
  suback5,
  subscribe5,
  unsuback5,
  unsubscribe5,
} from "../../support/raw_packets5.ts";
import { forAll } from "../checks.ts";
import { closes5, closesBy, Reason, refuses5, WRONG } from "../checks5.ts";
import { type Sequence, sequence } from "../sequence.ts";
import type { Stage } from "../stage.ts";

/** Bodies that are right for their type, so that only the flags are wrong. */
const BODIES: [name: string, type: number, right: number, body: Uint8Array, number: string][] = [
  ["PUBACK", 4, 0, u16(1), "2.1.3-1"],
  ["PUBREC", 5, 0, u16(1), "2.1.3-1"],
  ["PUBREL", 6, 2, u16(1), "3.6.1-1"],
  ["PUBCOMP", 7, 0, u16(1), "2.1.3-1"],
  ["SUBSCRIBE", 8, 2, bytes(u16(1), 0, field("flags"), 0), "3.8.1-1"],
  ["UNSUBSCRIBE", 10, 2, bytes(u16(1), 0, field("flags")), "3.10.1-1"],
  ["PINGREQ", 12, 0, bytes(), "2.1.3-1"],
  ["DISCONNECT", 14, 0, bytes(), "3.14.1-1"],
  ["AUTH", 15, 0, bytes(), "3.15.1-1"],
];

const NIBBLES = Array.from({ length: 16 }, (_, i) => i);

function wrongFlags(): Sequence[] {
  return BODIES.map(([name, type, right, body, number]) =>
    sequence(
      number === "2.1.3-1" ? "2.1.3-1 4.13.1-1" : `${number} 2.1.3-1`,
      `closes on ${name} with any other flags`,
      (stage) =>
        forAll(
          NIBBLES.filter((flags) => flags !== right),
          (flags) => `flags ${flags.toString(2).padStart(4, "0")}`,
          (flags) => closes5(stage, WRONG, packet(type << 4 | flags, body)),
        ),
    )
  );
}

/** Lengths that are wrong for their type: too short, or with bytes left over. */
const WRONG_LENGTHS: [name: string, hexBytes: string][] = [
  ["PUBLISH without a body", "30 00"],
  ["PUBLISH with half a topic length", "30 01 00"],
  ["PUBLISH whose topic is longer than the packet", "30 04 00 05 61 62"],
  ["PUBLISH without a property length", "30 03 00 01 61"],
  ["PUBLISH whose properties are longer than the packet", "30 05 00 01 61 05 01"],
  ["PUBLISH at QoS 1 without a packet id", "32 03 00 01 61"],
  ["PUBLISH at QoS 1 without a property length", "32 05 00 01 61 00 01"],
  ["PUBLISH with half a property", "30 06 00 01 61 02 02 00"],
  ["PUBACK without a body", "40 00"],
  ["PUBACK with half a packet id", "40 01 00"],
  ["PUBACK whose properties are longer than the packet", "40 04 00 01 00 03"],
  ["PUBACK with bytes behind its properties", "40 05 00 01 00 00 00"],
  ["PUBREC without a body", "50 00"],
  ["PUBREC with bytes behind its properties", "50 05 00 01 00 00 00"],
  ["PUBREL without a body", "62 00"],
  ["PUBREL with bytes behind its properties", "62 05 00 01 00 00 00"],
  ["PUBCOMP without a body", "70 00"],
  ["PUBCOMP with bytes behind its properties", "70 05 00 01 00 00 00"],
  ["SUBSCRIBE without a body", "82 00"],
  ["SUBSCRIBE with half a packet id", "82 01 00"],
  ["SUBSCRIBE without a property length", "82 02 00 01"],
  ["SUBSCRIBE whose properties are longer than the packet", "82 04 00 01 05 0b"],
  ["SUBSCRIBE with half a filter length", "82 04 00 01 00 00"],
  ["SUBSCRIBE whose filter is longer than the packet", "82 07 00 01 00 00 09 61 62"],
  ["SUBSCRIBE without the options", "82 06 00 01 00 00 01 61"],
  ["SUBSCRIBE with a byte too many", "82 08 00 01 00 00 01 61 00 00"],
  ["UNSUBSCRIBE without a body", "a2 00"],
  ["UNSUBSCRIBE without a property length", "a2 02 00 01"],
  ["UNSUBSCRIBE whose filter is longer than the packet", "a2 07 00 01 00 00 09 61 62"],
  ["UNSUBSCRIBE with a byte too many", "a2 07 00 01 00 00 01 61 00"],
  ["PINGREQ with a body", "c0 01 00"],
  ["DISCONNECT whose properties are longer than the packet", "e0 02 00 05"],
  ["DISCONNECT with bytes behind its properties", "e0 03 00 00 00"],
];

/** What only servers send, and the type that does not exist. */
const FOREIGN: [name: string, packet: Uint8Array][] = [
  ["type 0", hex("00 00")],
  ["CONNACK", connack5(false)],
  ["SUBACK", suback5(1, [0])],
  ["UNSUBACK", unsuback5(1, [0])],
  ["PINGRESP", hex("d0 00")],
];

const ID_ZERO: [name: string, packet: Uint8Array][] = [
  ["PUBLISH at QoS 1", publish5("id/zero", "x", { qos: 1, id: 0 })],
  ["PUBLISH at QoS 2", publish5("id/zero", "x", { qos: 2, id: 0 })],
  ["SUBSCRIBE", subscribe5(0, [["id/zero", 0]])],
  ["UNSUBSCRIBE", unsubscribe5(0, ["id/zero"])],
];

const IDS = [1, 127, 128, 255, 256, 32767, 32768, 65535];

async function echoesIds(stage: Stage): Promise<void> {
  const peer = await stage.open5();
  for (const id of IDS) {
    await peer.say(stage.topic("id"), "x", { qos: 1, id });
    await peer.say(stage.topic("id"), "x", { qos: 2, id });
  }
}

async function echoesRequestIds(stage: Stage): Promise<void> {
  const peer = await stage.open5();
  for (const id of IDS) {
    await peer.raw.send(subscribe5(id, [[stage.topic("id"), 0]]));
    await peer.next5("SUBACK", id);
    await peer.raw.send(unsubscribe5(id, [stage.topic("id")]));
    await peer.next5("UNSUBACK", id);
  }
}

async function distinctIds(stage: Stage): Promise<void> {
  const [one, two] = [stage.topic("one"), stage.topic("two")];
  const subscriber = await stage.open5();
  await subscriber.requested([[one, 1], [two, 2]]);
  const publisher = await stage.open5();
  for (let i = 0; i < 4; i++) {
    await publisher.say(one, "x", { qos: 1 });
    await publisher.say(two, "x", { qos: 2 });
  }
  const ids = new Set<number>();
  for (let i = 0; i < 8; i++) ids.add((await subscriber.take()).id);
  if (ids.has(0) || ids.size !== 8) throw new Error(`ids ${[...ids]}`);
}

export const HEADERS_5: Sequence[] = [
  ...wrongFlags(),
  sequence(
    "3.14.1-1",
    "answers DISCONNECT with reserved flags by DISCONNECT 0x81",
    (stage) =>
      forAll(
        NIBBLES.slice(1),
        (flags) => `flags ${flags}`,
        (flags) => closesBy(stage, [Reason.MALFORMED], packet(0xe0 | flags)),
      ),
  ),
  sequence(
    "2.1.3-1 3.1.4-1",
    "refuses CONNECT with any other flags",
    (stage) =>
      forAll(NIBBLES.slice(1), (flags) => `flags ${flags}`, async (flags) => {
        const wrong = connect5({ clientId: stage.newId() });
        wrong[0] = 0x10 | flags;
        await refuses5(stage, WRONG, wrong);
      }),
  ),
  ...FOREIGN.map(([name, data]) =>
    sequence("4.13.1-1", `closes on ${name} from a client`, (stage) => closes5(stage, WRONG, data))
  ),
  ...WRONG_LENGTHS.map(([name, text]) =>
    sequence(
      name.includes("property length") ? "2.2.2-1 4.13.1-1" : "4.13.1-1",
      `closes on ${name}`,
      (stage) => closes5(stage, WRONG, hex(text)),
    )
  ),
  ...ID_ZERO.map(([name, data]) =>
    sequence(
      "4.13.1-1 4.13.2-1",
      `closes on ${name} with packet id 0`,
      (stage) => closes5(stage, WRONG, data),
    )
  ),
  sequence("2.2.1-2", "reads no packet id in a PUBLISH at QoS 0", async (stage) => {
    const peer = await stage.open5();
    await peer.requested([[stage.topic("t"), 0]]);
    await peer.raw.send(publish5(stage.topic("t"), hex("00 07 61")));
    await peer.raw.expect(publish5(stage.topic("t"), hex("00 07 61")));
  }),
  sequence(
    "2.2.1-2 2.2.2-1 4.3.1-1",
    "sends no packet id at QoS 0, and a property length",
    async (stage) => {
      const peer = await stage.open5();
      await peer.requested([[stage.topic("t"), 0]]);
      await (await stage.open5()).say(stage.topic("t"), "x", { qos: 2 });
      await peer.raw.expect(publish5(stage.topic("t"), "x"));
    },
  ),
  sequence(
    "2.2.1-5 4.3.2-4 4.3.3-8 4.3.3-11",
    "repeats the packet id in PUBACK, PUBREC and PUBCOMP",
    echoesIds,
  ),
  sequence(
    "2.2.1-6 3.8.4-2 3.10.4-5",
    "repeats the packet id in SUBACK and UNSUBACK",
    echoesRequestIds,
  ),
  sequence("2.2.1-4 4.3.2-1 4.3.3-1", "gives eight deliveries in flight eight ids", distinctIds),
  sequence("2.2.2-1", "sends a property length in every packet that has one", async (stage) => {
    const peer = await stage.open5();
    await peer.requested([[stage.topic("t"), 2]]);
    await peer.say(stage.topic("t"), "x", { qos: 2 });
    await peer.receive();
    await peer.leave([stage.topic("t")]);
  }),
  sequence("2.2.2-1", "reads acknowledgements of two, three and four bytes", async (stage) => {
    const peer = await stage.open5();
    for (const rest of [[], [0], [0, 0]]) {
      await peer.raw.send(publish5(stage.topic("t"), "x", { qos: 2, id: 5 }));
      await peer.next5("PUBREC", 5);
      await peer.raw.send(packet(0x62, u16(5), ...rest));
      await peer.acked("PUBCOMP", 5);
    }
  }),
  sequence(
    "2.2.1-5",
    "answers a PUBREL for an id that is not in use, or closes",
    async (stage) => {
      const peer = await stage.open5();
      await peer.raw.sendAnyway(pubrel(4242), PINGREQ);
      const answer = await peer.raw.next5();
      if (answer === undefined || answer.type === "DISCONNECT") return;
      if (answer.type !== "PUBCOMP" || answer.id !== 4242) throw new Error(answer.type);
    },
  ),
  sequence(
    "4.3.3-11",
    "answers a PUBREL for an id that is not in use by PUBCOMP 0x92",
    async (stage) => {
      const peer = await stage.open5();
      await peer.raw.send(pubrel(4242));
      const { reasonCode } = await peer.next5("PUBCOMP", 4242);
      if (reasonCode !== Reason.ID_NOT_FOUND) throw new Error(`${reasonCode}`);
    },
    { habit: true },
  ),
];
