/**
 * One connection to an HTTP server. Invariants: one request at a time; only what comes behind a whole request can
 * answer it, so the connection is read at any time, and bytes that no one has asked for end it; so does whatever goes
 * wrong, and a signal that fires.
 */
import { setImmediate } from "node:timers";
import type { Clock } from "../../plugin.ts";
import { type ByteStream, SourceError } from "../../sources.ts";
import { ByteReader, EndOfStreamError } from "./reader.ts";
import { encodeRequest, type HttpRequest } from "./request.ts";
import { type HttpResponse, readResponse } from "./response.ts";

/**
 * HTTP/1.1 does not say what a response answers. So the next request waits for this long after a response, milliseconds:
 * what the server says behind it, or twice, has come by then.
 */
const QUIET_MS = 2;

type Time = Pick<Clock, "now" | "after">;

/** The moment of quiet is the network's, whatever the clock of the decisions says. */
const REAL_TIME: Time = {
  now: () => performance.now(),
  after(milliseconds, callback) {
    const timer = setTimeout(callback, milliseconds);
    return () => clearTimeout(timer);
  },
};

/** A connection that has served before can serve no more: its server has closed it, or said what no one asked. */
export class StaleConnectionError extends Error {}

/** Sends one request after the other over a stream. */
export class HttpConnection {
  readonly #stream: ByteStream;
  readonly #reader: ByteReader;
  readonly #time: Time;
  #isBusy = false;
  #isClosed = false;
  /** The last response has come then. */
  #answeredAt = -Infinity;
  /** Ends the wait for quiet. */
  #wake: (() => void) | undefined;

  constructor(stream: ByteStream, time: Time = REAL_TIME) {
    this.#stream = stream;
    this.#time = time;
    this.#reader = new ByteReader(stream);
  }

  /** @throws {StaleConnectionError} when the request may be sent again on another connection at once */
  async exchange(request: HttpRequest, signal: AbortSignal): Promise<HttpResponse> {
    const { received } = this.#reader;
    const onAbort = () => this.close();
    signal.addEventListener("abort", onAbort, { once: true });
    this.#isBusy = true;
    try {
      signal.throwIfAborted();
      await this.#send(encodeRequest(request), signal);
      const response = await readResponse(this.#reader);
      this.#answeredAt = this.#time.now();
      return response;
    } catch (error) {
      this.close();
      const isSilent = this.#reader.received === received && isConnectionLost(error);
      const isStale = isSilent || error instanceof UnaskedBytesError;
      if (isStale && received > 0) throw new StaleConnectionError("stale", { cause: error });
      throw error;
    } finally {
      this.#isBusy = false;
      signal.removeEventListener("abort", onAbort);
    }
  }

  /** Can a request be sent at once? Else it waits for a moment. */
  get isQuiet(): boolean {
    return this.#time.now() - this.#answeredAt >= QUIET_MS;
  }

  /** Reads while no one asks. The first bytes, or the end, close the connection; then `ended` is called, once. */
  watchIdle(ended: () => void): void {
    const disturbed = () => {
      if (this.#isBusy) return;
      this.close();
      ended();
    };
    this.#reader.readAhead().then(disturbed, disturbed);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#stream.close();
    this.#wake?.();
  }

  /** Writes the request, as long as nothing comes before the last piece of it is on its way. */
  async #send(bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    const { received } = this.#reader;
    let isOver = false;
    const heard = (goesOn: boolean) => {
      isOver = !goesOn;
      this.#wake?.();
    };
    this.#reader.readAhead().then(heard, () => heard(false));
    await this.#quiet();
    for (let written = 0; written < bytes.length;) {
      signal.throwIfAborted();
      if (this.#reader.received > received) throw new UnaskedBytesError();
      if (isOver) throw new EndOfStreamError();
      written += await this.#stream.write(bytes.subarray(written));
    }
  }

  /** Resolves when it was quiet for long enough, when bytes or the end have come, and when it is closed. */
  async #quiet(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    const rest = QUIET_MS - (this.#time.now() - this.#answeredAt);
    if (rest <= 0) setImmediate(resolve); // what has come already is read by then
    const cancel = rest > 0 ? this.#time.after(rest, resolve) : () => {};
    await promise;
    cancel();
    this.#wake = undefined;
  }
}

/** The server has spoken before it was asked. */
class UnaskedBytesError extends SourceError {
  constructor() {
    super("the server sent something before the request was sent");
  }
}

function isConnectionLost(error: unknown): boolean {
  return error instanceof EndOfStreamError || !(error instanceof SourceError);
}
