/**
 * A stored state as lines of JSON, for people, scripts and backups, and back. Invariants: nothing is lost, times to the
 * millisecond; a message stands in one line, above all that refer to it; one line at a time is in memory.
 */
import type { Message } from "../session/message.ts";
import { UserError } from "../user_error.ts";
import { Fields } from "./json_lines/fields.ts";
import { messageFields, readMessage, readWill, willFields } from "./json_lines/message.ts";
import { messageBy, readSession, sessionFields } from "./json_lines/session.ts";
import { Times } from "./json_lines/times.ts";
import { emptyState, messagesOf, type StoredState } from "./state.ts";

/** Of the form of the lines. A change that an older Midge cannot read raises it. */
const VERSION = 1;
const MOST = Number.MAX_SAFE_INTEGER;

/**
 * The lines of a state, without line ends: the first says what it is, then messages by age, sessions, retained messages,
 * wills.
 * @param wall the present by the machine's clock, milliseconds since the epoch
 */
export function* toJsonLines(state: StoredState, wall: number): Generator<string, void> {
  const { sessions, retained, wills, time } = state;
  const times = new Times(time, wall);
  const messages = byAge(state);
  yield JSON.stringify({
    midge: "store",
    version: VERSION,
    time: Math.round(time),
    date: new Date(wall).toISOString(),
    lastOrder: state.lastOrder,
    messages: messages.length,
    sessions: sessions.size,
    retained: retained.size,
    wills: wills.size,
  });
  for (const message of messages) yield JSON.stringify(messageFields(message, times));
  for (const [id, session] of sessions) yield JSON.stringify(sessionFields(id, session, times));
  for (const [topic, { order }] of retained) {
    yield JSON.stringify({ retained: topic, message: order });
  }
  for (const [id, will] of wills) yield JSON.stringify(willFields(id, will, times));
}

/** All that are referred to, each once, the oldest first. */
function byAge(state: StoredState): Message[] {
  const all = new Map<number, Message>();
  for (const message of messagesOf(state)) all.set(message.order, message);
  return [...all.values()].sort((a, b) => a.order - b.order);
}

/** What lines came to. */
export interface ReadLines {
  /** Its `time` is that of the lines: the moment of `wall`. */
  readonly state: StoredState;
  /** When the lines were written, milliseconds since the epoch. */
  readonly wall: number;
}

/**
 * Reads lines that `toJsonLines` has made, or that people have changed; empty lines are passed over.
 * @param name of the file, for errors
 * @throws UserError, one line: `NAME:LINE: what, what was expected`
 */
export async function fromJsonLines(
  lines: AsyncIterable<string> | Iterable<string>,
  name: string,
): Promise<ReadLines> {
  let reading: LineReader | undefined;
  let number = 0;
  for await (const text of lines) {
    number++;
    if (text.trim() === "") continue;
    const line = Fields.parse(text, `${name}:${number}`);
    if (reading === undefined) reading = new LineReader(line);
    else reading.read(line);
  }
  if (reading === undefined) throw new UserError(`${name}: has nothing in it; expected ${FIRST}`);
  reading.checkCounts(name);
  return reading;
}

const FIRST = `a first line {"midge":"store","version":${VERSION},...}`;
const COUNTED = ["messages", "sessions", "retained", "wills"] as const;
const KINDS = ["message", "session", "retained", "will"] as const;

/** One reading of a file. */
class LineReader implements ReadLines {
  readonly state = emptyState();
  readonly wall: number;
  readonly #messages = new Map<number, Message>();
  /** Of the first line; what is not in it is not checked. */
  readonly #counts = new Map<string, number>();

  constructor(first: Fields) {
    if (first.value("midge") !== "store") throw new UserError(`${first.where}: expected ${FIRST}`);
    const version = first.whole("version", 0, MOST);
    if (version !== VERSION) {
      const why = version > VERSION ? "a newer Midge has written it" : "there is no such version";
      throw new UserError(`${first.where}: version: expected ${VERSION}, got ${version}; ${why}`);
    }
    this.state.time = first.milliseconds("time");
    this.wall = dateOf(first);
    this.state.lastOrder = first.whole("lastOrder", 0, MOST);
    for (const key of COUNTED) {
      if (first.has(key)) this.#counts.set(key, first.whole(key, 0, MOST));
    }
    first.end();
  }

  /** @throws UserError */
  read(line: Fields): void {
    const { state: { sessions, retained, wills, time } } = this;
    // A line of a retained message has the key `message` too.
    switch (KINDS.findLast((kind) => line.has(kind))) {
      case "message":
        return this.#addMessage(readMessage(line, time), line);
      case "session":
        return add(sessions, line, "session", readSession(line, time, this.#messages));
      case "retained":
        return this.#addRetained(retained, line);
      case "will":
        return add(wills, line, "will", readWill(line, time));
      default:
        throw new UserError(`${line.where}: expected one of the keys ${KINDS.join(", ")}`);
    }
  }

  #addMessage(message: Message, line: Fields): void {
    const { order } = message;
    if (order > this.state.lastOrder) {
      line.wrong("message", `at most lastOrder of the first line, ${this.state.lastOrder}`);
    }
    if (this.#messages.has(order)) {
      throw new UserError(`${line.where}: message ${order} comes twice`);
    }
    this.#messages.set(order, message);
  }

  #addRetained(retained: Map<string, Message>, line: Fields): void {
    const message = messageBy(line, this.#messages);
    if (line.text("retained") !== message.topicName) {
      line.wrong("retained", `the topic of message ${message.order}`);
    }
    line.end();
    add(retained, line, "retained", message);
  }

  /** A file that was cut off has fewer lines than its first one says. */
  checkCounts(name: string): void {
    const { sessions, retained, wills } = this.state;
    const found = { messages: this.#messages, sessions, retained, wills };
    for (const key of COUNTED) {
      const expected = this.#counts.get(key);
      if (expected === undefined || expected === found[key].size) continue;
      const what = `${key}: expected ${expected} as the first line says, got ${found[key].size}`;
      throw new UserError(
        `${name}: ${what}; a line that was taken out counts in the first one too`,
      );
    }
  }
}

function add<T>(to: Map<string, T>, line: Fields, key: string, value: T): void {
  const name = line.text(key);
  if (to.has(name)) {
    throw new UserError(`${line.where}: ${key} ${JSON.stringify(name)} comes twice`);
  }
  to.set(name, value);
}

function dateOf(first: Fields): number {
  const date = Date.parse(first.text("date"));
  return Number.isNaN(date) ? first.wrong("date", "a date as 2026-11-28T01:02:03.004Z") : date;
}
