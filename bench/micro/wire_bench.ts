/**
 * Micro-benchmarks of the wire codec: `deno task bench:micro`. Each iteration handles BATCH frames, as
 * one read of 64 KiB brings them, and what comes out is used, so that nothing is optimized away.
 */
import { FrameCursor } from "../../lib/wire/frame.ts";
import type { Packet, PublishPacket } from "../../lib/wire/packets.ts";
import { decodePacket, encodePacket } from "../../lib/wire/codec.ts";
import { PublishFields, readPublish } from "../../lib/wire/publish.ts";

const BATCH = 700;

const publish: PublishPacket = {
  type: "publish",
  topicName: "site/7/line/3/sensor/4711",
  payload: new Uint8Array(64).fill(0x78),
  qos: 1,
  retain: false,
  dup: false,
  packetId: 1000,
};
const subscribe: Packet = {
  type: "subscribe",
  packetId: 1000,
  subscriptions: [{ topicFilter: "site/+/line/#", qos: 1 }, { topicFilter: "a/b", qos: 0 }],
};
const connect: Packet = {
  type: "connect",
  protocolLevel: 4,
  clientId: "sensor-4711",
  cleanSession: true,
  keepAlive: 60,
  username: "sensor",
  password: new TextEncoder().encode("secret"),
};

/** BATCH copies of a packet, one after the other. */
function stream(packet: Packet): Uint8Array {
  const frame = encodePacket(packet);
  const bytes = new Uint8Array(frame.length * BATCH);
  for (let i = 0; i < BATCH; i++) bytes.set(frame, i * frame.length);
  return bytes;
}

/** Calls back for every frame; fails when some are missing. */
function forEachFrame(bytes: Uint8Array, cursor: FrameCursor, each: () => void): void {
  let count = 0;
  for (let at = 0; cursor.find(bytes, at, bytes.length, Infinity); at = cursor.end) {
    each();
    count++;
  }
  if (count !== BATCH) throw new Error(`${count} frames, expected ${BATCH}`);
}

const publishes = stream(publish);

Deno.bench("700 PUBLISH: frames found", { group: "decode", baseline: true }, () => {
  forEachFrame(publishes, new FrameCursor(), () => {});
});

Deno.bench("700 PUBLISH: fields read, nothing allocated", { group: "decode" }, () => {
  const cursor = new FrameCursor();
  const fields = new PublishFields();
  let packetIds = 0;
  forEachFrame(publishes, cursor, () => {
    readPublish(publishes, cursor, fields);
    packetIds += fields.packetId;
  });
  if (packetIds !== BATCH * publish.packetId) throw new Error("wrong packet ids");
});

for (const packet of [publish, subscribe, connect]) {
  const bytes = stream(packet);
  Deno.bench(`700 ${packet.type.toUpperCase()}: decoded`, { group: "decode" }, () => {
    const cursor = new FrameCursor();
    forEachFrame(bytes, cursor, () => {
      if (decodePacket(bytes, cursor).type !== packet.type) throw new Error("wrong packet");
    });
  });
  const size = bytes.length / BATCH;
  Deno.bench(`700 ${packet.type.toUpperCase()}: encoded`, { group: "encode" }, () => {
    for (let i = 0; i < BATCH; i++) {
      if (encodePacket(packet).length !== size) throw new Error("wrong length");
    }
  });
}
