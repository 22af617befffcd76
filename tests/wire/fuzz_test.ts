/**
 * Random and damaged packets, the same in every run: what the codec writes it reads back the same;
 * what it cannot read it refuses with one of its two errors, never with another and never for ever.
 */
import { assertEquals, assertThrows } from "@std/assert";
import type { ConnectPacket, Packet, QoS, ReturnCode } from "../../lib/wire/packets.ts";
import { Random } from "../support/random.ts";
import { bytes, hex } from "../support/raw_packets.ts";
import { damaged, randomText, readHostile } from "./hostile.ts";
import { readAll, readOne } from "./support.ts";
import { BAD, GOOD } from "./vectors.ts";
import { encodePacket } from "../../lib/wire/codec.ts";
import { encodePublishFrame, encodePublishHead } from "../../lib/wire/publish.ts";

function randomConnect(random: Random): ConnectPacket {
  const username = random.oneIn(2) ? randomText(random) : undefined;
  return {
    type: "connect",
    protocolLevel: random.pick([3, 4]),
    clientId: randomText(random),
    cleanSession: random.oneIn(2),
    keepAlive: random.below(65_536),
    will: random.oneIn(2) ? undefined : {
      topicName: randomText(random),
      payload: random.bytes(40),
      qos: random.below(3) as QoS,
      retain: random.oneIn(2),
    },
    username,
    password: username !== undefined && random.oneIn(2) ? random.bytes(20) : undefined,
  };
}

function randomPublish(random: Random): Packet {
  const qos = random.below(3) as QoS;
  return {
    type: "publish",
    topicName: randomText(random),
    payload: random.bytes(random.oneIn(50) ? 20_000 : 60),
    qos,
    retain: random.oneIn(2),
    dup: qos > 0 && random.oneIn(2),
    packetId: qos > 0 ? 1 + random.below(65_535) : 0,
  };
}

/** Any packet that may be sent. */
function randomPacket(random: Random): Packet {
  const packetId = 1 + random.below(65_535);
  const returnCode = random.below(6) as ReturnCode;
  switch (random.below(8)) {
    case 0:
      return randomConnect(random);
    case 1:
      return { type: "connack", sessionPresent: returnCode === 0 && random.oneIn(2), returnCode };
    case 2:
      return {
        type: "subscribe",
        packetId,
        subscriptions: random.list(1, 9, () => ({
          topicFilter: randomText(random),
          qos: random.below(3) as QoS,
        })),
      };
    case 3: {
      const returnCodes = random.list(1, 9, () => random.pick([0, 1, 2, 0x80]));
      return { type: "suback", packetId, returnCodes };
    }
    case 4: {
      const topicFilters = random.list(1, 9, () => randomText(random));
      return { type: "unsubscribe", packetId, topicFilters };
    }
    case 5:
      return { type: random.pick(["pingreq", "pingresp", "disconnect"]) };
    case 6: {
      const type = random.pick(["puback", "pubrec", "pubrel", "pubcomp", "unsuback"] as const);
      return { type, packetId };
    }
    default:
      return randomPublish(random);
  }
}

Deno.test("decode(encode(packet)) is the packet, for 5,000 random packets", () => {
  const random = new Random(1);
  for (let i = 0; i < 5_000; i++) {
    const packet = randomPacket(random);
    const frame = encodePacket(packet);
    assertEquals(readOne(frame), { packet, end: frame.length });
  }
});

Deno.test("a stream of random packets is read back whole", () => {
  const random = new Random(2);
  for (let i = 0; i < 100; i++) {
    const packets = random.list(1, 20, () => randomPacket(random));
    assertEquals(readAll(bytes(...packets.map((packet) => encodePacket(packet)))), packets);
  }
});

Deno.test("50,000 damaged packets are read or refused; what is read can be sent again", () => {
  const random = new Random(3);
  const seeds = [...GOOD, ...BAD].map((vector) => hex(vector.hex)).filter((f) => f.length < 200);
  let read = 0;
  for (let i = 0; i < 50_000; i++) {
    const seed = random.oneIn(2) ? random.pick(seeds) : encodePacket(randomPacket(random));
    for (const packet of readHostile(damaged(random, seed))) {
      read++;
      assertEquals(readOne(encodePacket(packet))?.packet, packet);
    }
  }
  if (read < 1_000) throw new Error(`only ${read} packets survived: the damage proves too little`);
});

Deno.test("a packet whose last bytes are missing but whose length agrees is read or refused", () => {
  for (const vector of GOOD) {
    const frame = hex(vector.hex);
    if (frame.length > 129 || vector.canonical === false) continue;
    for (let length = 2; length < frame.length; length++) {
      const cut = frame.slice(0, length);
      cut[1] = length - 2;
      readHostile(cut);
    }
  }
});

Deno.test("50,000 streams of random bytes are read or refused", () => {
  const random = new Random(4);
  for (let i = 0; i < 50_000; i++) readHostile(random.bytes(60));
});

Deno.test("whatever header and length, zeros and ones are read or refused", () => {
  for (const filler of [0, 1, 0xff]) {
    for (let header = 0; header < 256; header++) {
      for (let length = 0; length < 40; length++) {
        readHostile(bytes(header, length, new Uint8Array(length).fill(filler)));
      }
    }
  }
});

Deno.test("the head of a PUBLISH and its payload are the whole frame", () => {
  const random = new Random(5);
  for (let i = 0; i < 500; i++) {
    const header = 0x30 | random.pick([0, 1, 2, 3, 4, 5, 10, 12]);
    const topic = random.bytes(200);
    const id = 1 + random.below(65_535);
    const payload = random.bytes(random.oneIn(20) ? 20_000 : 200);
    const head = encodePublishHead(header, topic, id, payload.length);
    assertEquals(bytes(head, payload), encodePublishFrame(header, topic, id, payload));
  }
});

const CONNECT: ConnectPacket = {
  type: "connect",
  protocolLevel: 4,
  clientId: "a",
  cleanSession: true,
  keepAlive: 0,
};
const PUBLISH = {
  type: "publish",
  topicName: "a",
  payload: new Uint8Array(),
  qos: 1,
  retain: false,
  dup: false,
  packetId: 1,
} as const;

/** Packets that could only be sent as something else. */
const UNSENDABLE: [string, Packet][] = [
  ["keep-alive over 65,535", { ...CONNECT, keepAlive: 65_536 }],
  ["keep-alive below 0", { ...CONNECT, keepAlive: -1 }],
  ["keep-alive of half a second", { ...CONNECT, keepAlive: 0.5 }],
  ["password without username", { ...CONNECT, password: new Uint8Array(1) }],
  ["password of 65,536 bytes", { ...CONNECT, username: "u", password: new Uint8Array(65_536) }],
  ["client id of 65,536 bytes", { ...CONNECT, clientId: "ü".repeat(32_768) }],
  ["client id with U+0000", { ...CONNECT, clientId: "a\0" }],
  ["client id with a lone surrogate", { ...CONNECT, clientId: "\ud800" }],
  ["will of 65,536 bytes", {
    ...CONNECT,
    will: { topicName: "w", payload: new Uint8Array(65_536), qos: 0, retain: false },
  }],
  ["packet id 0", { ...PUBLISH, packetId: 0 }],
  ["packet id 65,536", { type: "puback", packetId: 65_536 }],
  ["packet id 1.5", { type: "pubrel", packetId: 1.5 }],
  ["DUP at QoS 0", { ...PUBLISH, qos: 0, dup: true }],
  ["QoS 3", { ...PUBLISH, qos: 3 as QoS }],
  ["will QoS 3", {
    ...CONNECT,
    will: { topicName: "w", payload: new Uint8Array(), qos: 3 as QoS, retain: false },
  }],
  ["SUBSCRIBE without a filter", { type: "subscribe", packetId: 1, subscriptions: [] }],
  ["SUBSCRIBE with QoS 3", {
    type: "subscribe",
    packetId: 1,
    subscriptions: [{ topicFilter: "a", qos: 3 as QoS }],
  }],
  ["UNSUBSCRIBE without a filter", { type: "unsubscribe", packetId: 1, topicFilters: [] }],
  ["SUBACK without a code", { type: "suback", packetId: 1, returnCodes: [] }],
  ["SUBACK with code 3", { type: "suback", packetId: 1, returnCodes: [3] }],
  ["CONNACK, refused, session present", { type: "connack", sessionPresent: true, returnCode: 2 }],
];

for (const [name, packet] of UNSENDABLE) {
  Deno.test(`encode refuses ${name}`, () => {
    assertThrows(() => encodePacket(packet), RangeError);
  });
}

Deno.test("the head of a PUBLISH that is too long for MQTT is refused", () => {
  const topic = Uint8Array.of(0x61);
  assertEquals(encodePublishHead(0x30, topic, 0, 268_435_452).length, 8);
  assertThrows(() => encodePublishHead(0x30, topic, 0, 268_435_453), RangeError);
});
