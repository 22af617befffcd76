/** The vocabulary of MQTT 5 that tests speak: bytes written here by hand, and what is malformed. */
import { assertEquals, assertThrows } from "@std/assert";
import { bytes, hex, parsePacket, toHex } from "./raw_packets.ts";
import {
  auth5,
  connack5,
  connect5,
  disconnect5,
  puback5,
  publish5,
  suback5,
  subscribe5,
  unsuback5,
  unsubscribe5,
} from "./raw_packets5.ts";
import { parse5 } from "./raw_parse5.ts";
import { property } from "./raw_properties5.ts";

/** Each packet, and its bytes as the standard has them. */
const PACKETS: [packet: Uint8Array, wanted: string][] = [
  [
    connect5({ clientId: "a", properties: { sessionExpiryInterval: 258 } }),
    "10 13 00 04 4d 51 54 54 05 02 00 3c 05 11 00 00 01 02 00 01 61",
  ],
  [connack5(true, 0, { receiveMaximum: 3 }), "20 06 01 00 03 21 00 03"],
  [publish5("t", "x"), "30 05 00 01 74 00 78"],
  [
    publish5("t", "x", { qos: 2, id: 7, properties: { subscriptionIdentifiers: [1, 200] } }),
    "34 0c 00 01 74 00 07 05 0b 01 0b c8 01 78",
  ],
  [puback5(1), "40 02 00 01"],
  [puback5(1, 0x10), "40 03 00 01 10"],
  [puback5(1, 0x80, { reasonString: "n" }), "40 08 00 01 80 04 1f 00 01 6e"],
  [
    subscribe5(1, [["a", { qos: 1, noLocal: true, retainAsPublished: true, retainHandling: 2 }]]),
    "82 07 00 01 00 00 01 61 2d",
  ],
  [suback5(1, [0, 0x87]), "90 05 00 01 00 00 87"],
  [
    unsubscribe5(1, ["a"], { userProperties: [["n", "v"]] }),
    "a2 0d 00 01 07 26 00 01 6e 00 01 76 00 01 61",
  ],
  [unsuback5(1, [0x11]), "b0 04 00 01 00 11"],
  [disconnect5(), "e0 00"],
  [disconnect5(4), "e0 01 04"],
  [auth5(0x18, { authenticationMethod: "m" }), "f0 06 18 04 15 00 01 6d"],
];

Deno.test("packets of MQTT 5 are written byte by byte as the standard has them", () => {
  for (const [packet, wanted] of PACKETS) assertEquals(toHex(packet), wanted);
});

Deno.test("what was written is read", () => {
  for (const [packet] of PACKETS) parse5(parsePacket(packet)!);
  const { type: _, bytes: __, ...rest } = parse5(parsePacket(PACKETS[3]![0])!);
  assertEquals(rest, {
    flags: 4,
    properties: { subscriptionIdentifiers: [1, 200] },
    topic: "t",
    payload: "x",
    qos: 2,
    dup: false,
    retain: false,
    id: 7,
  });
});

Deno.test("what is malformed is not read", () => {
  const twice = property("receiveMaximum", 3);
  for (
    const packet of [
      hex("30 03 00 01 74"), // no property length
      hex("30 06 00 01 74 80 00 78"), // a property length in too many bytes
      hex("40 05 00 01 00 00 00"), // bytes left over
      hex("41 02 00 01"), // flags
      hex("20 04 00 00 01 7f"), // no such property
      hex("20 03 02 00 00"), // acknowledge flags
      bytes(0x20, 9, 0, 0, 6, twice, twice),
    ]
  ) assertThrows(() => parse5(parsePacket(packet)!), Error, "malformed");
});
