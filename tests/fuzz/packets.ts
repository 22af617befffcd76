/**
 * The grammar of the fuzzer: what an MQTT client says from CONNECT to its end, right in every byte; half of them speak
 * MQTT 5, the others 3.1.1 and 3.1. Invariant: everything follows from the random source.
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
import {
  CLIENT_IDS,
  FILTERS,
  KEEP_ALIVES,
  PACKET_IDS,
  payloadOf,
  topicOf,
  TOPICS,
} from "./names.ts";
import { packet5Of, session5Of } from "./packets5.ts";

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

function publishOf(random: Random): Uint8Array {
  return publish(topicOf(random), payloadOf(random), {
    qos: random.below(3),
    id: random.pick(PACKET_IDS),
    dup: random.oneIn(8),
    retain: random.oneIn(4),
  });
}

/** One packet of a client that was let in, of any version. */
export function packetOf(random: Random): Uint8Array {
  return random.oneIn(2) ? packet5Of(random) : packet4Of(random);
}

function packet4Of(random: Random): Uint8Array {
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
  if (random.oneIn(2)) return session5Of(random);
  const packets = [connectOf(random), ...random.list(0, 12, () => packet4Of(random))];
  if (random.oneIn(3)) packets.push(DISCONNECT.slice());
  return packets;
}
