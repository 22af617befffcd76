/**
 * Questions and answers over MQTT 5, section 4.10: response topic and correlation data. Invariants: a client has one
 * response topic and one subscription to it, however many requests wait; every request settles, by its answer, its
 * time-out or the end of the client.
 */
import { encodeHex } from "../encoding.ts";
import type { Abortable, MessageOptions, PublishOptions } from "./options.ts";
import { Deferred } from "./deferred.ts";
import { ClientError } from "./errors.ts";
import type { ReceivedMessage } from "./message.ts";
import type { PublishResult } from "./publishing.ts";
import type { MessageHandler } from "./receivers.ts";
import type { ServerInfo } from "./server_info.ts";
import { pause } from "../wait.ts";
import type { Clock } from "../clock.ts";
import type { QoS } from "../wire/packets.ts";

/** How to ask. */
export interface RequestOptions extends PublishOptions {
  /** Milliseconds that the answer may take, default 30,000. */
  timeout?: number | undefined;
}

/** What answers a request: the payload, or nothing for none. */
export type Responder = (
  request: ReceivedMessage,
) => ResponseContent | Promise<ResponseContent>;

/** A payload, or one with properties; undefined: no answer. */
export type ResponseContent =
  | string
  | Uint8Array
  | (MessageOptions & { readonly payload: string | Uint8Array })
  | undefined;

/** What both need of the client. */
export interface Correspondent {
  readonly clientId: string;
  readonly server: ServerInfo | undefined;
  publish(
    topicName: string,
    payload: string | Uint8Array,
    options: PublishOptions,
  ): Promise<PublishResult>;
  subscribe(filter: string, options: { qos: QoS } & Abortable): Promise<unknown>;
  unsubscribe(filter: string): Promise<unknown>;
  onMessage(filter: string, handler: MessageHandler): () => void;
}

const USUAL_TIMEOUT_MS = 30_000;
const NO_MATCHING_SUBSCRIBERS = 0x10;

/** The requests of one client. */
export class Requester {
  readonly #client: Correspondent;
  readonly #clock: Clock;
  readonly #waiting = new Map<string, Deferred<ReceivedMessage>>();
  #count = 0;
  /** The response topic, once the broker has taken the subscription. */
  #subscribed: Promise<string> | undefined;
  #stopListening: (() => void) | undefined;

  constructor(client: Correspondent, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  /** Resolves with the answer; rejects with ClientError `timeout`, or why it could not be asked. */
  async request(
    topicName: string,
    payload: string | Uint8Array,
    { timeout = USUAL_TIMEOUT_MS, signal, ...options }: RequestOptions,
  ): Promise<ReceivedMessage> {
    const over = new AbortController();
    const stop = signal === undefined ? over.signal : AbortSignal.any([signal, over.signal]);
    const answer = new Deferred<ReceivedMessage>(stop);
    const correlationData = this.#nextCorrelation();
    const key = encodeHex(correlationData);
    this.#waiting.set(key, answer);
    const late = () => over.abort(new ClientError("timeout", `no answer within ${timeout} ms`));
    pause(this.#clock, timeout, stop).then(late, () => {});
    try {
      this.#ask(topicName, payload, { ...options, correlationData, signal: stop })
        .catch((error) => answer.reject(error));
      return await answer.promise;
    } finally {
      this.#waiting.delete(key);
      over.abort();
    }
  }

  /** The client is closed: what waits rejects, and the next request subscribes anew. */
  end(error: ClientError): void {
    this.#subscribed = undefined;
    this.#stopListening?.();
    this.#stopListening = undefined;
    for (const answer of this.#waiting.values()) answer.reject(error);
  }

  async #ask(
    topicName: string,
    payload: string | Uint8Array,
    options: PublishOptions,
  ): Promise<void> {
    const responseTopic = await (this.#subscribed ??= this.#subscribe(options.qos ?? 0));
    options.signal?.throwIfAborted();
    const { reasonCode } = await this.#client.publish(topicName, payload, {
      ...options,
      responseTopic,
    });
    if (reasonCode !== NO_MATCHING_SUBSCRIBERS) return;
    const message = `no one is subscribed to ${topicName}, so no one can answer`;
    throw new ClientError("publish-refused", message, { reasonCode });
  }

  async #subscribe(qos: QoS): Promise<string> {
    const { clientId, server } = this.#client;
    const prefix = server?.responseInformation?.replace(/\/$/, "") ??
      `responses/${plain(clientId)}`;
    const topic = `${prefix}/${crypto.randomUUID()}`;
    this.#stopListening = this.#client.onMessage(topic, (message) => this.#answered(message));
    try {
      await this.#client.subscribe(topic, { qos: qos === 0 ? 0 : 1 });
      return topic;
    } catch (error) {
      this.#subscribed = undefined; // the next request tries again
      this.#stopListening?.();
      throw error;
    }
  }

  #answered(message: ReceivedMessage): void {
    const { correlationData } = message.properties;
    if (correlationData !== undefined) {
      this.#waiting.get(encodeHex(correlationData))?.resolve(message);
    }
  }

  #nextCorrelation(): Uint8Array {
    const data = crypto.getRandomValues(new Uint8Array(12));
    new DataView(data.buffer).setUint32(0, this.#count++);
    return data;
  }
}

/** No wildcards in a topic name. */
function plain(clientId: string): string {
  return clientId.replaceAll(/[+#/\p{Cc}]/gu, "_");
}

/**
 * Subscribes, and answers what has a response topic.
 * @returns what ends it
 */
export async function respondTo(
  client: Correspondent,
  filter: string,
  responder: Responder,
  options: { qos: QoS } & Abortable,
): Promise<() => Promise<void>> {
  const stop = client.onMessage(filter, async (message) => {
    const content = await responder(message);
    if (content !== undefined) await answer(client, message, content);
  });
  try {
    await client.subscribe(filter, options);
  } catch (error) {
    stop();
    throw error;
  }
  return async () => {
    stop();
    await client.unsubscribe(filter);
  };
}

async function answer(
  client: Correspondent,
  { qos, properties }: ReceivedMessage,
  content: Exclude<ResponseContent, undefined>,
): Promise<void> {
  const { responseTopic, correlationData } = properties;
  if (responseTopic === undefined) return;
  const isPlain = typeof content === "string" || content instanceof Uint8Array;
  const { payload, ...options } = isPlain ? { payload: content } : content;
  await client.publish(responseTopic, payload, { ...options, qos, correlationData });
}
