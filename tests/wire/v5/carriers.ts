/**
 * A packet around a property list, for each list that MQTT 5 has. Invariant: bytes and packet say the same but for the
 * list, which is the caller's.
 */
import type { Packet } from "../../../lib/wire/packets.ts";
import type { Properties } from "../../../lib/wire/properties.ts";
import { hex, toHex } from "../../support/raw_packets.ts";
import { CONNECT } from "./packets.ts";
import type { Place } from "./property_table.ts";

/** First byte, what stands before the list, what stands behind it. */
type Around = readonly [header: string, before: string, behind: string];

const AROUND: Readonly<Record<Place, Around>> = {
  CONNECT: ["10", "0004 4d515454 05 02 003c", "0001 61"],
  CONNACK: ["20", "00 00", ""],
  PUBLISH: ["30", "0001 74", "70"],
  will: ["10", "0004 4d515454 05 06 003c 00 0001 61", "0001 77 0001 6d"],
  PUBACK: ["40", "0001 00", ""],
  PUBREC: ["50", "0001 00", ""],
  PUBREL: ["62", "0001 00", ""],
  PUBCOMP: ["70", "0001 00", ""],
  SUBSCRIBE: ["82", "0001", "0001 23 00"],
  SUBACK: ["90", "0001", "00"],
  UNSUBSCRIBE: ["a2", "0001", "0001 23"],
  UNSUBACK: ["b0", "0001", "00"],
  DISCONNECT: ["e0", "00", ""],
  AUTH: ["f0", "18", ""],
};

/** The bytes of the packet, with this list; `length` is what stands in front of the list if it is not its length. */
export function carrierHex(place: Place, list: string, length = digits(sizeOf(list))): string {
  const [header, before, behind] = AROUND[place];
  const body = `${before} ${length} ${list} ${behind}`;
  return toHex(hex(`${header} ${digits(sizeOf(body))} ${body}`), Infinity);
}

function sizeOf(text: string): number {
  return hex(text).length;
}

/** A variable byte integer. */
function digits(value: number): string {
  if (value > 127) return (value % 128 + 128).toString(16) + digits(value >> 7);
  return value.toString(16).padStart(2, "0");
}

/** What the bytes mean. */
export function carrierPacket(place: Place, properties: Properties | undefined): Packet {
  switch (place) {
    case "CONNECT":
      return { ...CONNECT, properties };
    case "will": {
      const will = {
        topicName: "w",
        payload: hex("6d"),
        qos: 0,
        retain: false,
        properties,
      } as const;
      return { ...CONNECT, will };
    }
    case "PUBLISH":
      return {
        type: "publish",
        topicName: "t",
        payload: hex("70"),
        qos: 0,
        retain: false,
        dup: false,
        packetId: 0,
        properties,
      };
    case "DISCONNECT":
      return { type: "disconnect", reasonCode: 0, properties };
    case "AUTH":
      return { type: "auth", reasonCode: 0x18, properties };
    default:
      return withId(place, properties);
  }
}

function withId(
  place: Exclude<Place, "CONNECT" | "will" | "PUBLISH" | "DISCONNECT" | "AUTH">,
  properties: Properties | undefined,
): Packet {
  const packetId = 1;
  const request = {
    topicFilter: "#",
    qos: 0,
    noLocal: false,
    retainAsPublished: false,
    retainHandling: 0,
  } as const;
  switch (place) {
    case "CONNACK":
      return { type: "connack", sessionPresent: false, returnCode: 0, reasonCode: 0, properties };
    case "SUBSCRIBE":
      return { type: "subscribe", packetId, subscriptions: [request], properties };
    case "SUBACK":
      return { type: "suback", packetId, returnCodes: [0], properties };
    case "UNSUBSCRIBE":
      return { type: "unsubscribe", packetId, topicFilters: ["#"], properties };
    case "UNSUBACK":
      return { type: "unsuback", packetId, reasonCodes: [0], properties };
    default: {
      const type = place.toLowerCase() as "puback" | "pubrec" | "pubrel" | "pubcomp";
      return { type, packetId, reasonCode: 0, properties };
    }
  }
}
