/**
 * The grammar of the fuzzer: what an MQTT client says from CONNECT to its end, right in every byte. Invariants:
 * everything follows from the random source; names are few, so that sessions meet each other again.
 */
import type { Random } from "../support/random.ts";
import {
  connect,
  DISCONNECT,
  hex,
  PINGREQ,
  puback,
  pubcomp,
  publish,
  pubrec,
  pubrel,
  subscribe,
  unsubscribe,
} from "../support/raw_packets.ts";
import { BAD, GOOD } from "../wire/vectors.ts";

const CLIENT_IDS = ["", ...Array.from({ length: 12 }, (_, i) => `fuzz${i}`)];
const TOPICS = ["a", "a/b", "a/b/c", "/", "/a", "a//b", "ü/x", "$a/b", "a".repeat(200), "b/c"];
const FILTERS = [
  ...TOPICS,
  "#",
  "+",
  "+/b",
  "a/+/c",
  "a/#",
  "+/+/#",
  "$share/g/a/b",
  "$share/g/#",
  "$share/h/+",
  "$SYS/#",
  "$SYS/broker/+",
];
const PACKET_IDS = [1, 2, 3, 7, 255, 256, 65_535];
const KEEP_ALIVES = [0, 1, 10, 60, 65_535];

/** Packets of the wire's own tests, good ones and bad ones. */
const VECTORS = [...GOOD, ...BAD].map((vector) => hex(vector.hex));

/** A CONNECT that is let in. */
function connectOf(random: Random): Uint8Array {
  const clientId = random.pick(CLIENT_IDS);
  const will = random.oneIn(4)
    ? {
      topic: random.pick(TOPICS.filter((topic) => !topic.startsWith("$"))),
      payload: random.bytes(30),
      qos: random.below(3),
      retain: random.oneIn(2),
    }
    : undefined;
  return connect({
    clientId,
    cleanSession: clientId === "" || random.oneIn(2),
    keepAlive: random.pick(KEEP_ALIVES),
    ...(will !== undefined && { will }),
    ...(random.oneIn(4) && { username: random.pick(["u", "ü", ""]) }),
    ...(random.oneIn(6) && { name: "MQIsdp", level: 3 }),
  });
}

/** Mostly short; sometimes longer than a read, rarely longer than a packet may be. */
function payloadOf(random: Random): Uint8Array {
  if (random.oneIn(400)) return new Uint8Array(1_200_000);
  if (random.oneIn(40)) return new Uint8Array(1 + random.below(100_000));
  return random.bytes(random.oneIn(8) ? 2000 : 40);
}

/** Topic of a PUBLISH: one of the few, seldom one that was not seen before. */
function topicOf(random: Random): string {
  return random.oneIn(5) ? `n/${random.below(100_000)}` : random.pick(TOPICS);
}

function publishOf(random: Random): Uint8Array {
  return publish(topicOf(random), payloadOf(random), {
    qos: random.below(3),
    id: random.pick(PACKET_IDS),
    dup: random.oneIn(8),
    retain: random.oneIn(4),
  });
}

/** One packet of a client that was let in. */
export function packetOf(random: Random): Uint8Array {
  const id = random.pick(PACKET_IDS);
  switch (random.below(12)) {
    case 0:
      return PINGREQ.slice();
    case 1:
    case 2:
      return subscribe(
        id,
        ...random.list(
          1,
          random.oneIn(20) ? 200 : 4,
          (): [string, number] => [random.pick(FILTERS), random.below(3)],
        ),
      );
    case 3:
      return unsubscribe(id, ...random.list(1, 4, () => random.pick(FILTERS)));
    case 4:
      return random.pick([puback, pubrec, pubrel, pubcomp])(id);
    case 5:
      return random.pick(VECTORS);
    default:
      return publishOf(random);
  }
}

/** What a client says, packet by packet. */
export function sessionOf(random: Random): Uint8Array[] {
  const packets = [connectOf(random), ...random.list(0, 12, () => packetOf(random))];
  if (random.oneIn(3)) packets.push(DISCONNECT.slice());
  return packets;
}
