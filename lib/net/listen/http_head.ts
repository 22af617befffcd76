/**
 * The head of an HTTP request: read from a stream within bounds, and taken apart (RFC 9112, sections 2 to 5).
 * Invariants: what is doubtful is refused, for a proxy before us must not read another request in the same bytes; no
 * more is read than the longest head has.
 */
import type { ByteStream } from "../stream.ts";
import { HttpRefusal } from "./http_refusal.ts";
import { adviceFor, knockOf } from "./knock.ts";
import { PeerLeftError } from "./peer_left.ts";

/** Bytes of the longest head that is taken. */
export const LONGEST_HEAD = 8192;
/** Header lines of the longest head that is taken. */
export const MOST_HEADERS = 100;
const FIRST_READ = 1024;

const REQUEST_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([\x21-\x7e]+) HTTP\/(\d\.\d)$/;
const HEADER_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*?)[ \t]*$/;
const DECODER = new TextDecoder("latin1");

/** Bytes after which it is known what is no HTTP. */
const FIRST_BYTES = 8;

/** A request without its body. */
export interface RequestHead {
  readonly method: string;
  /** As it was sent: a path with its query, or a URL. */
  readonly target: string;
  /** Such as `1.1`. */
  readonly version: string;
  /** By names in lower case; the values of all lines with this name, in order. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
}

/**
 * Reads a head, however it comes in.
 * @param early bytes that came before
 * @returns it, and what came behind it
 * @throws HttpRefusal for what is no head, or too long
 */
export async function readRequest(
  stream: Pick<ByteStream, "read">,
  early: Uint8Array | undefined,
): Promise<{ head: RequestHead; rest: Uint8Array }> {
  let buffer: Uint8Array = early?.slice(0, LONGEST_HEAD) ?? new Uint8Array(0);
  let length = buffer.length;
  for (let seen = 0;;) {
    checkFirst(buffer.subarray(0, length));
    const end = endOfHead(buffer, Math.max(0, seen - 3), length);
    checkLineEnds(buffer.subarray(0, end < 0 ? length : end), seen);
    if (end >= 0) {
      const surplus = early?.subarray(LONGEST_HEAD) ?? [];
      const rest = new Uint8Array([...buffer.subarray(end, length), ...surplus]);
      return { head: parseHead(DECODER.decode(buffer.subarray(0, end - 4))), rest };
    }
    if (length >= LONGEST_HEAD) {
      throw new HttpRefusal(431, `the head of the request has more than ${LONGEST_HEAD} bytes`);
    }
    if (length === buffer.length) buffer = larger(buffer);
    seen = length;
    const count = await stream.read(buffer.subarray(length));
    if (count === null && length === 0) throw new PeerLeftError();
    if (count === null) throw new Error("the connection ended within the head of its request");
    length += count;
  }
}

/** Not HTTP at all: this is said at once, for the end of such a head never comes. */
function checkFirst(bytes: Uint8Array): void {
  if (bytes.length === 0 || /[A-Za-z]/.test(String.fromCharCode(bytes[0]!))) return;
  const advice = adviceFor(knockOf(bytes), "ws");
  if (advice === undefined && bytes.length < FIRST_BYTES) return;
  throw new HttpRefusal(400, advice ?? "the bytes that came are no HTTP request");
}

/** A line that ends without CR: others may see the end of the head where we see none. */
function checkLineEnds(bytes: Uint8Array, from: number): void {
  for (let at = bytes.indexOf(10, from); at >= 0; at = bytes.indexOf(10, at + 1)) {
    if (bytes[at - 1] === 13) continue;
    throw new HttpRefusal(400, "a line of the request ends with LF alone, expected CR LF");
  }
}

function larger(buffer: Uint8Array): Uint8Array {
  const size = Math.min(Math.max(FIRST_READ, buffer.length * 2), LONGEST_HEAD);
  const copy = new Uint8Array(size);
  copy.set(buffer);
  return copy;
}

/** Where what is behind the empty line begins; -1 where there is none. */
function endOfHead(buffer: Uint8Array, from: number, length: number): number {
  for (
    let at = buffer.indexOf(13, from);
    at >= 0 && at + 4 <= length;
    at = buffer.indexOf(13, at + 1)
  ) {
    if (buffer[at + 1] === 10 && buffer[at + 2] === 13 && buffer[at + 3] === 10) return at + 4;
  }
  return -1;
}

/** Takes a head apart that is whole, without its empty line; throws HttpRefusal. */
export function parseHead(text: string): RequestHead {
  const [first = "", ...lines] = text.split("\r\n");
  const [, method, target, version] = REQUEST_LINE.exec(first) ?? [];
  if (method === undefined || target === undefined || version === undefined) {
    throw new HttpRefusal(400, "the first line of the request is no HTTP request line");
  }
  if (lines.length > MOST_HEADERS) {
    throw new HttpRefusal(431, `the request has more than ${MOST_HEADERS} headers`);
  }
  const headers = new Map<string, string[]>();
  for (const line of lines) {
    const [, name, value] = HEADER_LINE.exec(line) ?? [];
    if (name === undefined || value === undefined) {
      throw new HttpRefusal(400, "the request has a line that is no HTTP header");
    }
    const key = name.toLowerCase();
    const values = headers.get(key);
    if (values === undefined) headers.set(key, [value]);
    else values.push(value);
  }
  return { method, target, version, headers };
}
