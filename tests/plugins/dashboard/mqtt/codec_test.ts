/** The page's MQTT packets against the broker's own codec, both ways, at every cut of the bytes. */
import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { decodePacket, encodePacket } from "../../../../lib/wire/codec.ts";
import { FrameCursor } from "../../../../lib/wire/frame.ts";
import type { Packet } from "../../../../lib/wire/packets.ts";
import { MalformedError } from "../../../../plugins/dashboard/page/mqtt/bytes.js";
import { Decoder } from "../../../../plugins/dashboard/page/mqtt/decode.js";
import * as page from "../../../../plugins/dashboard/page/mqtt/encode.js";

const LIMIT = 1_000_000;

/** Whole bytes as the broker reads them. */
function read(bytes: Uint8Array): Packet {
  const cursor = new FrameCursor();
  assertEquals(cursor.find(bytes, 0, bytes.length, Infinity), true);
  assertEquals(cursor.end, bytes.length);
  return decodePacket(bytes, cursor, 5);
}

/** What the page's decoder makes of these chunks. */
function decoded(chunks: readonly Uint8Array[], limit = LIMIT) {
  const decoder = new Decoder(limit);
  const packets = chunks.flatMap((chunk) => [...decoder.push(chunk)]);
  return { packets, kept: decoder.kept };
}

const name = fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 })
  .map((text) => text.replace(/[#+\0\ufeff]/g, "x"));
const bytes = fc.uint8Array({ maxLength: 300 });
const userProperties = fc.array(fc.tuple(name, name), { minLength: 1, maxLength: 3 });
const properties = fc.record({
  payloadFormatIndicator: fc.constantFrom<0 | 1>(0, 1),
  messageExpiryInterval: fc.integer({ min: 0, max: 0xffff_ffff }),
  contentType: name,
  responseTopic: name,
  correlationData: bytes,
  userProperties,
}, { requiredKeys: ["contentType"] });
const message = fc.record({
  topicName: name,
  payload: bytes,
  qos: fc.constantFrom<0 | 1 | 2>(0, 1, 2),
  retain: fc.boolean(),
  properties,
}).chain((one) =>
  fc.integer({ min: 1, max: 65_535 }).map((id) => ({ ...one, packetId: one.qos === 0 ? 0 : id }))
);

Deno.test("the broker reads what the page publishes", () => {
  fc.assert(fc.property(message, (one) => {
    assertEquals(read(page.encodePublish(one)), { type: "publish", dup: false, ...one });
  }));
});

Deno.test("the broker reads CONNECT, SUBSCRIBE, UNSUBSCRIBE, acknowledgements, PINGREQ, DISCONNECT", () => {
  const connect = page.encodeConnect({
    clientId: "dashboard-1",
    keepAlive: 30,
    properties: { maximumPacketSize: 4_194_304, receiveMaximum: 256, topicAliasMaximum: 64 },
  });
  assertEquals(read(connect), {
    type: "connect",
    protocolLevel: 5,
    clientId: "dashboard-1",
    cleanSession: true,
    keepAlive: 30,
    will: undefined,
    username: undefined,
    password: undefined,
    properties: { maximumPacketSize: 4_194_304, receiveMaximum: 256, topicAliasMaximum: 64 },
  });
  const subscriptions = [
    { topicFilter: "#", qos: 0, noLocal: false, retainAsPublished: true, retainHandling: 0 },
    { topicFilter: "a/+", qos: 2, noLocal: true, retainAsPublished: false, retainHandling: 2 },
  ] as const;
  const { subscriptions: asked } = read(page.encodeSubscribe(7, subscriptions)) as unknown as {
    subscriptions: unknown;
  };
  assertEquals(asked, subscriptions);
  const gone = read(page.encodeUnsubscribe(8, ["#", "ä/+"]));
  assertEquals(gone, {
    type: "unsubscribe",
    packetId: 8,
    topicFilters: ["#", "ä/+"],
    properties: undefined,
  });
  for (const type of ["puback", "pubrec", "pubrel", "pubcomp"] as const) {
    const { packetId, type: seen } = read(page.encodeAck(type, 300)) as
      & { packetId: number }
      & Packet;
    assertEquals([seen, packetId], [type, 300]);
  }
  assertEquals(read(page.encodePing()).type, "pingreq");
  assertEquals(read(page.encodeDisconnect()).type, "disconnect");
  const { reasonCode } = read(page.encodeDisconnect(0x81)) as { reasonCode?: number };
  assertEquals(reasonCode, 0x81);
});

Deno.test("the page reads what the broker publishes, wherever the bytes are cut", () => {
  const cuts = fc.array(fc.nat(), { maxLength: 12 });
  fc.assert(fc.property(fc.array(message, { minLength: 1, maxLength: 5 }), cuts, (all, at) => {
    const stream = joined(
      all.map((one) => encodePacket({ type: "publish", dup: false, ...one }, 5)),
    );
    const places = [
      0,
      ...at.map((cut) => cut % stream.length).sort((a, b) => a - b),
      stream.length,
    ];
    const chunks = places.slice(1).map((end, index) => stream.subarray(places[index], end));
    const { packets, kept } = decoded(chunks);
    assertEquals(packets, all.map((one) => ({ type: "publish", dup: false, ...one })));
    assertEquals(kept, 0);
  }));
});

Deno.test("the page reads every other packet of the broker, byte by byte", () => {
  const answers: Packet[] = [
    {
      type: "connack",
      sessionPresent: false,
      returnCode: 0,
      reasonCode: 0,
      properties: { serverKeepAlive: 20, maximumQos: 1, userProperties: [["a", "b"]] },
    },
    { type: "puback", packetId: 5, reasonCode: 0x10 },
    { type: "pubrec", packetId: 5, reasonCode: 0x87, properties: { reasonString: "no" } },
    { type: "pubrel", packetId: 6 },
    { type: "pubcomp", packetId: 7 },
    { type: "suback", packetId: 8, returnCodes: [0, 1, 0x87] },
    { type: "unsuback", packetId: 9, reasonCodes: [0, 0x11] },
    { type: "pingresp" },
    { type: "disconnect", reasonCode: 0x8b, properties: { reasonString: "bye" } },
  ];
  const stream = joined(answers.map((one) => encodePacket(one, 5)));
  const { packets } = decoded([...stream].map((byte) => Uint8Array.of(byte)));
  assertEquals(packets, [
    {
      type: "connack",
      sessionPresent: false,
      reasonCode: 0,
      properties: { serverKeepAlive: 20, maximumQos: 1, userProperties: [["a", "b"]] },
    },
    { type: "puback", packetId: 5, reasonCode: 0x10, properties: {} },
    { type: "pubrec", packetId: 5, reasonCode: 0x87, properties: { reasonString: "no" } },
    { type: "pubrel", packetId: 6, reasonCode: 0, properties: {} },
    { type: "pubcomp", packetId: 7, reasonCode: 0, properties: {} },
    { type: "suback", packetId: 8, reasonCodes: [0, 1, 0x87], properties: {} },
    { type: "unsuback", packetId: 9, reasonCodes: [0, 0x11], properties: {} },
    { type: "pingresp" },
    { type: "disconnect", reasonCode: 0x8b, properties: { reasonString: "bye" } },
  ]);
});

Deno.test("any bytes are packets or a MalformedError, and never more than the limit is kept", () => {
  fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 20 }), (chunks) => {
    const decoder = new Decoder(60);
    for (const chunk of chunks) {
      try {
        for (const packet of decoder.push(chunk)) assertEquals(typeof packet.type, "string");
      } catch (error) {
        assertEquals(error instanceof MalformedError, true, String(error));
        return;
      }
      assertEquals(decoder.kept < 60, true, `${decoder.kept} are kept`);
    }
  }));
});

Deno.test("a packet over the limit is refused as soon as its length is known", () => {
  const header = Uint8Array.of(0x30, 0xff, 0xff, 0x7f);
  assertThrows(() => decoded([header]), MalformedError, "a packet of 2097155 bytes");
});

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
