/**
 * Topic aliases of one connection, both ways: a number in the place of a topic name [MQTT-3.3.2-7]. Invariants: they end
 * with their connection; an alias is sent without its topic name only when the broker has been told it.
 */
import { ReasonCode } from "../wire/codes.ts";
import { ProtocolError } from "../wire/errors.ts";

/** How to send a topic name. */
export interface AliasUse {
  readonly alias: number;
  /** The topic name has to stand beside it. */
  readonly isNew: boolean;
}

/** Shorter topic names are cheaper than an alias; longer ones would pin too much memory. */
const WORTH_IT = 5;
const TOO_LONG = 1024;
/** However many the broker takes. */
const MOST = 1024;

/** For what the client publishes: the topic names that were used last have aliases. */
export class OutboundAliases {
  /** The bytes that a packet may grow by. */
  static readonly COST = 5;
  readonly #most: number;
  /** By the topic name as publish_topics.ts keeps it; the one used longest ago first. */
  readonly #aliases = new Map<Uint8Array, number>();
  #seen: Uint8Array | undefined;

  private constructor(most: number) {
    this.#most = most;
  }

  /** Undefined where the broker takes none. */
  static upTo(topicAliasMaximum: number): OutboundAliases | undefined {
    const most = Math.min(topicAliasMaximum, MOST);
    return most === 0 ? undefined : new OutboundAliases(most);
  }

  /** The alias of a topic name; undefined: send the name alone. */
  use(topic: Uint8Array): AliasUse | undefined {
    if (topic.length < WORTH_IT || topic.length > TOO_LONG) return undefined;
    const known = this.#aliases.get(topic);
    if (known === undefined) return this.#begin(topic);
    this.#aliases.delete(topic);
    this.#aliases.set(topic, known);
    return { alias: known, isNew: false };
  }

  /** While all are taken, a name gets that of another when it comes again before a third one without. */
  #begin(topic: Uint8Array): AliasUse | undefined {
    let alias = this.#aliases.size + 1;
    if (alias > this.#most) {
      const wasSeen = this.#seen === topic;
      this.#seen = topic;
      const oldest = this.#aliases.entries().next().value;
      if (!wasSeen || oldest === undefined) return undefined;
      this.#aliases.delete(oldest[0]);
      alias = oldest[1];
    }
    this.#aliases.set(topic, alias);
    return { alias, isNew: true };
  }
}

/** For what the broker publishes. */
export class InboundAliases<Topic> {
  readonly #most: number;
  readonly #topics = new Map<number, Topic>();

  /** @param most as CONNECT has said */
  constructor(most: number) {
    this.#most = most;
  }

  /**
   * What an alias stands for.
   * @param topic undefined: the packet has an empty topic name
   * @throws ProtocolError for an alias that was not allowed, or that stands for nothing yet
   */
  resolve(alias: number, topic: Topic | undefined): Topic {
    if (alias > this.#most) throw invalid(`topic alias ${alias}, of ${this.#most} allowed`);
    if (topic !== undefined) this.#topics.set(alias, topic);
    const found = topic ?? this.#topics.get(alias);
    if (found === undefined) throw invalid(`topic alias ${alias} stands for no topic name`);
    return found;
  }
}

function invalid(message: string): ProtocolError {
  return new ProtocolError(message, "MQTT-3.3.2-8", ReasonCode.TOPIC_ALIAS_INVALID);
}
