/**
 * One network connection: its loop reads, hands every frame to the handler, and flushes at the end of the chunk.
 * Invariants: frames are handled one at a time and in order, a handler's promise stops this connection only;
 * `close` acts once; the handler hears of the end exactly once, synchronously.
 */
import { messageOf } from "../user_error.ts";
import { type CloseReason, ReasonCode } from "../wire/codes.ts";
import { inVersion5, isPeerFault } from "../wire/errors.ts";
import type { BufferPool } from "./buffer_pool.ts";
import { withDeadline } from "../wait.ts";
import { LINGER_MS, lossOf, lost, sayAndLeave } from "./departure.ts";
import type { FlushQueue } from "./flush_queue.ts";
import type { FrameHandler } from "./frame_handler.ts";
import { Inbound } from "./inbound.ts";
import { Outbound } from "./outbound.ts";
import type { ReadLimiter } from "./read_limiter.ts";
import { Patience, type WriteBudget } from "./write_budget.ts";
import { QUANTUM } from "./rest_queue.ts";
import { type ByteStream, leave, type Traffic } from "./stream.ts";
import type { Turn } from "./turn.ts";

/** What all connections of a broker share. */
export interface NetServices {
  readonly pool: BufferPool;
  readonly flushQueue: FlushQueue;
  readonly turn: Turn;
  readonly traffic: Traffic;
  readonly budget: WriteBudget;
  /** Milliseconds of a monotonic clock. */
  now(): number;
}

export type { FrameHandler } from "./frame_handler.ts";

/**
 * Bytes may come as fast as they are read, in reads that are never full, and are then served from microtasks for
 * ever: after that many frames a connection asks whether the event loop has had its turn.
 */
const STREAK_FRAMES = 100;
/** Bytes of an unfinished packet that show that its sender is alive. */
const GROWTH = 1024;
/** A client that takes none of its bytes for so long is closed, milliseconds. */
const STALL_MS = 30_000;

/** The peer has ended the connection; MQTT wants a DISCONNECT before. */
const ENDED_BY_PEER = lost("connection closed by the peer");
const CLOSED: CloseReason = { code: ReasonCode.SUCCESS, text: "closed" };
const SILENT: CloseReason = { code: ReasonCode.KEEP_ALIVE_TIMEOUT, text: "keep-alive time-out" };
const STALLED: CloseReason = { code: ReasonCode.UNSPECIFIED_ERROR, text: "takes no bytes" };

/** A connection and its loop. */
export class Connection {
  readonly stream: ByteStream;
  readonly inbound: Inbound;
  readonly outbound: Outbound;
  readonly #services: NetServices;
  readonly #handler: FrameHandler;
  isOpen = true;
  /** When bytes came last that completed a packet, or made one grow enough, on the services' clock. */
  lastReceived: number;
  /** A packet that grows by GROWTH bytes in this time, milliseconds, counts as received; 0: none does. */
  growthTime = 0;
  /** How fast it is read; undefined: as fast as bytes come. */
  limiter: ReadLimiter | undefined = undefined;
  /** See Reader. */
  credit = QUANTUM;
  #growthSince = 0;
  #growth = 0;
  #isReading = false;
  #readAt = 0;
  #workFrom = 0;
  #streak = 0;
  #patience: Patience | undefined;
  #lastWritten = 0;
  #lastWrittenAt: number;
  #isHandling = false;
  #closing: Promise<void> | undefined;
  #leaving: Promise<void> | undefined;

  /**
   * @param rest bytes that were read already
   * @param makeHandler gets the connection, whose fields are ready except the handler itself
   */
  constructor(
    { stream, rest }: { readonly stream: ByteStream; readonly rest?: Uint8Array | undefined },
    services: NetServices,
    limits: { maxPacketSize: number; maxWriteBacklog: number },
    makeHandler: (connection: Connection) => FrameHandler,
  ) {
    this.stream = stream;
    this.#services = services;
    this.inbound = new Inbound(limits.maxPacketSize, rest);
    const { pool, flushQueue, traffic, budget } = services;
    const limit = limits.maxWriteBacklog;
    this.outbound = new Outbound(this, pool, flushQueue, traffic, budget, limit);
    this.lastReceived = this.#lastWrittenAt = services.now();
    this.#handler = makeHandler(this);
  }

  /**
   * Serves the connection to its end; never rejects. One function: each further one that waits for as long as the
   * connection lasts is a third of a KiB.
   */
  async run(): Promise<void> {
    const { traffic, now } = this.#services;
    try {
      while (this.isOpen && this.#closing === undefined) {
        this.#isReading = true;
        const count = this.inbound.early() ??
          await this.stream.read(
            this.inbound.space(this.limiter?.room ?? this.#services.turn.room),
          );
        this.#isReading = false;
        if (count === null) return await this.closeAfterFlush(ENDED_BY_PEER);
        this.inbound.filled(count, this.stream.isFull);
        this.#readAt = this.#workFrom = now();
        traffic.bytesReceived += count;
        this.limiter?.received(count, this.#readAt);
        this.#isHandling = true;
        for (;;) {
          const waiting = this.#handleFrames();
          if (waiting === undefined) break;
          await waiting;
          this.#workFrom = now();
        }
        this.#isHandling = false;
        const others = this.#beforeRead(count);
        if (others !== undefined) await others;
      }
      await this.closeAfterFlush(CLOSED);
    } catch (error) {
      await this.#failed(error);
    }
  }

  /** Ends the connection now; what waits to be written is lost, unless the peer is to get a last word behind it. */
  close(reason: CloseReason, error?: Error): void {
    this.#end(reason, error);
  }

  /** Ends the connection when what waits is written, or after a second; resolves when it is over. */
  closeAfterFlush(reason: CloseReason, error?: Error): Promise<void> {
    return this.#closing ??= this.#linger(reason, error);
  }

  /**
   * Called every now and then: is the client silent, or has it stopped taking its bytes?
   * @param maxSilence milliseconds, Infinity for ever
   * @returns the reason to close it, or undefined
   */
  overdue(now: number, maxSilence: number): CloseReason | undefined {
    if (!this.#isReading) this.lastReceived = now; // its silence is ours
    const { written, backlog } = this.outbound;
    if (backlog === 0 || written !== this.#lastWritten) {
      this.#lastWritten = written;
      this.#lastWrittenAt = now;
    }
    this.stream.keepOpen?.(now);
    if (now - this.lastReceived > maxSilence) return SILENT;
    if (now - this.#lastWrittenAt > STALL_MS) return STALLED;
    return undefined;
  }

  /** Does a handler wait with a frame, while no further one is handled? To be asked from outside of a handler. */
  get isWaiting(): boolean {
    return this.#isHandling;
  }

  /** When the bytes that are handled now were read, on the services' clock. */
  get readAt(): number {
    return this.#readAt;
  }

  /** For Outbound: writing failed. */
  writeFailed(cause: unknown): void {
    this.close(lossOf(cause));
  }

  /** For Outbound: bytes were written. */
  drained(): void {
    this.#handler.drained();
  }

  async #linger(reason: CloseReason, error: Error | undefined): Promise<void> {
    const isTaking = await withDeadline(this.outbound.whenIdle(), LINGER_MS);
    this.#end(reason, error, isTaking);
    await this.#leaving;
  }

  /** @param isTaking does the peer take bytes, as far as is known? */
  #end(reason: CloseReason, error: Error | undefined, isTaking = reason !== STALLED): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.limiter?.close();
    const word = isTaking ? this.#handler.lastWord?.(reason, error) : undefined;
    if (word === undefined) {
      this.outbound.close();
      this.#leaving = leave(this.stream, reason);
    } else {
      const mayHaveMore = !this.#isReading && (error !== undefined || this.inbound.wasFilled);
      this.#leaving = sayAndLeave(this, word, reason, mayHaveMore);
    }
    this.#handler.ended(reason, error);
  }

  /** What the last frame's handler waits for, and those whom it has filled up, but not this connection itself. */
  #waitForBoth(waiting: void | Promise<void>, budget: WriteBudget): void | Promise<void> {
    const { pressed } = budget;
    budget.pressed = undefined;
    pressed?.delete(this.outbound);
    if (pressed === undefined || pressed.size === 0) return waiting;
    const room = (this.#patience ??= new Patience(this.#services.now)).waitFor(pressed);
    return waiting === undefined ? room : Promise.all([waiting, room]).then(() => {});
  }

  /** Are its reads served from microtasks, one after the other? */
  #neverRests(): boolean {
    if (this.#streak < STREAK_FRAMES) return false;
    this.#streak = 0;
    return this.#services.turn.isStarving();
  }

  async #failed(error: unknown): Promise<void> {
    const said = this.outbound.protocolLevel === 5 ? inVersion5(error) : error;
    if (isPeerFault(said)) await this.closeAfterFlush(said, said); // also of the transport's frames
    else if (!this.#isHandling || !(error instanceof Error)) this.close(lossOf(error));
    else this.close({ code: ReasonCode.UNSPECIFIED_ERROR, text: messageOf(error) }, error);
  }

  /** What is to be waited for before more is read; undefined: nothing. */
  #beforeRead(count: number): Promise<void> | undefined {
    const { turn } = this.#services;
    if (this.lastReceived !== this.#readAt) this.#grown(count);
    else if (this.#workFrom !== this.#readAt) this.lastReceived = this.#workFrom; // its silence was ours
    let others = this.inbound.wasFilled
      ? turn.rest(this, count)
      : turn.quiet(this, count, this.#readAt);
    if (others === undefined && turn.isLate(this.#readAt) && this.#neverRests()) {
      others = turn.pause();
    }
    if (others === undefined && this.outbound.hasRoom && this.limiter === undefined) {
      return this.#handler.behind?.();
    }
    return this.#waitForAll(others);
  }

  async #waitForAll(others: Promise<void> | undefined): Promise<void> {
    if (others !== undefined) await others;
    if (!this.outbound.hasRoom) await this.outbound.whenRoom();
    const behind = this.#handler.behind?.();
    if (behind !== undefined) await behind;
    const slow = this.limiter?.beforeRead();
    if (slow !== undefined) await this.#slowed(slow);
  }

  /** It is read later, for it sends too fast: its silence meanwhile is ours. */
  async #slowed(until: Promise<void>): Promise<void> {
    await until;
    this.lastReceived = this.#services.now();
  }

  /** Bytes came that completed no packet. */
  #grown(count: number): void {
    const isNew = this.#growthSince <= this.lastReceived;
    if (isNew || this.#readAt - this.#growthSince > this.growthTime) {
      this.#growthSince = this.#readAt;
      this.#growth = 0;
    }
    this.#growth += count;
    if (this.#growth >= GROWTH && this.growthTime > 0) this.lastReceived = this.#readAt;
  }

  /** Handles frames until a handler has to wait, or no whole frame is left. */
  #handleFrames(): void | Promise<void> {
    const { flushQueue, traffic, budget, turn } = this.#services;
    flushQueue.inTurn = true;
    let isPaused = false;
    budget.pressed = undefined; // by what no publisher waits for
    try {
      while (this.isOpen && this.#closing === undefined && this.inbound.next()) {
        traffic.packetsReceived++;
        this.lastReceived = this.#readAt;
        const waiting = this.#handler.handleFrame();
        if (waiting !== undefined || budget.pressed !== undefined) {
          const both = this.#waitForBoth(waiting, budget);
          if (both !== undefined) return both;
        }
        this.#streak++;
        isPaused = turn.isLong(this.#workFrom);
        if (isPaused) return turn.pause();
      }
      const { nextHeader } = this.inbound;
      return nextHeader === undefined ? undefined : this.#handler.incomplete?.(nextHeader);
    } finally {
      flushQueue.inTurn = false;
      if (!isPaused) flushQueue.flushAll(this.outbound); // else it comes after the pause, with more in each write
    }
  }
}
