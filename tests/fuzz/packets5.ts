/**
 * The fuzzer's grammar of MQTT 5: what a client says from CONNECT to its end, right in every byte, properties included.
 * Invariants: everything follows from the random source; names are those of 3.1.1's clients, so that the versions meet.
 */
import type { Random } from "../support/random.ts";
import { hex } from "../support/raw_packets.ts";
import {
  auth5,
  connect5,
  disconnect5,
  puback5,
  pubcomp5,
  publish5,
  pubrec5,
  pubrel5,
  type RawRequest5,
  subscribe5,
  unsubscribe5,
} from "../support/raw_packets5.ts";
import type { RawProperties } from "../support/raw_properties5.ts";
import { BAD } from "../wire/v5/faults.ts";
import { GOOD } from "../wire/v5/packets.ts";
import {
  CLIENT_IDS,
  FILTERS,
  KEEP_ALIVES,
  PACKET_IDS,
  payloadOf,
  topicOf,
  TOPICS,
} from "./names.ts";

const SECONDS = [0, 1, 2, 60, 0xffff_ffff];
const SIZES = [1, 20, 300, 5000, 0xffff_ffff];
const ALIASES = [1, 2, 3, 10, 65_535];
const REASONS = [0, 0x10, 0x80, 0x83, 0x87, 0x91, 0x92, 0x97];
const ENDS = [0, 4, 0x80, 0x81, 0x93];

/** Packets of the wire's own tests, good ones and bad ones. */
const VECTORS = [...GOOD, ...BAD].map((vector) => hex(vector.hex));

/** Some of these properties, each with a chance of one in three. */
function some(
  random: Random,
  makers: { [Name in keyof RawProperties]?: () => RawProperties[Name] },
): RawProperties {
  const chosen = Object.entries(makers).filter(() => random.oneIn(3));
  return Object.fromEntries(chosen.map(([name, make]) => [name, make()]));
}

/** Mostly few; sometimes more than a limit may allow. */
function userProperties(random: Random): [string, string][] {
  const most = random.oneIn(50) ? 20_000 : random.oneIn(10) ? 200 : 3;
  return random.list(1, most, (): [string, string] => [random.pick(["", "k", "ü"]), "v"]);
}

function messageProperties(random: Random) {
  return {
    payloadFormatIndicator: () => random.below(2),
    messageExpiryInterval: () => random.pick(SECONDS),
    contentType: () => "text/plain",
    responseTopic: () => random.pick(TOPICS),
    correlationData: () => random.bytes(random.oneIn(20) ? 60_000 : 20),
    userProperties: () => userProperties(random),
  };
}

function connectOf(random: Random): Uint8Array {
  const clientId = random.pick(CLIENT_IDS);
  const will = random.oneIn(4)
    ? {
      topic: random.pick(TOPICS.filter((topic) => !topic.startsWith("$"))),
      payload: random.bytes(30),
      qos: random.below(3),
      retain: random.oneIn(2),
      properties: some(random, {
        ...messageProperties(random),
        willDelayInterval: () => random.pick(SECONDS.slice(0, 3)),
      }),
    }
    : undefined;
  return connect5({
    clientId,
    cleanSession: random.oneIn(2),
    keepAlive: random.pick(KEEP_ALIVES),
    ...(will !== undefined && { will }),
    ...(random.oneIn(4) && { username: random.pick(["u", "ü", ""]) }),
    ...(random.oneIn(6) && { password: "p" }),
    properties: {
      ...some(random, {
        sessionExpiryInterval: () => random.pick(SECONDS),
        receiveMaximum: () => random.pick([1, 2, 10, 65_535]),
        maximumPacketSize: () => random.pick(SIZES),
        topicAliasMaximum: () => random.pick([0, 1, 10, 65_535]),
        requestResponseInformation: () => random.below(2),
        requestProblemInformation: () => random.below(2),
        userProperties: () => userProperties(random),
      }),
      ...(random.oneIn(20) &&
        { authenticationMethod: "SCRAM-SHA-256", authenticationData: random.bytes(60) }),
    },
  });
}

function publishOf(random: Random): Uint8Array {
  const isByAlias = random.oneIn(5);
  return publish5(isByAlias && random.oneIn(2) ? "" : topicOf(random), payloadOf(random), {
    qos: random.below(3),
    id: random.pick(PACKET_IDS),
    dup: random.oneIn(8),
    retain: random.oneIn(4),
    properties: {
      ...some(random, messageProperties(random)),
      ...(isByAlias && { topicAlias: random.pick(ALIASES) }),
    },
  });
}

function subscribeOf(random: Random): Uint8Array {
  const requests = random.list(1, random.oneIn(20) ? 200 : 4, (): RawRequest5 => [
    random.pick(FILTERS),
    {
      qos: random.below(3),
      noLocal: random.oneIn(4),
      retainAsPublished: random.oneIn(3),
      retainHandling: random.below(3),
    },
  ]);
  return subscribe5(
    random.pick(PACKET_IDS),
    requests,
    some(random, {
      subscriptionIdentifiers: () => [1 + random.below(random.oneIn(4) ? 268_435_455 : 9)],
      userProperties: () => userProperties(random),
    }),
  );
}

function acknowledgementOf(random: Random): Uint8Array {
  const make = random.pick([puback5, pubrec5, pubrel5, pubcomp5]);
  const id = random.pick(PACKET_IDS);
  if (random.oneIn(2)) return make(id);
  const code = random.pick(REASONS);
  if (random.oneIn(2)) return make(id, code);
  return make(
    id,
    code,
    some(random, { reasonString: () => "because", userProperties: () => userProperties(random) }),
  );
}

function authOf(random: Random): Uint8Array {
  return auth5(random.pick([0, 0x18, 0x19]), {
    authenticationMethod: random.pick(["SCRAM-SHA-256", "SCRAM-SHA-512", "x"]),
    authenticationData: random.bytes(80),
  });
}

function disconnectOf(random: Random): Uint8Array {
  if (random.oneIn(3)) return disconnect5();
  return disconnect5(
    random.pick(ENDS),
    some(random, {
      sessionExpiryInterval: () => random.pick(SECONDS),
      reasonString: () => "x".repeat(random.oneIn(5) ? 1024 : 5),
    }),
  );
}

/** One packet of a client of MQTT 5 that was let in. */
export function packet5Of(random: Random): Uint8Array {
  switch (random.below(12)) {
    case 0:
      return hex("c0 00");
    case 1:
    case 2:
      return subscribeOf(random);
    case 3:
      return unsubscribe5(
        random.pick(PACKET_IDS),
        random.list(1, 4, () => random.pick(FILTERS)),
        some(random, { userProperties: () => userProperties(random) }),
      );
    case 4:
      return acknowledgementOf(random);
    case 5:
      return random.pick(VECTORS);
    case 6:
      return random.oneIn(3) ? authOf(random) : publishOf(random);
    default:
      return publishOf(random);
  }
}

/** What a client of MQTT 5 says, packet by packet. */
export function session5Of(random: Random): Uint8Array[] {
  const packets = [connectOf(random), ...random.list(0, 12, () => packet5Of(random))];
  if (random.oneIn(3)) packets.push(disconnectOf(random));
  return packets;
}
