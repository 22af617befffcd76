/**
 * Reads one HTTP/1.1 response (RFC 9112). Strict, since what follows from it is who may come in: whatever
 * could be read in two ways is an error. Invariant: at most MAX_HEAD of head and MAX_BODY of body are kept; a
 * reader that may be used again stands exactly behind the response.
 */
import { joined, SourceError } from "../../sources.ts";
import { type ByteReader } from "./reader.ts";

const MAX_HEAD = 16 * 1024;
/** Bytes of body that are kept; who answers with more says nothing that counts here. */
export const MAX_BODY = 64 * 1024;
const MAX_INTERIM_RESPONSES = 10;

/** What a server answered. */
export interface HttpResponse {
  readonly status: number;
  /** Undefined when it is longer than MAX_BODY. */
  readonly body: Uint8Array | undefined;
  /** The body is compressed, so that its bytes say nothing. */
  readonly isEncoded: boolean;
  /** May the connection be used for another request? */
  readonly keepAlive: boolean;
}

interface Head {
  readonly minorVersion: number;
  readonly status: number;
  /** By lower-case name; several fields of one name are joined with commas. */
  readonly headers: ReadonlyMap<string, string>;
}

/** Reads a response to a GET, POST or PUT, interim ones (1xx) skipped. */
export async function readResponse(reader: ByteReader): Promise<HttpResponse> {
  for (let count = 0; count < MAX_INTERIM_RESPONSES; count++) {
    const head = await readHead(reader);
    if (head.status >= 200) return await withBody(reader, head);
    if (head.status === 101) throw new SourceError("answered 101 to a question");
  }
  throw new SourceError(`more than ${MAX_INTERIM_RESPONSES} interim responses`);
}

async function withBody(reader: ByteReader, head: Head): Promise<HttpResponse> {
  const { status, headers } = head;
  const length = headers.get("content-length");
  let body: Uint8Array | undefined;
  let endsWithConnection = false;
  if (status === 204 || status === 304) body = new Uint8Array();
  else if (headers.has("transfer-encoding")) body = await readChunks(reader, headers);
  else if (length !== undefined) body = await readCounted(reader, length);
  else {
    body = await reader.toEnd(MAX_BODY);
    endsWithConnection = true;
  }
  const isWhole = body !== undefined && !endsWithConnection;
  return {
    status,
    body,
    isEncoded: !["", "identity"].includes((headers.get("content-encoding") ?? "").toLowerCase()),
    keepAlive: isWhole && reader.buffered === 0 && mayGoOn(head),
  };
}

async function readHead(reader: ByteReader): Promise<Head> {
  const statusLine = await reader.line();
  const [, minor, status] = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: |$)/.exec(statusLine) ?? [];
  if (status === undefined) throw new SourceError("what came back is not HTTP/1.1");
  const headers = new Map<string, string>();
  let size = statusLine.length;
  for (let line = await reader.line(); line !== ""; line = await reader.line()) {
    size += line.length;
    if (size > MAX_HEAD) throw new SourceError(`a response head above ${MAX_HEAD} bytes`);
    const [, name, value] = /^([!#$%&'*+.^_`|~\w-]+):[ \t]*(.*?)[ \t]*$/.exec(line) ?? [];
    if (name === undefined) throw new SourceError("a malformed header in the response");
    const key = name.toLowerCase();
    const before = headers.get(key);
    headers.set(key, before === undefined ? value! : `${before}, ${value}`);
  }
  return { minorVersion: Number(minor), status: Number(status), headers };
}

function mayGoOn({ minorVersion, headers }: Head): boolean {
  const options = (headers.get("connection") ?? "").toLowerCase().split(/[ ,]+/);
  return minorVersion === 1 ? !options.includes("close") : options.includes("keep-alive");
}

async function readCounted(reader: ByteReader, text: string): Promise<Uint8Array | undefined> {
  const [first, ...others] = text.split(/, */);
  if (!/^\d{1,15}$/.test(first!) || others.some((one) => one !== first)) {
    throw new SourceError(`Content-Length is ${JSON.stringify(text)}; expected a number`);
  }
  const length = Number(first);
  return length > MAX_BODY ? undefined : await reader.exactly(length);
}

async function readChunks(
  reader: ByteReader,
  headers: Head["headers"],
): Promise<Uint8Array | undefined> {
  const coding = headers.get("transfer-encoding")!;
  if (coding.toLowerCase() !== "chunked" || headers.has("content-length")) {
    throw new SourceError("a response of unknown length");
  }
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const size = chunkSize(await reader.line());
    length += size;
    if (length > MAX_BODY) return undefined;
    if (size === 0) break;
    chunks.push(await reader.exactly(size));
    if (await reader.line() !== "") throw new SourceError("a malformed chunk in the response");
  }
  await skipTrailers(reader);
  return joined(chunks);
}

function chunkSize(line: string): number {
  const [, digits] = /^([0-9a-f]{1,8})[ \t]*(?:;.*)?$/i.exec(line) ?? [];
  if (digits === undefined) throw new SourceError("a malformed chunk in the response");
  return parseInt(digits, 16);
}

async function skipTrailers(reader: ByteReader): Promise<void> {
  let size = 0;
  for (let line = await reader.line(); line !== ""; line = await reader.line()) {
    size += line.length;
    if (size > MAX_HEAD) throw new SourceError(`trailers above ${MAX_HEAD} bytes`);
  }
}
