/**
 * What waits to be written on one connection: a growing buffer that frames are copied into, behind chunks that go by
 * reference. Invariants: bytes leave in the order they came; a chunk that was taken is touched no more; an empty one
 * holds no buffer.
 */
import { putUint16, varintSize, writeVarint } from "../wire/frame.ts";
import type { BufferPool } from "./buffer_pool.ts";

const NO_BUFFER = new Uint8Array(0);

/** Where a payload lies: `payloadLength` of these bytes, from the offset on. */
export interface PayloadPlace {
  readonly bytes: Uint8Array;
  readonly offset: number;
  readonly payloadLength: number;
}

/** Bytes in, chunks out. */
export class WriteBuffer {
  readonly #pool: BufferPool;
  /** Where offsets that `reserve` and `copy` return count; a call of either may put another in its place. */
  bytes: Uint8Array<ArrayBuffer> = NO_BUFFER;
  #length = 0;
  /** Whole chunks before the buffer's content. */
  #sealed: Uint8Array[] = [];
  #sealedBytes = 0;
  /** The buffer that the chunk taken last lies in, where it is the pool's. */
  #lent: Uint8Array<ArrayBuffer> | undefined;

  constructor(pool: BufferPool) {
    this.#pool = pool;
  }

  /** Bytes that wait. */
  get size(): number {
    return this.#length + this.#sealedBytes;
  }

  /** Copies a frame behind what waits; returns where it begins. */
  copy(frame: Uint8Array): number {
    const at = this.reserve(frame.length);
    this.bytes.set(frame, at);
    return at;
  }

  /**
   * Writes a PUBLISH made of its parts; returns where it begins. It is what was written last.
   * @param packetId 0: none, at QoS 0
   * @param hasProperties it has a list of them, which is empty
   */
  message(
    header: number,
    topic: Uint8Array,
    packetId: number,
    { bytes: from, offset, payloadLength }: PayloadPlace,
    hasProperties = false,
  ): number {
    const more = (packetId === 0 ? 0 : 2) + (hasProperties ? 1 : 0);
    const remaining = 2 + topic.length + more + payloadLength;
    const size = 1 + varintSize(remaining) + remaining;
    const start = this.reserve(size);
    const { bytes } = this;
    bytes[start] = header;
    const at = writeVarint(bytes, start + 1, remaining);
    putUint16(bytes, at, topic.length);
    bytes.set(topic, at + 2);
    const topicEnd = at + 2 + topic.length;
    if (packetId !== 0) putUint16(bytes, topicEnd, packetId);
    if (hasProperties) bytes[topicEnd + more - 1] = 0;
    const isAll = payloadLength === from.length;
    bytes.set(isAll ? from : from.subarray(offset, offset + payloadLength), topicEnd + more);
    return start;
  }

  /** Writes a packet of four bytes: type and packet id; returns where it begins. */
  ack(header: number, packetId: number): number {
    const at = this.reserve(4);
    const { bytes } = this;
    bytes[at] = header;
    bytes[at + 1] = 2;
    putUint16(bytes, at + 2, packetId);
    return at;
  }

  /** Where the next bytes will begin. */
  get end(): number {
    return this.#length;
  }

  /** Makes room for bytes that the caller writes at once; returns where they begin. */
  reserve(size: number): number {
    const at = this.#length;
    if (at + size > this.bytes.length) this.#grow(at + size);
    this.#length = at + size;
    return at;
  }

  /** Puts bytes that never change behind what waits, by reference. */
  share(chunk: Uint8Array): void {
    if (this.#length > 0) {
      this.#sealed.push(this.bytes.subarray(0, this.#length));
      this.#sealedBytes += this.#length;
      this.bytes = NO_BUFFER;
      this.#length = 0;
    }
    this.#sealed.push(chunk);
    this.#sealedBytes += chunk.length;
  }

  /** What is to be written next; `giveBack` when it is. There must be something. */
  take(): Uint8Array {
    const chunk = this.#sealed.shift();
    if (chunk !== undefined) {
      this.#sealedBytes -= chunk.length;
      return chunk;
    }
    const content = this.bytes.subarray(0, this.#length);
    this.#lent = this.bytes;
    this.bytes = NO_BUFFER;
    this.#length = 0;
    return content;
  }

  /** Nothing reads the chunk that was taken any more. */
  giveBack(): void {
    if (this.#lent !== undefined) this.#pool.give(this.#lent);
    this.#lent = undefined;
  }

  /** Forgets what waits. */
  clear(): void {
    if (this.bytes.length > 0) this.#pool.give(this.bytes);
    this.bytes = NO_BUFFER;
    this.#length = 0;
    this.#sealed = [];
    this.#sealedBytes = 0;
  }

  #grow(size: number): void {
    const old = this.bytes;
    this.bytes = this.#pool.take(size);
    this.bytes.set(old.subarray(0, this.#length));
    if (old.length > 0) this.#pool.give(old);
  }
}
