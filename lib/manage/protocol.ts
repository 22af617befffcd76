/**
 * The management protocol: one JSON object per line, each way. Invariants: a request is at most MAX_REQUEST bytes;
 * every request gets lines with its id, of which exactly the last has `ok`; what cannot be understood is answered with
 * an error that says what was expected, and what is no JSON ends the connection.
 *
 *     > {"v":1,"id":1,"command":"kick","args":{"clientId":"c1"}}
 *     < {"id":1,"ok":true,"result":{"kicked":true}}
 *     > {"v":1,"id":2,"command":"clients"}
 *     < {"id":2,"part":[{"clientId":"c2"}]}
 *     < {"id":2,"ok":true,"result":null}
 *     > {"v":1,"id":3,"command":"trace","args":{"topicFilter":"a/#"}}
 *     < {"id":3,"event":{"event":"received","topicName":"a/b"}}
 *     < {"id":3,"missed":17}
 *     < {"id":3,"alive":true}
 *
 * Events go on until there are no more, or the peer sends anything or closes; then the connection ends.
 */

/** The version of the protocol; a broker answers no other. */
export const PROTOCOL_VERSION = 1;
/** Bytes of a request's line: a client id and a topic of 64 KiB each fit, and so does a file of 1 MiB of rules. */
export const MAX_REQUEST = 2 * 1024 * 1024;
/** Bytes of an answer's line. */
export const MAX_ANSWER = 16 * 1024 * 1024;

/** What is asked for. */
export interface Request {
  readonly id: number;
  readonly command: string;
  readonly args: unknown;
  /** Where the endpoint asks for one. */
  readonly token: string | undefined;
}

/** A line of an answer; the last one has `ok`. */
export type Answer =
  | { readonly id: number; readonly part: unknown }
  | { readonly id: number; readonly event: unknown }
  /** That many events were not sent, for the peer was too slow. */
  | { readonly id: number; readonly missed: number }
  /** Events are followed; nothing has happened yet, or for a while. */
  | { readonly id: number; readonly alive: true }
  | { readonly id: number; readonly ok: true; readonly result: unknown }
  /** `id` is null where the request's could not be read. */
  | { readonly id: number | null; readonly ok: false; readonly error: string };

/** A request that is refused; the message is one line for people. */
export class RequestError extends Error {
  /** The id of the refused request, as far as it was read. */
  readonly id: number | null;

  constructor(message: string, id: number | null = null, options?: ErrorOptions) {
    super(message, options);
    this.name = "RequestError";
    this.id = id;
  }
}

/** What came is no JSON: it speaks another protocol (a web page, say), and is heard no further. */
export class NoJsonError extends RequestError {}

const KEYS = ["v", "id", "command", "args", "token"];
const ENCODER = new TextEncoder();

/** A line as bytes, its end included. */
export function encodeLine(value: Answer | (Request & { v: number })): Uint8Array {
  return ENCODER.encode(JSON.stringify(value) + "\n");
}

/**
 * Reads a request's line.
 * @throws RequestError that says what was expected
 */
export function parseRequest(line: string): Request {
  const value = parseObject(line, "a request");
  const { v, id, command, args, token } = value;
  if (typeof id !== "number" || !Number.isSafeInteger(id)) {
    throw new RequestError(`id is ${show(id)}; expected a whole number`);
  }
  if (v !== PROTOCOL_VERSION) {
    throw new RequestError(`v is ${show(v)}; expected ${PROTOCOL_VERSION}`, id);
  }
  if (typeof command !== "string") {
    throw new RequestError(`command is ${show(command)}; expected a name`, id);
  }
  if (token !== undefined && typeof token !== "string") {
    throw new RequestError("token is no text", id);
  }
  const unknown = Object.keys(value).find((key) => !KEYS.includes(key));
  if (unknown !== undefined) {
    throw new RequestError(`unknown key ${show(unknown)}; known keys: ${KEYS.join(", ")}`, id);
  }
  return { id, command, args: args ?? {}, token };
}

/**
 * Reads a line of an answer.
 * @throws RequestError for something that is none
 */
export function parseAnswer(line: string): Answer {
  const value = parseObject(line, "an answer");
  const isAnswer = "part" in value || "event" in value || value.alive === true ||
    typeof value.missed === "number" || value.ok === true ||
    (value.ok === false && typeof value.error === "string");
  if (!isAnswer) throw new RequestError("not an answer of a broker");
  return value as unknown as Answer;
}

function parseObject(line: string, what: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw new NoJsonError(`${what} must be one JSON object in one line`, null, { cause });
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw new RequestError(`${what} must be a JSON object; got ${show(value)}`);
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? "absent";
  return text.length > 40 ? `${text.slice(0, 40)}...` : text;
}
