/**
 * The bytes of one HTTP/1.1 request. Invariant: no value can end a header early: the target is a URL's, and
 * header names and values have been checked (headerProblem).
 */

/** A request; `headers` are without Host, Content-Length and Connection, which follow from the rest. */
export interface HttpRequest {
  readonly method: "GET" | "POST" | "PUT";
  readonly url: URL;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string | undefined;
}

const TEXT = new TextEncoder();
const OWN_HEADERS = ["content-length", "transfer-encoding", "connection", "expect", "upgrade"];

/** Why a header cannot be sent; undefined when it can. Names are compared in lower case. */
export function headerProblem(name: string, value: string): string | undefined {
  if (!/^[!#$%&'*+.^_`|~\w-]+$/.test(name)) return "not a header's name";
  if (OWN_HEADERS.includes(name.toLowerCase())) return "Midge sets this header itself";
  // deno-lint-ignore no-control-regex -- these are what must not be in a header
  return /[\x00-\x08\x0a-\x1f\x7f]|[^\x00-\xff]/.test(value)
    ? "a header's value is printable Latin-1 text in one line"
    : undefined;
}

/** The request as the log names it: without query, in which there may be a password. */
export function nameOf({ method, url }: Pick<HttpRequest, "method" | "url">): string {
  return `${method} ${url.origin}${url.pathname}`;
}

/** Head and body. */
export function encodeRequest({ method, url, headers, body }: HttpRequest): Uint8Array {
  const lines = [`${method} ${url.pathname}${url.search} HTTP/1.1`];
  if (!headers.has("host")) lines.push(`host: ${url.host}`);
  for (const [name, value] of headers) lines.push(`${name}: ${value}`);
  const content = body === undefined ? new Uint8Array() : TEXT.encode(body);
  if (body !== undefined) lines.push(`content-length: ${content.length}`);
  const head = `${lines.join("\r\n")}\r\n\r\n`;
  const bytes = new Uint8Array(head.length + content.length);
  for (let i = 0; i < head.length; i++) bytes[i] = head.charCodeAt(i);
  bytes.set(content, head.length);
  return bytes;
}
