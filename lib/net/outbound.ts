/**
 * The write side of one connection: frames are copied into a buffer, and one write is in flight. Invariants: the bytes
 * that are being written are untouched until the write resolves; packets leave in the order of their push, each
 * whole; `flush` never throws; what is pushed after the end is thrown away.
 */
import { FrameCursor, MAX_PACKET_SIZE, putUint16 } from "../wire/frame.ts";
import type { Packet, ProtocolLevel } from "../wire/packets.ts";
import { packetIdOffset } from "../wire/publish.ts";
import { firstValueOffset } from "../wire/v5/publish.ts";
import type { BufferPool } from "./buffer_pool.ts";
import type { FlushQueue } from "./flush_queue.ts";
import { DeliveryAges } from "./latency.ts";
import type { ByteStream, Traffic } from "./stream.ts";
import type { Pressed, WriteBudget } from "./write_budget.ts";
import { OutboundAliases } from "./topic_aliases.ts";
import { type PayloadPlace, WriteBuffer } from "./write_buffer.ts";
import { joined } from "../io.ts";
import { decodePacket } from "../wire/codec.ts";

/** What every client may have waiting even when the total of all is used up. */
const SHARE_WHEN_EXHAUSTED = 16_384;
/** How long a publisher waits for a subscriber who takes its bytes slowly, milliseconds. */
const PATIENCE_MS = 20;
const NO_BYTES = new Uint8Array(0);
const PUBLISH_TYPE = 3;

/** What an Outbound needs of its connection. */
export interface OutboundOwner {
  readonly stream: ByteStream;
  /** Writing failed: the connection is over. */
  writeFailed(cause: unknown): void;
  /** Bytes were written and there is room (again). */
  drained(): void;
}

/** The write buffer of one connection. */
export class Outbound implements Pressed {
  readonly #owner: OutboundOwner;
  readonly #flushQueue: FlushQueue;
  readonly #traffic: Traffic;
  readonly #limit: number;
  readonly #budget: WriteBudget;
  /** Called with every packet that goes out, for plugins that ask for packets. */
  onPacket: ((packet: Packet) => void) | undefined;
  /** True while it waits in the flush queue. */
  isDirty = false;
  /** That of the connection's client, once CONNECT has said it. */
  protocolLevel: ProtocolLevel = 4;
  /** What the client takes, as CONNECT of MQTT 5 has said it: bytes of a whole packet, MAX_PACKET_SIZE: any. */
  maximumPacketSize = MAX_PACKET_SIZE;
  /** QoS 1 and 2 messages under way. */
  receiveMaximum = 65_535;
  /** Topic aliases. */
  topicAliasMaximum = 0;
  #aliases: OutboundAliases | undefined;
  /** Undefined: no one wants to know how long messages take. */
  #ages: DeliveryAges | undefined;
  isImpatient = false;
  readonly patience = PATIENCE_MS;
  readonly #buffer: WriteBuffer;
  #writing = false;
  #writingBytes = 0;
  /** What is pushed is thrown away. */
  #closed = false;
  #isCut = false; // and what waits is forgotten
  #idle: PromiseWithResolvers<void> | undefined;
  #room: PromiseWithResolvers<void> | undefined;
  /** Bytes written since the connection began; shows whether a client takes anything. */
  written = 0;

  constructor(
    owner: OutboundOwner,
    pool: BufferPool,
    flushQueue: FlushQueue,
    traffic: Traffic,
    budget: WriteBudget,
    limit: number,
  ) {
    this.#owner = owner;
    this.#buffer = new WriteBuffer(pool);
    this.#flushQueue = flushQueue;
    this.#traffic = traffic;
    this.#budget = budget;
    this.#limit = limit;
  }

  /** Bytes that are not yet with the operating system. */
  get backlog(): number {
    return this.#buffer.size + this.#writingBytes;
  }

  get hasRoom(): boolean {
    const { used, limit } = this.#budget;
    const allowed = used < limit ? this.#limit : Math.min(this.#limit, SHARE_WHEN_EXHAUSTED);
    return this.backlog < allowed && !this.#closed;
  }

  /** More than half of what is allowed waits: publishers should slow down. */
  get isPressed(): boolean {
    return this.backlog * 2 > this.#limit && !this.#closed;
  }

  /** Sends a whole frame; it is copied. */
  push(frame: Uint8Array): void {
    if (this.#closed) return;
    this.#sent(this.#buffer.copy(frame), frame.length);
  }

  /** Sends a QoS 0 PUBLISH frame under this first byte; the frame is copied. */
  pushPublish(frame: Uint8Array, header: number): void {
    if (this.#closed) return;
    const at = this.#buffer.copy(frame);
    this.#buffer.bytes[at] = header;
    this.#sent(at, frame.length);
  }

  /** Sends a QoS 1 or 2 PUBLISH frame under this first byte and packet id; the frame is copied. */
  pushPublishWithId(
    frame: Uint8Array,
    header: number,
    topicLength: number,
    packetId: number,
  ): void {
    if (this.#closed) return;
    const at = this.#buffer.copy(frame);
    const { bytes } = this.#buffer;
    bytes[at] = header;
    putUint16(bytes, packetIdOffset(bytes, topicLength, at), packetId);
    this.#sent(at, frame.length);
  }

  /** Aliases for topic names; undefined: the client takes none. */
  get aliases(): OutboundAliases | undefined {
    const maximum = this.topicAliasMaximum;
    return maximum === 0 ? undefined : this.#aliases ??= new OutboundAliases(maximum);
  }

  /** Sends a PUBLISH frame of MQTT 5 whose first property is a topic alias; packet id 0: QoS 0. */
  pushAliased(
    frame: Uint8Array,
    header: number,
    topicLength: number,
    packetId: number,
    topicAlias: number,
  ): void {
    if (this.#closed) return;
    const at = this.#buffer.copy(frame);
    const { bytes } = this.#buffer;
    bytes[at] = header;
    const idAt = packetIdOffset(bytes, topicLength, at);
    if (packetId !== 0) putUint16(bytes, idAt, packetId);
    putUint16(bytes, firstValueOffset(bytes, packetId === 0 ? idAt : idAt + 2), topicAlias);
    this.#sent(at, frame.length);
  }

  /** Sends a QoS 0 PUBLISH made of its parts, which are copied; for a sender who has no frame. */
  pushMessage(header: number, topic: Uint8Array, payload: Uint8Array): void {
    this.pushCopied(header, topic, 0, { bytes: payload, offset: 0, payloadLength: payload.length });
  }

  /** Sends a PUBLISH made of its parts, which are copied; packet id 0: QoS 0. Of MQTT 5 it has no properties. */
  pushCopied(header: number, topic: Uint8Array, packetId: number, payload: PayloadPlace): void {
    if (this.#closed) return;
    const at = this.#buffer.message(header, topic, packetId, payload, this.protocolLevel === 5);
    this.#sent(at, this.#buffer.end - at);
  }

  /** Sends a PUBLISH whose payload never changes again, by reference. */
  pushParts(head: Uint8Array, payload: Uint8Array): void {
    if (this.#closed) return;
    this.#buffer.copy(head);
    this.#buffer.share(payload);
    this.#count(head[0]!, head.length + payload.length);
    if (this.onPacket !== undefined) this.#observe(joined([head, payload]));
  }

  /** Sends a packet of four bytes: type and packet id. */
  pushAck(header: number, packetId: number): void {
    if (this.#closed) return;
    this.#sent(this.#buffer.ack(header, packetId), 4);
  }

  /** A PUBLISH with that much payload was pushed. @param readAt when it was read; undefined: it has waited */
  published(payloadLength: number, readAt: number | undefined): void {
    const { latency } = this.#traffic;
    this.#traffic.payloadBytesSent += payloadLength;
    if (readAt === undefined || latency === undefined) return;
    (this.#ages ??= new DeliveryAges(latency)).add(readAt);
  }

  /** Starts writing, unless a write is in flight already. */
  flush(): void {
    this.isDirty = false;
    if (this.#writing || this.backlog === 0 || this.#isCut) return;
    this.#writing = true;
    this.#writeAll();
  }

  /** Resolves when nothing waits any more, or the connection is over. */
  whenIdle(): Promise<void> {
    this.flush();
    if (!this.#writing || this.#isCut) return Promise.resolve();
    return (this.#idle ??= Promise.withResolvers<void>()).promise;
  }

  /** Resolves when less than half of the limit waits, or the connection is over. */
  whenRoom(): Promise<void> {
    if (!this.isPressed) return Promise.resolve();
    return (this.#room ??= Promise.withResolvers<void>()).promise;
  }

  /** Sends a last frame; what is pushed behind it is thrown away. Resolves as `whenIdle` does. */
  finish(frame: Uint8Array): Promise<void> {
    this.push(frame);
    this.#closed = true;
    this.#room?.resolve();
    return this.whenIdle();
  }

  /** Forgets what waits. */
  close(): void {
    if (this.#isCut) return;
    this.#closed = this.#isCut = true;
    if (!this.#writing) this.#release();
    this.#idle?.resolve();
    this.#room?.resolve();
  }

  #drained(): void {
    if (this.#closed) return;
    if (!this.isPressed) {
      this.isImpatient = false;
      this.#room?.resolve();
      this.#room = undefined;
    }
    this.#owner.drained();
  }

  #sent(at: number, size: number): void {
    const { bytes } = this.#buffer;
    this.#count(bytes[at]!, size);
    if (this.onPacket !== undefined) this.#observe(bytes.subarray(at, at + size));
  }

  #count(header: number, size: number): void {
    const traffic = this.#traffic;
    traffic.packetsSent++;
    traffic.bytesSent += size;
    if (header >> 4 === PUBLISH_TYPE) traffic.publishSent++;
    this.#budget.used += size;
    if (!this.isDirty) this.#flushQueue.add(this);
    if (!this.isImpatient && this.isPressed) this.#budget.press(this);
  }

  #observe(frame: Uint8Array): void {
    const cursor = new FrameCursor();
    cursor.find(frame, 0, frame.length, Infinity);
    this.onPacket?.(decodePacket(frame, cursor, this.protocolLevel));
  }

  /** The one writer; one function, for each further one that is awaited costs every small write a promise. */
  async #writeAll(): Promise<void> {
    const { stream } = this.#owner;
    const buffer = this.#buffer;
    try {
      while (buffer.size > 0 && !this.#isCut) {
        let rest = buffer.take();
        this.#writingBytes = rest.length;
        if (buffer.size === 0) this.#ages?.taken();
        while (rest.length > 0) {
          const count = await stream.write(rest);
          this.#written(count);
          rest = count === rest.length ? NO_BYTES : rest.subarray(count);
          if (rest.length === 0) this.#ages?.written();
          if (rest.length === 0) buffer.giveBack();
          this.#drained(); // a short write makes room too
        }
      }
    } catch (cause) {
      this.#owner.writeFailed(cause);
    }
    buffer.giveBack();
    this.#writing = false;
    if (this.#isCut) this.#release();
    this.#idle?.resolve();
    this.#idle = undefined;
  }

  #written(count: number): void {
    this.#budget.used -= count;
    this.written += count;
    this.#writingBytes -= count;
  }

  #release(): void {
    this.#budget.used -= this.backlog;
    this.#writingBytes = 0;
    this.#buffer.clear();
  }
}
