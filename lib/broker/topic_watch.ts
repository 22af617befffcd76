/**
 * The last message of each topic, noted while someone looks. Invariants: topics and their bytes are bounded: the topic
 * that was quiet for longest loses its payload first, and then its place; a note is made in constant time; a list of
 * topics can be walked in parts while messages come.
 */
import type { OutgoingPublish } from "../session/outgoing.ts";
import type { QoS } from "../wire/packets.ts";

/** Bytes of one payload that are kept; the beginning. */
export const MOST_OF_A_PAYLOAD = 64 * 1024;
/** Bytes of names and payloads, and topics. */
const MOST_BYTES = 32 * 1024 * 1024;
const MOST_TOPICS = 100_000;
const MINUTE_MS = 60_000;

/** How much is kept; a test has less. */
export interface WatchLimits {
  readonly bytes: number;
  readonly topics: number;
}

/** A topic with its last message; it changes with the next. */
export interface WatchedTopic {
  readonly topicName: string;
  /** Rises with each topic that is new. */
  readonly number: number;
  readonly qos: QoS;
  readonly retain: boolean;
  /** A client id; undefined: the broker itself. */
  readonly publisher: string | undefined;
  /** Of the message, as its broker counts messages. */
  readonly order: number;
  /** When the last message came, on the watch's clock. */
  readonly at: number;
  readonly messages: number;
  /** Of the whole payload. */
  readonly bytes: number;
  /** Its beginning; undefined: it is not kept any more. */
  readonly payload: Uint8Array | undefined;
}

/** One in the list from the quietest to the one that changed last. */
class Entry implements WatchedTopic {
  readonly topicName: string;
  readonly number: number;
  qos: QoS = 0;
  retain = false;
  publisher: string | undefined = undefined;
  order = 0;
  at = 0;
  messages = 0;
  bytes = 0;
  payload: Uint8Array | undefined = undefined;
  /** Messages of this minute, and of the one before. */
  minute = -1;
  count = 0;
  before = 0;
  quieter: Entry | undefined = undefined;
  newer: Entry | undefined = undefined;

  constructor(topicName: string, number: number) {
    this.topicName = topicName;
    this.number = number;
  }
}

/** The topics of one broker. */
export class TopicWatch {
  readonly #now: () => number;
  readonly #limits: WatchLimits;
  readonly #since: number;
  readonly #topics = new Map<string, Entry>();
  #quietest: Entry | undefined;
  #newest: Entry | undefined;
  /** The quietest that has its payload still; all before it have none. */
  #fullest: Entry | undefined;
  #bytes = 0;
  #number = 0;

  /** @param now milliseconds of a monotonic clock */
  constructor(
    now: () => number,
    limits: WatchLimits = { bytes: MOST_BYTES, topics: MOST_TOPICS },
  ) {
    this.#now = now;
    this.#limits = limits;
    this.#since = now();
  }

  get size(): number {
    return this.#topics.size;
  }

  /** Of names and payloads. */
  get bytes(): number {
    return this.#bytes;
  }

  get(topicName: string): WatchedTopic | undefined {
    return this.#topics.get(topicName);
  }

  /** Those that are there by now, each once; what goes meanwhile is left out. */
  *all(): Generator<WatchedTopic> {
    const last = this.#number;
    for (const entry of this.#topics.values()) {
      if (entry.number > last) return;
      yield entry;
    }
  }

  /** Messages a second, over the last minute, or since the watch began. */
  rateOf({ topicName }: WatchedTopic): number {
    const entry = this.#topics.get(topicName);
    if (entry === undefined) return 0;
    const now = this.#now();
    this.#turnMinute(entry, now);
    const share = 1 - (now % MINUTE_MS) / MINUTE_MS; // of the minute before that is within the last sixty seconds
    const seconds = Math.min(MINUTE_MS, Math.max(1000, now - this.#since)) / 1000;
    return (entry.count + entry.before * share) / seconds;
  }

  /** A message is about to spread. */
  note(publish: OutgoingPublish): void {
    const now = this.#now();
    const entry = this.#entryOf(publish.topicName);
    entry.qos = publish.qos;
    entry.retain = publish.retain;
    entry.publisher = publish.publisher;
    entry.order = publish.order;
    entry.at = now;
    entry.messages++;
    this.#turnMinute(entry, now);
    entry.count++;
    this.#keep(entry, publish);
    this.#append(entry);
    while (this.#isFull) this.#makeRoom();
  }

  get #isFull(): boolean {
    return this.#bytes > this.#limits.bytes || this.#topics.size > this.#limits.topics;
  }

  /** It is out of the list, behind whose end it comes. */
  #entryOf(topicName: string): Entry {
    const known = this.#topics.get(topicName);
    if (known !== undefined) {
      this.#unlink(known);
      return known;
    }
    const entry = new Entry(topicName, ++this.#number);
    this.#topics.set(topicName, entry);
    this.#bytes += topicName.length;
    return entry;
  }

  #keep(entry: Entry, publish: OutgoingPublish): void {
    const { payloadLength } = publish;
    const length = Math.min(payloadLength, MOST_OF_A_PAYLOAD);
    this.#bytes += length - (entry.payload?.length ?? 0);
    entry.bytes = payloadLength;
    const beginning = publish.payload.subarray(0, length);
    if (entry.payload?.length === length) entry.payload.set(beginning);
    else entry.payload = beginning.slice();
  }

  #turnMinute(entry: Entry, now: number): void {
    const minute = Math.floor(now / MINUTE_MS);
    if (entry.minute === minute) return;
    entry.before = entry.minute === minute - 1 ? entry.count : 0;
    entry.count = 0;
    entry.minute = minute;
  }

  #makeRoom(): void {
    const isCrowded = this.#topics.size > this.#limits.topics;
    const poorer = isCrowded ? undefined : this.#fullest;
    if (poorer !== undefined) {
      this.#bytes -= poorer.payload!.length;
      poorer.payload = undefined;
      this.#fullest = poorer.newer;
      return;
    }
    const gone = this.#quietest!;
    this.#unlink(gone);
    this.#topics.delete(gone.topicName);
    this.#bytes -= gone.topicName.length + (gone.payload?.length ?? 0);
  }

  #append(entry: Entry): void {
    entry.quieter = this.#newest;
    if (this.#newest === undefined) this.#quietest = entry;
    else this.#newest.newer = entry;
    this.#newest = entry;
    this.#fullest ??= entry;
  }

  #unlink(entry: Entry): void {
    const { quieter, newer } = entry;
    if (this.#fullest === entry) this.#fullest = newer;
    if (quieter === undefined) this.#quietest = newer;
    else quieter.newer = newer;
    if (newer === undefined) this.#newest = quieter;
    else newer.quieter = quieter;
    entry.quieter = entry.newer = undefined;
  }
}
