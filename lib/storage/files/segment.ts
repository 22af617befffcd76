/**
 * A segment of the journal: its name, and the header that a file begins with. Invariants: numbers rise for ever; magic,
 * schema and checksum stand at the same places in every schema, so that a newer one can be told from a damaged one.
 */
import { crc32 } from "node:zlib";
import { VERSION } from "../../version.ts";

/** The schema that is written. */
export const SCHEMA = 1;
/** Bytes of a header. */
export const SEGMENT_HEADER_SIZE = 64;
/** Bytes of a store's id. */
export const STORE_ID_SIZE = 16;

/** "MidgeLog". */
const MAGIC = new TextEncoder().encode("MidgeLog");
const SCHEMA_AT = 8;
const NUMBER_AT = 12;
const BASE_AT = 16;
const FIRST_AT = 24;
const AFTER_AT = 32;
const ID_AT = 40;
/** Three numbers of a version, two of them a byte; zeros where an older Midge has written it. */
const WRITER_AT = 56;
const CHECKSUM_AT = 60;

const NAME = /^journal-(\d{10})\.log$/;

/** What a segment says of itself. */
export interface SegmentHeader {
  readonly schema: number;
  /** Its own number, which its name has too; another one in a file that was recycled and not written to yet. */
  readonly number: number;
  /** The oldest segment that counted when this one was begun. */
  readonly base: number;
  /** The number of its first batch. */
  readonly first: number;
  /** The number of the batch before that: one less, but where batches are known to be lost. */
  readonly after: number;
  /** Random, the same in all segments of a store. */
  readonly id: Uint8Array;
  /** The version of the Midge that has written it; absent: it did not say. */
  readonly writer?: string | undefined;
}

/** The name of its file. */
export function segmentName(number: number): string {
  return `journal-${String(number).padStart(10, "0")}.log`;
}

/** The number in a name; undefined: no segment has this name. */
export function segmentNumberOf(name: string): number | undefined {
  const digits = NAME.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** Writes a header at the beginning of `into`. */
export function encodeHeader(into: Uint8Array, header: SegmentHeader): void {
  const bytes = into.subarray(0, SEGMENT_HEADER_SIZE).fill(0);
  const view = viewOf(bytes);
  bytes.set(MAGIC);
  view.setUint32(SCHEMA_AT, header.schema, true);
  view.setUint32(NUMBER_AT, header.number, true);
  view.setUint32(BASE_AT, header.base, true);
  view.setFloat64(FIRST_AT, header.first, true);
  view.setFloat64(AFTER_AT, header.after, true);
  bytes.set(header.id, ID_AT);
  const [major = 0, minor = 0, patch = 0] = (header.writer ?? VERSION).split(".").map(parseFloat);
  bytes.set([major, minor], WRITER_AT);
  view.setUint16(WRITER_AT + 2, patch, true);
  view.setUint32(CHECKSUM_AT, crc32(bytes.subarray(0, CHECKSUM_AT)), true);
}

/** The header at the beginning of a file; undefined: there is none, or it is damaged. */
export function decodeHeader(bytes: Uint8Array): SegmentHeader | undefined {
  if (bytes.length < SEGMENT_HEADER_SIZE || MAGIC.some((byte, at) => bytes[at] !== byte)) return;
  const view = viewOf(bytes);
  if (view.getUint32(CHECKSUM_AT, true) !== crc32(bytes.subarray(0, CHECKSUM_AT))) return;
  return {
    schema: view.getUint32(SCHEMA_AT, true),
    number: view.getUint32(NUMBER_AT, true),
    base: view.getUint32(BASE_AT, true),
    first: view.getFloat64(FIRST_AT, true),
    after: view.getFloat64(AFTER_AT, true),
    id: bytes.slice(ID_AT, ID_AT + STORE_ID_SIZE),
    writer: writerIn(view),
  };
}

function writerIn(view: DataView): string | undefined {
  if (view.getUint32(WRITER_AT, true) === 0) return undefined;
  const [major, minor] = [view.getUint8(WRITER_AT), view.getUint8(WRITER_AT + 1)];
  return `${major}.${minor}.${view.getUint16(WRITER_AT + 2, true)}`;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
