/**
 * A short HTTP answer that ends a connection, and its sentence, which people read in the log too. Invariant: nothing of
 * the request is in a header.
 */
import { STATUS_TEXT } from "../../http_status.ts";

const ENCODER = new TextEncoder();

/** The status codes that a request may be refused with. */
export type RefusalStatus =
  | 400
  | 403
  | 404
  | 405
  | 408
  | 411
  | 413
  | 417
  | 426
  | 431
  | 500
  | 501
  | 505;

/** Why a request is not served. */
export class HttpRefusal extends Error {
  readonly status: RefusalStatus;
  readonly #headers: readonly string[];

  /** @param headers whole lines, beside those that every answer has */
  constructor(status: RefusalStatus, sentence: string, ...headers: string[]) {
    super(sentence);
    this.name = "HttpRefusal";
    this.status = status;
    this.#headers = headers;
  }

  /** The whole answer, for people; the connection is to be closed behind it. */
  get bytes(): Uint8Array {
    return this.#answer("text/plain; charset=utf-8", `${this.message}\n`);
  }

  /** The same for programs: `{"error": SENTENCE}`. */
  get json(): Uint8Array {
    return this.#answer("application/json", `${JSON.stringify({ error: this.message })}\n`);
  }

  #answer(contentType: string, text: string): Uint8Array {
    const body = ENCODER.encode(text);
    const head = [
      `HTTP/1.1 ${this.status} ${STATUS_TEXT[this.status]}`,
      `Content-Type: ${contentType}`,
      "X-Content-Type-Options: nosniff",
      `Content-Length: ${body.length}`,
      "Connection: close",
      ...this.#headers,
    ];
    return new Uint8Array([...ENCODER.encode(`${head.join("\r\n")}\r\n\r\n`), ...body]);
  }
}
