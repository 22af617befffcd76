/**
 * What a well-behaved client says and reads in each version of MQTT, so that one sequence can play in both. Invariant:
 * what `publish`, `subscribe` and the others make means the same in both versions.
 */
import {
  connect,
  parsePublish,
  publish,
  type RawConnect,
  type RawPacket,
  type RawPublish,
  type ReceivedPublish,
  subscribe,
  type Text,
  toHex,
  unsubscribe,
} from "../support/raw_packets.ts";
import { connect5, publish5, subscribe5, unsubscribe5 } from "../support/raw_packets5.ts";
import { parse5, type Publish5 } from "../support/raw_parse5.ts";

/** A version of MQTT by its protocol level. */
export type Version = 4 | 5;

/** One version's packets. */
export interface Words<Message extends ReceivedPublish = ReceivedPublish> {
  readonly version: Version;
  connect(options: RawConnect): Uint8Array;
  publish(topic: Text, payload?: Text, options?: RawPublish): Uint8Array;
  subscribe(id: number, ...filters: [Text, number][]): Uint8Array;
  unsubscribe(id: number, ...filters: Text[]): Uint8Array;
  /** Takes a PUBLISH apart. */
  message(packet: RawPacket): Message;
  /** The codes of a SUBACK. */
  codes(packet: RawPacket): number[];
  /** Throws where an acknowledgement refuses what it acknowledges. */
  accept(packet: RawPacket): void;
  /** Throws where `rest`, sent before a connection's end, is more than the version allows there. */
  end(rest: Uint8Array): void;
}

/** MQTT 3.1.1. */
export const WORDS4: Words = {
  version: 4,
  connect,
  publish,
  subscribe,
  unsubscribe,
  message: parsePublish,
  codes: ({ body }) => [...body.subarray(2)],
  accept: () => {},
  end: (rest) => {
    if (rest.length > 0) throw new Error(`expected the end, got ${toHex(rest)}`);
  },
};

/** Seconds a session of version 5 is kept where a sequence asks for no more than that it is kept. */
export const KEPT_SECONDS = 3600;

/** The properties under which clean session means in version 5 what it means in 3.1.1. */
export function kept(cleanSession: boolean | undefined): { sessionExpiryInterval?: number } {
  return cleanSession === false ? { sessionExpiryInterval: KEPT_SECONDS } : {};
}

/** MQTT 5.0. */
export const WORDS5: Words<Publish5> = {
  version: 5,
  connect: (options) => connect5({ ...options, properties: kept(options.cleanSession) }),
  publish: publish5,
  subscribe: (id, ...filters) => subscribe5(id, filters),
  unsubscribe: (id, ...filters) => unsubscribe5(id, filters),
  message: (packet) => {
    const read = parse5(packet);
    if (read.type !== "PUBLISH") throw new Error(`not a PUBLISH: ${toHex(packet.bytes)}`);
    return read;
  },
  codes: (packet) => {
    const read = parse5(packet);
    if (!("reasonCodes" in read)) throw new Error(`not a SUBACK: ${toHex(packet.bytes)}`);
    return read.reasonCodes;
  },
  accept: (packet) => {
    const read = parse5(packet);
    if (!("reasonCode" in read) || read.reasonCode >= 0x80) {
      throw new Error(`refused by ${toHex(packet.bytes)}`);
    }
  },
  end: disconnectOnly,
};

/** Nothing, or one DISCONNECT that says why. */
function disconnectOnly(rest: Uint8Array): void {
  if (rest.length > 0) disconnectIn(rest);
}

/** The reason code of the DISCONNECT that `rest` must be. */
export function disconnectIn(rest: Uint8Array): number {
  if (rest[0] !== 0xe0 || rest[1] !== rest.length - 2) {
    throw new Error(`expected DISCONNECT and the end, got ${toHex(rest) || "nothing"}`);
  }
  const read = parse5({ type: 14, flags: 0, body: rest.subarray(2), bytes: rest });
  if (read.type !== "DISCONNECT") throw new Error("not a DISCONNECT");
  if (read.reasonCode < 0x80) throw new Error(`DISCONNECT 0x${read.reasonCode.toString(16)}`);
  return read.reasonCode;
}
