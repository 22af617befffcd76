/** Packets of both versions as one shape, as far as a client of the load looks at them. Invariant: what is malformed throws. */
import { parsePublish, type RawPacket, toHex } from "../support/raw_packets.ts";
import { parse5, type Parsed5, typeOf } from "../support/raw_parse5.ts";

/** The version of a client, as its CONNECT says it. */
export type Level = 4 | 5;

/** An answer to what the client has sent under this packet id, or PUBREL. */
export interface Answer {
  readonly type: "PUBACK" | "PUBREC" | "PUBREL" | "PUBCOMP" | "SUBACK" | "UNSUBACK";
  readonly id: number;
  readonly code: number;
}

/** A packet that came. Codes from 0x80 on are refusals; of a CONNACK every code but 0. */
export type Incoming =
  | { readonly type: "CONNACK"; readonly isPresent: boolean; readonly code: number }
  | {
    readonly type: "PUBLISH";
    readonly topic: string;
    readonly payload: string;
    readonly qos: number;
    readonly dup: boolean;
    readonly retain: boolean;
    readonly id: number;
  }
  | Answer
  | { readonly type: "PINGRESP" }
  | { readonly type: "DISCONNECT"; readonly code: number };

/** Takes a packet apart. */
export function incomingOf(level: Level, packet: RawPacket): Incoming {
  return level === 5 ? shapeOf(parse5(packet)) : incoming4(packet);
}

function shapeOf(packet: Parsed5): Incoming {
  switch (packet.type) {
    case "CONNACK":
      return { type: "CONNACK", isPresent: packet.sessionPresent, code: packet.reasonCode };
    case "PUBLISH":
      return packet;
    case "PUBACK":
    case "PUBREC":
    case "PUBREL":
    case "PUBCOMP":
      return { type: packet.type, id: packet.id, code: packet.reasonCode };
    case "SUBACK":
    case "UNSUBACK":
      return { type: packet.type, id: packet.id, code: packet.reasonCodes[0] ?? 0x80 };
    case "PINGRESP":
      return { type: "PINGRESP" };
    case "DISCONNECT":
      return { type: "DISCONNECT", code: packet.reasonCode };
    default:
      throw new Error(`a broker sends no ${packet.type}`);
  }
}

function incoming4(packet: RawPacket): Incoming {
  const { body } = packet;
  const type = typeOf(packet);
  const id = (body[0] ?? 0) << 8 | (body[1] ?? 0);
  switch (type) {
    case "CONNACK":
      return { type, isPresent: body[0] === 1, code: body[1] ?? 0xff };
    case "PUBLISH":
      return { type, ...parsePublish(packet) };
    case "SUBACK":
      return { type, id, code: body[2] ?? 0x80 };
    case "PUBACK":
    case "PUBREC":
    case "PUBREL":
    case "PUBCOMP":
    case "UNSUBACK":
      return { type, id, code: 0 };
    case "PINGRESP":
      return { type };
    default:
      throw new Error(`a broker sends no such packet: ${toHex(packet.bytes)}`);
  }
}
