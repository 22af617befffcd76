/**
 * Random and damaged packets of MQTT 5, the same in every run: what the codec writes it reads back the same; what it
 * cannot read it refuses with one of its two errors, never with another and never for ever.
 */
import { assertEquals, assertThrows } from "@std/assert";
import { encodePacket } from "../../../lib/wire/codec.ts";
import type { Packet } from "../../../lib/wire/packets.ts";
import { Random } from "../../support/random.ts";
import { bytes, hex } from "../../support/raw_packets.ts";
import { damaged, readHostile } from "../hostile.ts";
import { readAll, readOne } from "../support.ts";
import { carrierHex, carrierPacket } from "./carriers.ts";
import { BAD } from "./faults.ts";
import { CONNECT, GOOD } from "./packets.ts";
import { PLACES, PROPERTIES } from "./property_table.ts";
import { randomPacket } from "./random_packets.ts";

/** Frames to damage: the vectors, and each property in each of its packets. */
const SEEDS = [
  ...[...GOOD, ...BAD].map((vector) => vector.hex),
  ...PROPERTIES.flatMap(({ id, places, good }) =>
    places.flatMap((place) => good.map(([value]) => carrierHex(place, `${id} ${value}`)))
  ),
].map(hex);

Deno.test("decode(encode(packet)) is the packet, for 5,000 random packets of MQTT 5", () => {
  const random = new Random(1);
  for (let i = 0; i < 5_000; i++) {
    const packet = randomPacket(random);
    const frame = encodePacket(packet, 5);
    assertEquals(readOne(frame, 0, frame.length, 5), { packet, end: frame.length });
  }
});

Deno.test("a stream of random packets of MQTT 5 is read back whole", () => {
  const random = new Random(2);
  for (let i = 0; i < 100; i++) {
    const packets = random.list(1, 20, () => randomPacket(random));
    const stream = bytes(...packets.map((packet) => encodePacket(packet, 5)));
    assertEquals(readAll(stream, 5), packets);
  }
});

Deno.test("10,000 damaged packets of MQTT 5 are read or refused; what is read can be sent again", () => {
  const random = new Random(3);
  let read = 0;
  for (let i = 0; i < 10_000; i++) {
    const seed = random.oneIn(2) ? random.pick(SEEDS) : encodePacket(randomPacket(random), 5);
    for (const packet of readHostile(damaged(random, seed), 5)) {
      read++;
      const again = encodePacket(packet, 5);
      assertEquals(readOne(again, 0, again.length, 5)?.packet, packet);
    }
  }
  if (read < 300) throw new Error(`only ${read} packets survived: the damage proves too little`);
});

Deno.test("a packet of MQTT 5 whose last bytes are missing but whose length agrees is read or refused", () => {
  for (const frame of SEEDS) {
    if (frame.length > 129) continue;
    for (let length = 2; length < frame.length; length++) {
      const cut = frame.slice(0, length);
      cut[1] = length - 2;
      readHostile(cut, 5);
    }
  }
});

Deno.test("10,000 random property lists are read or refused, in every packet", () => {
  const random = new Random(4);
  const digits = (size: number) =>
    Array.from(random.bytes(size), (byte) => byte.toString(16).padStart(2, "0")).join("");
  for (let i = 0; i < 10_000; i++) {
    const first = random.pick(PROPERTIES).id;
    readHostile(hex(carrierHex(random.pick(PLACES), `${first} ${digits(30)}`)), 5);
  }
});

Deno.test("10,000 streams of random bytes are read or refused at level 5", () => {
  const random = new Random(5);
  for (let i = 0; i < 10_000; i++) readHostile(random.bytes(60), 5);
});

Deno.test("whatever header and length, zeros and ones are read or refused at level 5", () => {
  for (const filler of [0, 1, 0xff]) {
    for (let header = 0; header < 256; header++) {
      for (let length = 0; length < 40; length++) {
        readHostile(bytes(header, length, new Uint8Array(length).fill(filler)), 5);
      }
    }
  }
});

const LONG = "a".repeat(65_536);

/** Packets that could only be sent as something else. */
const UNSENDABLE: [string, Packet][] = [
  ["a property that no packet has", carrierPacket("CONNECT", JSON.parse('{"topic": 1}'))],
  ["receive maximum 0", carrierPacket("CONNECT", { receiveMaximum: 0 })],
  ["receive maximum 65,536", carrierPacket("CONNECT", { receiveMaximum: 65_536 })],
  ["maximum packet size 0", carrierPacket("CONNECT", { maximumPacketSize: 0 })],
  ["maximum packet size over its bytes", carrierPacket("CONNECT", { maximumPacketSize: 2 ** 32 })],
  ["server keep-alive over its bytes", carrierPacket("CONNACK", { serverKeepAlive: 65_536 })],
  ["session expiry over its bytes", carrierPacket("CONNECT", { sessionExpiryInterval: 2 ** 32 })],
  ["half a second", carrierPacket("will", { willDelayInterval: 0.5 })],
  ["expiry below 0", carrierPacket("PUBLISH", { messageExpiryInterval: -1 })],
  ["topic alias 0", carrierPacket("PUBLISH", { topicAlias: 0 })],
  ["topic alias 65,536", carrierPacket("PUBLISH", { topicAlias: 65_536 })],
  ["maximum QoS 2", carrierPacket("CONNACK", { maximumQos: 2 as 1 })],
  ["payload format 2", carrierPacket("PUBLISH", { payloadFormatIndicator: 2 as 1 })],
  ["identifier 0", carrierPacket("SUBSCRIBE", { subscriptionIdentifiers: [0] })],
  ["identifier 2^28", carrierPacket("SUBSCRIBE", { subscriptionIdentifiers: [268_435_456] })],
  ["two identifiers", carrierPacket("SUBSCRIBE", { subscriptionIdentifiers: [1, 2] })],
  ["a long content type", carrierPacket("PUBLISH", { contentType: LONG })],
  ["U+0000 in a reason", carrierPacket("PUBACK", { reasonString: "a\0" })],
  ["half a surrogate pair", carrierPacket("CONNECT", { userProperties: [["\ud800", ""]] })],
  ["a long user property", carrierPacket("CONNECT", { userProperties: [["", LONG]] })],
  ["long correlation data", carrierPacket("PUBLISH", { correlationData: new Uint8Array(65_536) })],
  ["an empty response topic", carrierPacket("PUBLISH", { responseTopic: "" })],
  ["response topic #", carrierPacket("PUBLISH", { responseTopic: "a/#" })],
  ["response topic +", carrierPacket("will", { responseTopic: "+" })],
  ["QoS 3", {
    type: "subscribe",
    packetId: 1,
    subscriptions: [{ topicFilter: "a", qos: 3 as 2 }],
  }],
  ["retain handling 3", {
    type: "subscribe",
    packetId: 1,
    subscriptions: [{ topicFilter: "a", qos: 0, retainHandling: 3 as 2 }],
  }],
  ["SUBSCRIBE without a filter", { type: "subscribe", packetId: 1, subscriptions: [] }],
  ["UNSUBSCRIBE without a filter", { type: "unsubscribe", packetId: 1, topicFilters: [] }],
  ["SUBACK without a code", { type: "suback", packetId: 1, returnCodes: [] }],
  ["UNSUBACK without a code", { type: "unsuback", packetId: 1 }],
  ["packet id 0", { type: "puback", packetId: 0 }],
  ["CONNACK, refused, session present", {
    type: "connack",
    sessionPresent: true,
    returnCode: 5,
    reasonCode: 0x87,
  }],
  ["DUP at QoS 0", {
    type: "publish",
    topicName: "a",
    payload: new Uint8Array(),
    qos: 0,
    retain: false,
    dup: true,
    packetId: 0,
  }],
  ["keep-alive over 65,535", { ...CONNECT, keepAlive: 65_536 }],
  ["client id of 65,536 bytes", { ...CONNECT, clientId: LONG }],
  ["will QoS 3", {
    ...CONNECT,
    will: { topicName: "w", payload: new Uint8Array(), qos: 3 as 2, retain: false },
  }],
  ["will of 65,536 bytes", {
    ...CONNECT,
    will: { topicName: "w", payload: new Uint8Array(65_536), qos: 0, retain: false },
  }],
];

for (const [name, packet] of UNSENDABLE) {
  Deno.test(`encode at level 5 refuses ${name}`, () => {
    assertThrows(() => encodePacket(packet, 5), RangeError);
  });
}
