/**
 * The topic names a client publishes to, checked and encoded once. Invariant: holds no more than KNOWN_TOPICS names;
 * what it gives back is a valid topic name.
 */
import type { ClientConfig } from "./config_types.ts";
import { topicNameProblem } from "../topic/filter.ts";
import type { QoS } from "../wire/packets.ts";
import { encodeUtf8 } from "../wire/utf8.ts";
import { BoundedMap } from "../bounded_map.ts";

/** A topic name with what is known about publishing to it. */
export interface PublishTopic {
  /** UTF-8. */
  readonly bytes: Uint8Array;
  /** Of messages that do not say theirs. */
  readonly qos: QoS;
  readonly retain: boolean;
}

const KNOWN_TOPICS = 1024;

/** Throws RangeError for what cannot be published to. */
export function checkTopicName(topicName: string): void {
  const problem = topicNameProblem(topicName);
  if (problem !== undefined) throw new RangeError(`${JSON.stringify(topicName)}: ${problem}`);
}

/** Topic names by their text. */
export class PublishTopics {
  readonly #config: ClientConfig;
  readonly #known = new BoundedMap<string, PublishTopic>(KNOWN_TOPICS);

  constructor(config: ClientConfig) {
    this.#config = config;
  }

  /** Throws RangeError for what is no topic name. */
  get(topicName: string): PublishTopic {
    return this.#known.get(topicName) ?? this.#learn(topicName);
  }

  #learn(topicName: string): PublishTopic {
    checkTopicName(topicName);
    const { topics, defaultQos, defaultRetain } = this.#config;
    const { qos = defaultQos, retain = defaultRetain } = topics.get(topicName) ?? {};
    const topic = { bytes: encodeUtf8(topicName, "topic name"), qos, retain };
    this.#known.set(topicName, topic);
    return topic;
  }
}
