/**
 * Reads forward through one frame's variable header and payload. Invariant: never beyond the frame's end; byte
 * fields are borrowed views into the buffer.
 */
import { MalformedPacketError } from "./errors.ts";
import { truncated } from "./fixed_header.ts";
import { checkUtf8, decodeUtf8 } from "./utf8.ts";

/** A place in a frame. Each reading throws MalformedPacketError where the frame ends within `what`. */
export class Reader {
  readonly bytes: Uint8Array;
  at: number;
  readonly end: number;

  constructor(bytes: Uint8Array, at: number, end: number) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  /** Bytes that were not read. */
  get left(): number {
    return this.end - this.at;
  }

  byte(what: string): number {
    if (this.at >= this.end) throw truncated(what);
    return this.bytes[this.at++]!;
  }

  uint16(what: string): number {
    return (this.byte(what) << 8) | this.byte(what);
  }

  uint32(what: string): number {
    return this.uint16(what) * 0x1_0000 + this.uint16(what);
  }

  /** Bytes behind a length of two bytes; borrowed. */
  binary(what: string): Uint8Array {
    const length = this.uint16(what);
    this.skip(length, what);
    return this.bytes.subarray(this.at - length, this.at);
  }

  /** A UTF-8 encoded string, section 1.5.3. */
  string(what: string): string {
    const length = this.uint16(what);
    this.skip(length, what);
    return decodeUtf8(this.bytes, this.at - length, this.at, what);
  }

  /** A UTF-8 encoded string that is looked at only. */
  skipString(what: string): void {
    const start = this.at + 2;
    if (start > this.end) throw truncated(what);
    const end = start + (this.bytes[start - 2]! << 8 | this.bytes[start - 1]!);
    if (end > this.end) throw truncated(what);
    if (end > start) checkUtf8(this.bytes, start, end, what);
    this.at = end;
  }

  /** A variable byte integer of MQTT 5.0, section 1.5.5: four bytes at most, none of them needless. */
  varint(what: string): number {
    let value = 0;
    for (let shift = 0; shift <= 21; shift += 7) {
      const digit = this.byte(what);
      value |= (digit & 0x7f) << shift;
      if (digit >= 0x80) continue;
      if (digit > 0 || shift === 0) return value;
      throw new MalformedPacketError(`${what} has a needless byte`, "MQTT-1.5.5-1");
    }
    throw new MalformedPacketError(`${what} has more than four bytes`, "MQTT-1.5.5-1");
  }

  skip(length: number, what: string): void {
    if (length > this.left) throw truncated(what);
    this.at += length;
  }

  /** @param statement what forbids 0 */
  packetId(statement: string): number {
    const id = this.uint16("packet id");
    if (id === 0) throw new MalformedPacketError("packet id is 0", statement);
    return id;
  }

  /** @throws MalformedPacketError when something is left */
  finish(type: string): void {
    if (this.left > 0) {
      throw new MalformedPacketError(`${type} has ${this.left} bytes too many`, "2.2.3");
    }
  }
}
