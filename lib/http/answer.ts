/**
 * A Response as bytes of HTTP/1.1: its head, and its body by length, in chunks, or to the end of the connection.
 * Invariants: the next piece of a body is asked for when the last one is written; what frames the message is said by us
 * alone, whatever headers a handler sets.
 */
import { joined } from "../io.ts";
import { statusText } from "../http_status.ts";

/** Where bytes go; resolves when they are written. */
export type Write = (bytes: Uint8Array) => Promise<void>;

/** How an answer is sent. */
export interface AnswerTerms {
  /** HEAD: no body is sent. */
  readonly isHead: boolean;
  /** May another request follow? */
  readonly keepsAlive: boolean;
  /** HTTP/1.0 has no chunks. */
  readonly knowsChunks: boolean;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Told before a body of unknown length is sent; the function that it gets ends it. */
  streams(cancel: () => void): void;
}

const OURS: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "date",
  "keep-alive",
  "transfer-encoding",
  "upgrade",
]);
/** Turns that a body of one piece may take to end. */
const TURNS = 8;
const ENCODER = new TextEncoder();
const LINE_END = ENCODER.encode("\r\n");
const LAST_CHUNK = ENCODER.encode("0\r\n\r\n");

type Reader = ReadableStreamDefaultReader<Uint8Array>;
type Piece = ReadableStreamReadResult<Uint8Array>;

/** A body as far as it was looked at. */
interface Opened {
  /** Bytes; undefined: not known. */
  readonly length: number | undefined;
  /** What was read of it. */
  readonly first: Uint8Array | undefined;
  /** What comes behind that; undefined: nothing. */
  readonly next: Promise<Piece> | undefined;
}

/**
 * Sends a response; rejects with what its body, or the connection, fails with.
 * @returns may another request follow?
 */
export async function sendAnswer(
  response: Response,
  write: Write,
  terms: AnswerTerms,
): Promise<boolean> {
  const reader = bodyOf(response)?.getReader();
  if (reader === undefined) {
    const length = hasNoLength(response.status) ? undefined : (statedLength(response, terms) ?? 0);
    await write(headOf(response, terms, { length }));
    return terms.keepsAlive;
  }
  try {
    return await sendBody(response, reader, write, terms);
  } catch (cause) {
    reader.cancel(cause).catch(() => {}); // it may be what has failed
    throw cause;
  }
}

async function sendBody(
  response: Response,
  reader: Reader,
  write: Write,
  terms: AnswerTerms,
): Promise<boolean> {
  const opened = await open(response, reader);
  const isChunked = opened.length === undefined && terms.knowsChunks;
  const keepsAlive = terms.keepsAlive && (terms.isHead || isChunked || opened.length !== undefined);
  const head = headOf(response, { ...terms, keepsAlive }, { length: opened.length, isChunked });
  if (terms.isHead) {
    await write(head);
    reader.cancel().catch(() => {}); // no one waits for it
    return keepsAlive;
  }
  if (opened.next === undefined) {
    await write(joined(opened.first === undefined ? [head] : [head, opened.first]));
    return keepsAlive;
  }
  await write(head);
  terms.streams(() => void reader.cancel().catch(() => {}));
  await pump(opened, reader, isChunked ? (piece) => writeChunk(piece, write) : write);
  if (isChunked) await write(LAST_CHUNK);
  return keepsAlive;
}

/** What a handler says of its body's length holds for HEAD alone: there it cannot be seen. */
function statedLength({ headers }: Response, { isHead }: AnswerTerms): number | undefined {
  const text = headers.get("content-length");
  return isHead && text !== null && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function bodyOf({ body, status }: Response): ReadableStream<Uint8Array> | null {
  return hasNoLength(status) ? null : body;
}

/** RFC 9112, section 6.3. */
function hasNoLength(status: number): boolean {
  return status === 204 || status === 304;
}

/** Looks whether a body has one piece, and so a length. */
async function open(response: Response, reader: Reader): Promise<Opened> {
  if (response.headers.get("content-type")?.startsWith("text/event-stream")) {
    return { length: undefined, first: undefined, next: reader.read() };
  }
  const { done, value } = await reader.read();
  if (done) return { length: 0, first: undefined, next: undefined };
  let second: Piece | undefined;
  const next = reader.read();
  next.then((piece) => second = piece, () => {}); // who awaits it meets its failure
  for (let turn = 0; turn < TURNS && second === undefined; turn++) await null;
  if (second?.done) return { length: value.length, first: value, next: undefined };
  return { length: undefined, first: value, next };
}

async function pump({ first, next }: Opened, reader: Reader, write: Write): Promise<void> {
  if (first !== undefined) await write(first);
  for (let piece = await next; piece?.done === false; piece = await reader.read()) {
    if (!(piece.value instanceof Uint8Array)) throw new TypeError("a body has what is no bytes");
    await write(piece.value);
  }
}

async function writeChunk(piece: Uint8Array, write: Write): Promise<void> {
  if (piece.length === 0) return; // it would be the last one
  const size = ENCODER.encode(`${piece.length.toString(16)}\r\n`);
  await write(joined([size, piece, LINE_END]));
}

function headOf(
  { status, headers }: Response,
  { keepsAlive, knowsChunks, now }: AnswerTerms,
  { length, isChunked = false }: { length: number | undefined; isChunked?: boolean },
): Uint8Array {
  let text = `HTTP/1.1 ${status} ${statusText(status)}\r\n`;
  for (const [name, value] of headers) {
    if (!OURS.has(name)) text += `${name}: ${value}\r\n`;
  }
  text += `date: ${new Date(now).toUTCString()}\r\n`;
  if (length !== undefined) text += `content-length: ${length}\r\n`;
  if (isChunked) text += "transfer-encoding: chunked\r\n";
  if (!keepsAlive) text += "connection: close\r\n";
  else if (!knowsChunks) text += "connection: keep-alive\r\n";
  return latin1(`${text}\r\n`);
}

/** Header values are byte strings. */
function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
