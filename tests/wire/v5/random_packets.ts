/** Random packets of MQTT 5 that may be sent. Invariant: every packet and every property is among them. */
import type { ReasonCode } from "../../../lib/wire/codes.ts";
import { returnCodeOf } from "../../../lib/wire/codes.ts";
import type { Packet, QoS, RetainHandling, Will } from "../../../lib/wire/packets.ts";
import type { Properties } from "../../../lib/wire/properties.ts";
import { type CodedPacket, hasReasonCode } from "../../../lib/wire/v5/reason_codes.ts";
import type { Random } from "../../support/random.ts";
import { randomText } from "../hostile.ts";
import { type Place, PROPERTIES } from "./property_table.ts";

/** Some of a list's properties with random values; undefined: none. */
export function randomProperties(random: Random, place: Place): Properties | undefined {
  const properties: Record<string, unknown> = {};
  for (const { key, places, good } of PROPERTIES) {
    if (!places.includes(place) || !random.oneIn(3)) continue;
    properties[key] = randomValue(random, key) ?? random.pick(good)[1];
    if (key === "authenticationData") properties.authenticationMethod ??= randomText(random);
    if (key === "subscriptionIdentifiers" && place === "PUBLISH") {
      properties[key] = random.list(1, 5, () => 1 + random.below(268_435_455));
    }
  }
  return Object.keys(properties).length === 0 ? undefined : properties;
}

/** Undefined: one of the table's own. */
function randomValue(random: Random, key: keyof Properties): unknown {
  switch (key) {
    case "userProperties":
      return random.list(1, 4, () => [randomText(random), randomText(random)]);
    case "contentType":
    case "reasonString":
    case "serverReference":
    case "responseInformation":
    case "assignedClientIdentifier":
    case "authenticationMethod":
      return randomText(random);
    case "correlationData":
    case "authenticationData":
      return random.bytes(random.oneIn(20) ? 20_000 : 40);
    case "messageExpiryInterval":
    case "sessionExpiryInterval":
    case "willDelayInterval":
      return random.below(0x1_0000) * 0x1_0000 + random.below(0x1_0000);
    default:
      return undefined;
  }
}

function randomCode(random: Random, packet: CodedPacket): ReasonCode {
  for (;;) {
    const code = random.below(0xa3);
    if (hasReasonCode(packet, code)) return code;
  }
}

function randomConnect(random: Random): Packet {
  const will: Will | undefined = random.oneIn(2) ? undefined : {
    topicName: randomText(random),
    payload: random.bytes(40),
    qos: random.below(3) as QoS,
    retain: random.oneIn(2),
    properties: randomProperties(random, "will"),
  };
  return {
    type: "connect",
    protocolLevel: 5,
    clientId: randomText(random),
    cleanSession: random.oneIn(2),
    keepAlive: random.below(65_536),
    will,
    username: random.oneIn(2) ? randomText(random) : undefined,
    password: random.oneIn(2) ? random.bytes(20) : undefined,
    properties: randomProperties(random, "CONNECT"),
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
    properties: randomProperties(random, "PUBLISH"),
  };
}

function randomSubscription(random: Random, packetId: number): Packet {
  const codes = (packet: CodedPacket) => random.list(1, 9, () => randomCode(random, packet));
  switch (random.below(4)) {
    case 0: {
      const subscriptions = random.list(1, 9, () => ({
        topicFilter: randomText(random),
        qos: random.below(3) as QoS,
        noLocal: random.oneIn(2),
        retainAsPublished: random.oneIn(2),
        retainHandling: random.below(3) as RetainHandling,
      }));
      const properties = randomProperties(random, "SUBSCRIBE");
      return { type: "subscribe", packetId, subscriptions, properties };
    }
    case 1: {
      const properties = randomProperties(random, "SUBACK");
      return { type: "suback", packetId, returnCodes: codes("suback"), properties };
    }
    case 2: {
      const topicFilters = random.list(1, 9, () => randomText(random));
      const properties = randomProperties(random, "UNSUBSCRIBE");
      return { type: "unsubscribe", packetId, topicFilters, properties };
    }
    default: {
      const properties = randomProperties(random, "UNSUBACK");
      return { type: "unsuback", packetId, reasonCodes: codes("unsuback"), properties };
    }
  }
}

/** Any packet. */
export function randomPacket(random: Random): Packet {
  const packetId = 1 + random.below(65_535);
  switch (random.below(8)) {
    case 0:
      return randomConnect(random);
    case 1: {
      const reasonCode = randomCode(random, "connack");
      return {
        type: "connack",
        sessionPresent: reasonCode === 0 && random.oneIn(2),
        returnCode: returnCodeOf(reasonCode),
        reasonCode,
        properties: randomProperties(random, "CONNACK"),
      };
    }
    case 2:
      return { type: random.pick(["pingreq", "pingresp"]) };
    case 3: {
      const [type, place] = random.pick([["disconnect", "DISCONNECT"], ["auth", "AUTH"]] as const);
      const packet = { type, properties: randomProperties(random, place) };
      return { ...packet, reasonCode: randomCode(random, type) } as Packet;
    }
    case 4: {
      const type = random.pick(["puback", "pubrec", "pubrel", "pubcomp"] as const);
      const properties = randomProperties(random, type.toUpperCase() as Place);
      return { type, packetId, reasonCode: randomCode(random, type), properties };
    }
    case 5:
    case 6:
      return randomSubscription(random, packetId);
    default:
      return randomPublish(random);
  }
}
