/**
 * A short HTTP answer that ends a connection, and its sentence, which people read in the log too. Invariant: nothing of
 * the request is in a header.
 */

const PHRASES = {
  400: "Bad Request",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  426: "Upgrade Required",
  431: "Request Header Fields Too Large",
} as const;
const ENCODER = new TextEncoder();

/** The status codes that a request may be refused with. */
export type RefusalStatus = keyof typeof PHRASES;

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

  /** The whole answer; the connection is to be closed behind it. */
  get bytes(): Uint8Array {
    const body = ENCODER.encode(`${this.message}\n`);
    const head = [
      `HTTP/1.1 ${this.status} ${PHRASES[this.status]}`,
      "Content-Type: text/plain; charset=utf-8",
      "X-Content-Type-Options: nosniff",
      `Content-Length: ${body.length}`,
      "Connection: close",
      ...this.#headers,
    ];
    return new Uint8Array([...ENCODER.encode(`${head.join("\r\n")}\r\n\r\n`), ...body]);
  }
}
