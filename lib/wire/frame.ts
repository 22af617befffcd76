/**
 * Finds whole packets in a stream of bytes. Invariant: looks at the fixed header only (section 2.2); never allocates, never copies.
 */
import { ReasonCode } from "./codes.ts";
import { MalformedPacketError, ProtocolError } from "./errors.ts";
import { PacketType } from "./packets.ts";

/** Largest remaining length that four bytes can say, section 2.2.3. */
export const MAX_REMAINING_LENGTH = 268_435_455;

/** The largest packet that there is, bytes: with its fixed header. */
export const MAX_PACKET_SIZE = MAX_REMAINING_LENGTH + 5;

/** Where the frame found last lies in its buffer; one per connection, reused. */
export class FrameCursor {
  /** The first byte of the fixed header: packet type and flags. */
  header = 0;
  start = 0;
  /** Where the variable header begins. */
  bodyStart = 0;
  end = 0;
  /** `find` came upon a PUBLISH that is too large and may be read past; the other fields say where it lies. */
  isTooLarge = false;

  /**
   * Looks for a whole frame in `bytes[from, to)` and puts its place into the fields.
   * @param maxPacketSize bytes of the whole packet, header included; Infinity for no limit
   * @param maxSkipped up to this size a PUBLISH over the limit is marked, not refused
   * @returns false while bytes are missing
   * @throws MalformedPacketError for a remaining length of more than four bytes
   * @throws ProtocolError for a packet over the limit, as soon as its length is known
   */
  find(
    bytes: Uint8Array,
    from: number,
    to: number,
    maxPacketSize: number,
    maxSkipped = 0,
  ): boolean {
    let remaining = 0;
    let at = from + 1;
    for (let shift = 0;; shift += 7) {
      if (at >= to) return false;
      const digit = bytes[at++]!;
      remaining |= (digit & 0x7f) << shift;
      if (digit < 0x80) break;
      if (shift === 21) {
        throw new MalformedPacketError("remaining length has more than four bytes", "2.2.3");
      }
    }
    const end = at + remaining;
    const isTooLarge = end - from > maxPacketSize;
    if (isTooLarge && !(end - from <= maxSkipped && isSoundPublish(bytes[from]!))) {
      throw tooLarge(end - from, maxPacketSize);
    }
    if (isTooLarge) this.isTooLarge = true;
    else if (end > to) return false;
    this.header = bytes[from]!;
    this.start = from;
    this.bodyStart = at;
    this.end = end;
    return !isTooLarge;
  }
}

/** The first byte of a PUBLISH whose QoS is none that is forbidden. */
function isSoundPublish(header: number): boolean {
  return header >> 4 === PacketType.PUBLISH && (header & 6) !== 6;
}

function tooLarge(size: number, maxPacketSize: number): ProtocolError {
  const text = `packet of ${size} bytes, max_packet_size is ${maxPacketSize}`;
  return new ProtocolError(text, "2.2.3", ReasonCode.PACKET_TOO_LARGE);
}

/** How many bytes the remaining length itself takes: 1 to 4. */
export function varintSize(value: number): number {
  return value < 128 ? 1 : value < 16_384 ? 2 : value < 2_097_152 ? 3 : 4;
}

/** Writes a remaining length at `at`; returns the offset behind it. */
export function writeVarint(bytes: Uint8Array, at: number, value: number): number {
  while (value > 127) {
    bytes[at++] = (value & 0x7f) | 0x80;
    value >>>= 7;
  }
  bytes[at++] = value;
  return at;
}

/** Behind the variable byte integer that begins at `at`. */
export function pastVarint(bytes: Uint8Array, at: number): number {
  while (bytes[at]! > 127) at++;
  return at + 1;
}

/** Writes two bytes, the higher first. */
export function putUint16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >> 8;
  bytes[at + 1] = value & 0xff;
}
