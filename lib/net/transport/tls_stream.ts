/**
 * A socket of node:tls, or of node:net, as a ByteStream, whichever side has opened it. Invariants: bytes that were
 * not read stop the peer; what ended the socket is what reads and writes then say; after `close` nothing waits, and
 * nothing stays open.
 */
import type { Duplex } from "node:stream";
import type { ByteStream } from "../stream.ts";
import { ChunkSource } from "./chunk_source.ts";

/** An open socket. */
export class TlsStream implements ByteStream {
  readonly #socket: Duplex;
  readonly #source: ChunkSource;
  #isClosed = false;
  /** What ended the socket; a write only hears that it has ended. */
  #failure: Error | undefined;
  /** Ends the wait of the write that is under way: not every Deno does when a socket is destroyed. */
  #giveUp: ((why: Error) => void) | undefined;

  /** Takes the socket over: no one else may read, write or end it. */
  constructor(socket: Duplex) {
    this.#socket = socket;
    socket.allowHalfOpen = true; // as over TCP, the peer's end is not ours
    this.#source = new ChunkSource({
      pause: () => pause(socket),
      resume: () => resume(socket),
    });
    socket.on("data", (chunk: Uint8Array) => this.#source.push(chunk));
    socket.on("end", () => this.#source.end());
    socket.on("error", (error) => this.#ended(failureOf(error)));
    socket.on("close", () => this.#ended(undefined));
  }

  read(into: Uint8Array): Promise<number | null> {
    return this.#source.read(into);
  }

  write(bytes: Uint8Array): Promise<number> {
    const { promise, resolve, reject } = this.#waiting<number>();
    const done = (error?: Error | null) =>
      error ? reject(this.#reason(error)) : resolve(bytes.length);
    if (this.#isClosed) reject(this.#reason());
    else this.#socket.write(bytes, done);
    return promise;
  }

  /** Ends our direction behind what was written; the peer's goes on. */
  closeWrite(): Promise<void> {
    const { promise, resolve, reject } = this.#waiting<void>();
    const done = (error?: Error | null) => error ? reject(this.#reason(error)) : resolve();
    if (this.#isClosed) reject(this.#reason());
    else this.#socket.end(done);
    return promise;
  }

  close(): void {
    this.#ended(undefined);
    this.#socket.destroy();
  }

  #waiting<T>(): PromiseWithResolvers<T> {
    const waiting = Promise.withResolvers<T>();
    this.#giveUp = waiting.reject;
    return waiting;
  }

  #ended(failure: Error | undefined): void {
    this.#failure ??= failure;
    this.#isClosed = true;
    this.#source.end(failure);
    this.#giveUp?.(this.#reason());
  }

  #reason(error = new Error("the connection is closed")): Error {
    return this.#failure ?? failureOf(error);
  }
}

/** A lost connection is named as by Deno's own sockets. */
function failureOf(error: Error): Error {
  const code = "code" in error ? error.code : undefined;
  if (code !== "ECONNRESET" && code !== "EPIPE") return error;
  return new Deno.errors.ConnectionReset("connection reset by the peer", { cause: error });
}

/** A handle of node:net, below that of node:tls. */
interface SocketHandle {
  readStart(): void;
  readStop(): void;
}

function pause(socket: Duplex): void {
  socket.pause();
  handleBelow(socket)?.readStop();
}

function resume(socket: Duplex): void {
  handleBelow(socket)?.readStart();
  socket.resume();
}

/**
 * Deno 2.9.6 goes on reading under a paused TLS socket: a peer that was not read sent 600 MB in two seconds, all of
 * it kept in memory. (2.6.10 has no such handle, and stops.)
 */
function handleBelow(socket: Duplex): SocketHandle | undefined {
  const below = fieldOf(fieldOf(socket, "_handle"), "_parent");
  return isHandle(below) ? below : undefined;
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

function isHandle(value: unknown): value is SocketHandle {
  return ["readStart", "readStop"].every((name) => typeof fieldOf(value, name) === "function");
}
