/**
 * One connection to an HTTP server. Invariants: one request at a time; whatever goes wrong, and a signal that
 * fires, closes it.
 */
import { type ByteStream, SourceError, writeAll } from "../../sources.ts";
import { ByteReader, EndOfStreamError } from "./reader.ts";
import { encodeRequest, type HttpRequest } from "./request.ts";
import { type HttpResponse, readResponse } from "./response.ts";

/** Nothing came back on a connection that has served before: its server may have closed it meanwhile. */
export class StaleConnectionError extends Error {}

/** Sends one request after the other over a stream. */
export class HttpConnection {
  readonly #stream: ByteStream;
  readonly #reader: ByteReader;
  #isClosed = false;

  constructor(stream: ByteStream) {
    this.#stream = stream;
    this.#reader = new ByteReader(stream);
  }

  /** @throws {StaleConnectionError} when the request may be sent again on another connection at once */
  async exchange(request: HttpRequest, signal: AbortSignal): Promise<HttpResponse> {
    const { received } = this.#reader;
    const onAbort = () => this.close();
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      signal.throwIfAborted();
      await writeAll(this.#stream, encodeRequest(request));
      return await readResponse(this.#reader);
    } catch (error) {
      this.close();
      const isSilent = this.#reader.received === received && isConnectionLost(error);
      if (isSilent && received > 0) throw new StaleConnectionError("stale", { cause: error });
      throw error;
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#stream.close();
  }
}

function isConnectionLost(error: unknown): boolean {
  return error instanceof EndOfStreamError || !(error instanceof SourceError);
}
