/**
 * A batch as it stands in a segment, schema 1: checksum, length, mark, numbers, times, body; little-endian. Invariants:
 * the checksum covers all that follows it; the mark has bytes that no client knows, so that no payload passes for a batch.
 */
import { Buffer } from "node:buffer";
import { crc32 } from "node:zlib";
import type { Batch } from "../batch_log.ts";
import { encodeHeader, SEGMENT_HEADER_SIZE, type SegmentHeader } from "./segment.ts";

/** Bytes in front of a body. */
export const FRAME_HEADER_SIZE = 48;

const LENGTH_AT = 4;
const TAG_AT = 8;
const SEGMENT_AT = 12;
const NUMBER_AT = 16;
const KEEP_FROM_AT = 24;
const TIME_AT = 32;
const WALL_AT = 40;
const MARK_SIZE = 8;

/** Bodies up to this many bytes are copied behind their header, and written with it. */
const SMALL_BODY = 64 * 1024;

/** What all batches of one segment have, and those of another file, or of an older use of this one, have not. */
export interface FrameMark {
  /** Of the store. */
  readonly tag: number;
  /** Of the segment. */
  readonly segment: number;
}

/** A batch in the bytes of a segment. */
export interface Frame {
  readonly batch: Batch;
  readonly at: number;
  readonly size: number;
}

/** What is not whole. */
export interface Torn {
  readonly bytes: number;
  readonly batches: number;
}

/** The mark of a segment. `id`: of its store. */
export function markOf(id: Uint8Array, segment: number): FrameMark {
  return { tag: new DataView(id.buffer, id.byteOffset).getUint32(0, true), segment };
}

/** Makes frames in one buffer, over and over: what it gives is good until the next call. */
export class FrameEncoder {
  readonly #buffer = new Uint8Array(SEGMENT_HEADER_SIZE + FRAME_HEADER_SIZE + SMALL_BODY);
  readonly #view = new DataView(this.#buffer.buffer);

  /**
   * What is to be written for a batch, in order: one piece, or two of a large one.
   * @param header goes in front
   */
  encode(batch: Batch, mark: FrameMark, header?: SegmentHeader): Uint8Array[] {
    const at = header === undefined ? 0 : SEGMENT_HEADER_SIZE;
    if (header !== undefined) encodeHeader(this.#buffer, header);
    const start = at + FRAME_HEADER_SIZE;
    this.#writeNumbers(at, batch, mark);
    const checksum = crc32(batch.body, crc32(this.#buffer.subarray(at + LENGTH_AT, start)));
    this.#view.setUint32(at, checksum, true);
    if (batch.body.length > SMALL_BODY) return [this.#buffer.subarray(0, start), batch.body];
    this.#buffer.set(batch.body, start);
    return [this.#buffer.subarray(0, start + batch.body.length)];
  }

  #writeNumbers(at: number, batch: Batch, mark: FrameMark): void {
    const view = this.#view;
    view.setUint32(at + LENGTH_AT, batch.body.length, true);
    view.setUint32(at + TAG_AT, mark.tag, true);
    view.setUint32(at + SEGMENT_AT, mark.segment, true);
    view.setFloat64(at + NUMBER_AT, batch.number, true);
    view.setFloat64(at + KEEP_FROM_AT, batch.keepFrom, true);
    view.setFloat64(at + TIME_AT, batch.time, true);
    view.setFloat64(at + WALL_AT, batch.wall, true);
  }
}

/** The whole and undamaged batch that begins here; undefined: there is none. Its body is a copy. */
export function frameAt(bytes: Uint8Array, at: number, mark: FrameMark): Frame | undefined {
  if (at + FRAME_HEADER_SIZE > bytes.length) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, FRAME_HEADER_SIZE);
  if (view.getUint32(TAG_AT, true) !== mark.tag) return undefined;
  if (view.getUint32(SEGMENT_AT, true) !== mark.segment) return undefined;
  const size = FRAME_HEADER_SIZE + view.getUint32(LENGTH_AT, true);
  if (at + size > bytes.length) return undefined;
  if (crc32(bytes.subarray(at + LENGTH_AT, at + size)) !== view.getUint32(0, true)) {
    return undefined;
  }
  const batch = {
    number: view.getFloat64(NUMBER_AT, true),
    keepFrom: view.getFloat64(KEEP_FROM_AT, true),
    time: view.getFloat64(TIME_AT, true),
    wall: view.getFloat64(WALL_AT, true),
    body: bytes.slice(at + FRAME_HEADER_SIZE, at + size),
  };
  return { batch, at, size };
}

/** The mark of a segment that has no header, from its first batch, or else that of the store. */
export function markIn(bytes: Uint8Array, segment: number, id: Uint8Array | undefined): FrameMark {
  const at = SEGMENT_HEADER_SIZE + TAG_AT;
  if (at + MARK_SIZE <= bytes.length) {
    const tag = new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true);
    const frame = frameAt(bytes, SEGMENT_HEADER_SIZE, { tag, segment });
    if (frame !== undefined) return { tag, segment };
  }
  return id === undefined ? { tag: 0, segment } : markOf(id, segment);
}

/** Where batches begin, from here on, going by their marks. */
function* marksFrom(bytes: Uint8Array, from: number, mark: FrameMark): Generator<number> {
  const pattern = new Uint8Array(MARK_SIZE);
  const view = new DataView(pattern.buffer);
  view.setUint32(0, mark.tag, true);
  view.setUint32(SEGMENT_AT - TAG_AT, mark.segment, true);
  const haystack = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  let found = haystack.indexOf(pattern, from + TAG_AT);
  for (; found >= 0; found = haystack.indexOf(pattern, found + 1)) yield found - TAG_AT;
}

/** The first batch that begins here or later. */
function nextFrame(bytes: Uint8Array, from: number, mark: FrameMark): Frame | undefined {
  for (const at of marksFrom(bytes, from, mark)) {
    const frame = frameAt(bytes, at, mark);
    if (frame !== undefined) return frame;
  }
  return undefined;
}

/** All batches of a segment's bytes, in their order; what is between them, and no batch, is passed over. */
export function* framesOf(bytes: Uint8Array, mark: FrameMark): Generator<Frame, undefined> {
  for (let at = SEGMENT_HEADER_SIZE;;) {
    const frame = frameAt(bytes, at, mark) ?? nextFrame(bytes, at, mark);
    if (frame === undefined) return;
    yield frame;
    at = frame.at + frame.size;
  }
}

/** Behind the last batch: how many bytes of others there may be, which are not whole, and how many of them begin. */
export function tornAt(bytes: Uint8Array, at: number, mark: FrameMark): Torn {
  const batches = [...marksFrom(bytes, at, mark)].length;
  const rest = bytes.length - at;
  if (batches === 0 || rest < FRAME_HEADER_SIZE) return { bytes: batches && rest, batches };
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, FRAME_HEADER_SIZE);
  const size = FRAME_HEADER_SIZE + view.getUint32(LENGTH_AT, true);
  return { bytes: Math.min(size, rest), batches };
}
