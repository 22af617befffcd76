/**
 * The topic aliases of one connection of MQTT 5, section 3.3.2.3.4: those that we give to topic names that we send, and
 * those that the peer gives. Invariants: they end with the connection [MQTT-3.3.2-7]; no alias is above the receiver's
 * maximum [MQTT-3.3.2-9] [MQTT-3.3.2-11]; bytes of names are bounded.
 */
import { ReasonCode } from "../wire/codes.ts";
import { ProtocolError } from "../wire/errors.ts";

/** A name of fewer bytes is not worth the three of an alias. */
const SHORTEST = 4;
/** Longer names get none: they would stay in memory as long as the connection. */
const LONGEST = 1024;
/** Whatever the receiver takes: the one that was not used for the longest time is looked for among all. */
const MOST_GIVEN = 256;

interface Given {
  readonly alias: number;
  usedAt: number;
}

/** Aliases for the topic names that are sent: those that are used stay, an unused one goes to a name that comes again. */
export class OutboundAliases {
  readonly #maximum: number;
  readonly #given = new Map<string, Given>();
  #uses = 0;
  /** The last name that got none. */
  #waiting = "";

  /** @param maximum what the receiver takes, at least 1 */
  constructor(maximum: number) {
    this.#maximum = Math.min(maximum, MOST_GIVEN);
  }

  /**
   * The alias of a topic name, which its PUBLISH must carry; negative: it is new, and the name stands beside it; 0: none.
   * @param bytes the name's length in UTF-8
   */
  use(topicName: string, bytes: number): number {
    const known = this.#given.get(topicName);
    if (known !== undefined) {
      known.usedAt = ++this.#uses;
      return known.alias;
    }
    if (bytes < SHORTEST || bytes > LONGEST) return 0;
    const alias = this.#given.size < this.#maximum
      ? this.#given.size + 1
      : this.#takeFor(topicName);
    if (alias !== 0) this.#given.set(topicName, { alias, usedAt: ++this.#uses });
    return -alias;
  }

  /** Takes the alias that was not used for the longest time, if the name comes a second time. */
  #takeFor(topicName: string): number {
    if (this.#waiting !== topicName) {
      this.#waiting = topicName;
      return 0;
    }
    let [oldest, oldestAt] = ["", Infinity];
    for (const [name, { usedAt }] of this.#given) {
      if (usedAt < oldestAt) [oldest, oldestAt] = [name, usedAt];
    }
    const { alias } = this.#given.get(oldest)!;
    this.#given.delete(oldest);
    return alias;
  }
}

/** All names of one peer together, bytes. */
const MOST_BYTES = 262_144;

/** Aliases that the peer has given, to whatever stands for a topic name. */
export class InboundAliases<Topic extends { readonly bytes: Uint8Array }> {
  readonly #maximum: number;
  readonly #topics = new Map<number, Topic>();
  #bytes = 0;

  /** @param maximum what the peer was told */
  constructor(maximum: number) {
    this.#maximum = maximum;
  }

  /**
   * The topic of an alias.
   * @throws ProtocolError for one that was not given, or is above the maximum
   */
  get(alias: number): Topic {
    this.#check(alias);
    const topic = this.#topics.get(alias);
    if (topic === undefined) {
      throw new ProtocolError(`topic alias ${alias} has no topic`, "3.3.2.3.4");
    }
    return topic;
  }

  /**
   * Gives an alias to a topic.
   * @throws ProtocolError for one above the maximum, and for too many bytes of names
   */
  set(alias: number, topic: Topic): void {
    this.#check(alias);
    const before = this.#topics.get(alias);
    if (before === topic) return;
    this.#bytes += topic.bytes.length - (before?.bytes.length ?? 0);
    if (this.#bytes > MOST_BYTES) {
      const text = `topic names with an alias have more than ${MOST_BYTES} bytes together`;
      throw new ProtocolError(text, "3.3.2.3.4", ReasonCode.QUOTA_EXCEEDED);
    }
    this.#topics.set(alias, topic);
  }

  #check(alias: number): void {
    if (alias <= this.#maximum) return;
    const text = `topic alias ${alias} is above topic_alias_maximum ${this.#maximum}`;
    throw new ProtocolError(text, "MQTT-3.3.2-9", ReasonCode.TOPIC_ALIAS_INVALID);
  }
}
