/**
 * A transport without a network, for tests of connections: the test hands over what is read, and says
 * when and how far a write goes. Invariant: bytes of a pending write are looked at again when it is
 * done; a change in between is an error.
 */
import type { ByteStream } from "../../lib/net/stream.ts";
import { toHex } from "./raw_packets.ts";

interface PendingWrite {
  readonly bytes: Uint8Array;
  readonly copy: Uint8Array;
  readonly done: PromiseWithResolvers<number>;
}

/** A stream in the hands of a test. */
export class FakeStream implements ByteStream {
  /** Every byte written so far. */
  written: number[] = [];
  /** Writes wait for `writeSome` instead of being done at once. */
  isSlow = false;
  closeCount = 0;
  /** The bytes that each read had room for. */
  readonly rooms: number[] = [];
  #incoming: Uint8Array[] = [];
  #ended = false;
  #read: { into: Uint8Array; done: PromiseWithResolvers<number | null> } | undefined;
  #write: PendingWrite | undefined;
  #failure: Error | undefined;

  /** Gives bytes to be read. */
  give(...parts: Uint8Array[]): void {
    this.#incoming.push(...parts.filter((part) => part.length > 0));
    this.#serveRead();
  }

  /** The peer has ended its side. */
  end(): void {
    this.#ended = true;
    this.#serveRead();
  }

  get isReading(): boolean {
    return this.#read !== undefined;
  }

  get isWriting(): boolean {
    return this.#write !== undefined;
  }

  /** Lets the pending write take so many bytes; all that it has when nothing is said. */
  writeSome(count = Infinity): void {
    const write = this.#write;
    if (write === undefined) throw new Error("no write is pending");
    this.#write = undefined;
    if (write.bytes.some((byte, at) => byte !== write.copy[at])) {
      throw new Error(`bytes changed while they were written: ${toHex(write.copy)}`);
    }
    const taken = Math.min(count, write.copy.length);
    for (const byte of write.copy.subarray(0, taken)) this.written.push(byte);
    write.done.resolve(taken);
  }

  /** The pending write fails, and every later one. */
  failWrites(error: Error): void {
    this.#failure = error;
    const write = this.#write;
    this.#write = undefined;
    write?.done.reject(error);
  }

  /** The pending read fails. */
  failRead(error: Error): void {
    const read = this.#read;
    this.#read = undefined;
    read?.done.reject(error);
  }

  read(into: Uint8Array): Promise<number | null> {
    if (this.#read !== undefined) throw new Error("two reads at once");
    if (into.length === 0) throw new Error("a read without room");
    this.rooms.push(into.length);
    this.#read = { into, done: Promise.withResolvers<number | null>() };
    const { promise } = this.#read.done;
    this.#serveRead();
    return promise;
  }

  write(bytes: Uint8Array): Promise<number> {
    if (this.#write !== undefined) throw new Error("two writes at once");
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    this.#write = { bytes, copy: bytes.slice(), done: Promise.withResolvers<number>() };
    const { promise } = this.#write.done;
    if (!this.isSlow) this.writeSome();
    return promise;
  }

  close(): void {
    if (++this.closeCount > 1) throw new Deno.errors.BadResource("closed twice");
    const gone = new Deno.errors.BadResource("closed");
    this.failRead(gone);
    this.failWrites(gone);
  }

  #serveRead(): void {
    const read = this.#read;
    if (read === undefined) return;
    const next = this.#incoming.shift();
    if (next === undefined && !this.#ended) return;
    this.#read = undefined;
    if (next === undefined) return read.done.resolve(null);
    const count = Math.min(next.length, read.into.length);
    read.into.set(next.subarray(0, count));
    if (count < next.length) this.#incoming.unshift(next.subarray(count));
    read.done.resolve(count);
  }
}
