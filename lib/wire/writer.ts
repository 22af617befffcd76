/**
 * Writes forward into one frame of known size, and checks what goes into it. Invariant: a value that the decoders
 * would refuse is a RangeError, never a frame.
 */
import { MAX_REMAINING_LENGTH, varintSize, writeVarint } from "./frame.ts";
import type { QoS } from "./packets.ts";
import { MAX_STRING_BYTES } from "./utf8.ts";

/** A frame under way. */
export class Writer {
  readonly bytes: Uint8Array;
  at: number;

  /** @param absent bytes at the frame's end that are not written here, and have no room */
  constructor(header: number, remainingLength: number, absent = 0) {
    checkRemainingLength(remainingLength);
    this.bytes = new Uint8Array(1 + varintSize(remainingLength) + remainingLength - absent);
    this.bytes[0] = header;
    this.at = writeVarint(this.bytes, 1, remainingLength);
  }

  byte(value: number): void {
    this.bytes[this.at++] = value;
  }

  uint16(value: number): void {
    this.bytes[this.at++] = value >> 8;
    this.bytes[this.at++] = value & 0xff;
  }

  uint32(value: number): void {
    this.uint16(value >>> 16);
    this.uint16(value & 0xffff);
  }

  /** A variable byte integer of MQTT 5.0, section 1.5.5. */
  varint(value: number): void {
    this.at = writeVarint(this.bytes, this.at, value);
  }

  raw(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.at);
    this.at += bytes.length;
  }

  /** Bytes behind their length in two bytes. */
  prefixed(bytes: Uint8Array): void {
    this.uint16(bytes.length);
    this.raw(bytes);
  }
}

/** @throws RangeError for a packet that is longer than MQTT allows */
export function checkRemainingLength(length: number): void {
  if (length > MAX_REMAINING_LENGTH) {
    throw new RangeError(`packet of ${length} bytes is longer than MQTT allows`);
  }
}

/** @throws RangeError for what is no packet id */
export function checkPacketId(id: number): number {
  if (!Number.isInteger(id) || id < 1 || id > 65_535) {
    throw new RangeError(`packet id ${id} is not within 1 to 65535 [MQTT-2.3.1-1]`);
  }
  return id;
}

/** @throws RangeError for what is no QoS */
export function checkQos(qos: number): QoS {
  if (qos !== 0 && qos !== 1 && qos !== 2) throw new RangeError(`QoS ${qos} is not 0, 1 or 2`);
  return qos;
}

/** @throws RangeError for what does not fit into two bytes of seconds */
export function checkKeepAlive(seconds: number): number {
  if (!Number.isInteger(seconds) || seconds < 0 || seconds > 65_535) {
    throw new RangeError(`keep-alive of ${seconds} seconds is not within 0 to 65535`);
  }
  return seconds;
}

/** @throws RangeError for a list without an item */
export function checkSome(list: readonly unknown[], what: string): void {
  if (list.length === 0) throw new RangeError(`${what} needs at least one item`);
}

/** @throws RangeError for bytes whose length does not fit in front of them */
export function checkBinary(bytes: Uint8Array, what: string): Uint8Array {
  if (bytes.length > MAX_STRING_BYTES) {
    throw new RangeError(`${what} is longer than ${MAX_STRING_BYTES} bytes`);
  }
  return bytes;
}
