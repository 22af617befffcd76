/**
 * The frames of a WebSocket (RFC 6455) as a ByteStream, for either side: the payloads of binary frames are one stream
 * of bytes, whose frame borders mean nothing [MQTT-6.0.0-2]. Invariants: frames are read into the reader's own buffer
 * and become payload there, so that an idle WebSocket holds none (of that buffer any byte may change); the stream
 * below is read exactly as this one is; one frame is written at a time.
 */
import { withDeadline } from "../../wait.ts";
import type { CloseReason } from "../../wire/codes.ts";
import type { BufferPool } from "../buffer_pool.ts";
import { type ByteStream, leave } from "../stream.ts";
import { closePayload, farewellFor } from "./ws_close.ts";
import { FrameDecoder, type WebSocketRole } from "./ws_decoder.ts";
import { LONGEST_FRAME, Opcode } from "./ws_frame.ts";
import { FrameWriter } from "./ws_writer.ts";

export type { WebSocketRole } from "./ws_decoder.ts";

/** What the WebSockets of a listener have in common. */
export interface WebSocketServices {
  /** Lends the buffers of frames that are written. */
  readonly pool: BufferPool;
  /** A ping is sent where nothing was for this time, milliseconds; Infinity: none is. */
  readonly pingInterval: number;
}

/** After this many reads below that brought no payload everything else has its turn. */
const MOST_EMPTY_READS = 16;
/** How long a last frame may take to leave, milliseconds: a peer that takes no bytes gets none. */
const FAREWELL_MS = 150;
/** Read at a time where what is kept leaves no room in the reader's buffer. */
const SPARE_ROOM = 256;
const NO_BYTES = new Uint8Array(0);

/** An open WebSocket. */
export class WebSocketStream implements ByteStream {
  isFull = false;
  readonly #stream: ByteStream;
  readonly #decoder: FrameDecoder;
  readonly #writer: FrameWriter;
  readonly #pingInterval: number;
  /** Closed by us, or by a close frame. */
  #isOver = false;
  /** Frames that were written when `keepOpen` last saw another number, and when that was. */
  #framesSeen = -1;
  #quietSince = 0;

  /**
   * @param rest bytes behind the handshake, which are ours now
   * @param services undefined: of a client, which sends no pings
   */
  constructor(
    stream: ByteStream,
    role: WebSocketRole,
    rest: Uint8Array,
    services?: WebSocketServices,
  ) {
    this.#stream = stream;
    this.#decoder = new FrameDecoder(role, rest);
    this.#writer = new FrameWriter(stream, role === "client", services?.pool);
    this.#pingInterval = services?.pingInterval ?? Infinity;
  }

  /** See ByteStream; throws WebSocketFault for what the peer must not send. */
  async read(into: Uint8Array): Promise<number | null> {
    const decoder = this.#decoder;
    for (let reads = 1;; reads++) {
      const { kept } = decoder;
      if (kept.length > 0 || decoder.fault !== undefined) {
        const count = this.#decode(kept, kept.length, into);
        if (count > 0) return count;
      }
      if (this.#isOver) {
        await this.#writer.whenIdle(); // our close frame
        return null;
      }
      const waiting = decoder.kept.length;
      const bytes = waiting < into.length ? into : new Uint8Array(waiting + SPARE_ROOM);
      const room = waiting === 0 ? bytes : this.#behindKept(bytes);
      const read = await this.#stream.read(room);
      if (read === null) return this.#end();
      this.isFull = bytes === into && read === room.length;
      const count = this.#decode(bytes, waiting + read, into);
      if (count > 0) return count;
      if (reads % MOST_EMPTY_READS === 0) await new Promise((resolve) => setTimeout(resolve, 0));
    }
  }

  /** See ByteStream: one frame [MQTT-6.0.0-1]. */
  write(bytes: Uint8Array): Promise<number> {
    if (this.#isOver) return Promise.reject(new Error("the WebSocket is closed"));
    return this.#writer.write(Opcode.BINARY, bytes.subarray(0, LONGEST_FRAME));
  }

  close(): void {
    this.#isOver = true;
    this.#stream.close();
  }

  /** See ByteStream: with a close frame, where the peer has sent none. */
  async leave(reason: CloseReason): Promise<void> {
    const { fault } = this.#decoder;
    const payload = fault === undefined
      ? farewellFor(reason)
      : closePayload(fault.closeCode, fault.message);
    const isOver = this.#isOver;
    this.#isOver = true;
    if (payload !== undefined && !isOver) {
      const written = this.#writer.write(Opcode.CLOSE, payload);
      await withDeadline(written.catch(() => {}), FAREWELL_MS); // who has gone needs no farewell
    }
    await leave(this.#stream, reason);
  }

  keepOpen(now: number): void {
    const { count, isBusy } = this.#writer;
    if (this.#framesSeen !== count) {
      this.#framesSeen = count;
      this.#quietSince = now;
    } else if (now - this.#quietSince >= this.#pingInterval && !isBusy && !this.#isOver) {
      this.#writer.write(Opcode.PING, NO_BYTES).catch(() => {}); // the next write meets the same end
    }
  }

  /** Decodes in place, and answers what came in between; what does not stand in `into` goes there. */
  #decode(bytes: Uint8Array, end: number, into: Uint8Array): number {
    const decoder = this.#decoder;
    try {
      const count = decoder.decode(bytes, end, into.length);
      if (bytes !== into && count > 0) into.set(bytes.subarray(0, count));
      return count;
    } finally {
      if (decoder.ping !== undefined || decoder.close !== undefined) this.#answer();
    }
  }

  #answer(): void {
    const decoder = this.#decoder;
    if (this.#isOver) return;
    if (decoder.ping !== undefined) this.#writer.pong(decoder.ping);
    decoder.ping = undefined;
    if (decoder.close === undefined) return;
    this.#isOver = true;
    this.#writer.write(Opcode.CLOSE, decoder.close).catch(() => {}); // it has closed
  }

  /** What is kept goes to the front of `bytes`; answers what is behind it. */
  #behindKept(bytes: Uint8Array): Uint8Array {
    const { kept } = this.#decoder;
    bytes.set(kept);
    return bytes.subarray(kept.length);
  }

  #end(): null {
    if (this.#decoder.kept.length === 0 && this.#decoder.left === 0) return null;
    throw new Error("WebSocket cut off within a frame");
  }
}
