/**
 * Publishes payloads in order, a bounded number of them under way. Invariant: the source is read as fast as the
 * broker takes messages, and no faster; what was accepted has its QoS, or its failure is told.
 */
import type { Client } from "../client/client.ts";
import type { MessageOptions } from "../client/options.ts";
import type { QoS } from "../wire/packets.ts";

/** Where payloads come from. */
export type Payloads = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** What is said of each message; undefined: what the client's configuration says. */
export interface PublisherOptions extends MessageOptions {
  readonly qos: QoS | undefined;
  readonly retain: boolean | undefined;
}

/** Messages above QoS 0 that wait for the broker before reading goes on. */
const MAX_PENDING = 1024;

/** Publishes payloads to one topic name. */
export class Publisher {
  readonly #client: Client;
  readonly #topic: string;
  readonly #options: PublisherOptions;
  #pending = 0;
  #isStopped = false;
  #failure: { reason: unknown } | undefined;
  #settledOne: (() => void) | undefined;

  constructor(client: Client, topic: string, options: PublisherOptions) {
    this.#client = client;
    this.#topic = topic;
    this.#options = options;
  }

  /** Accepts no further message. */
  stop(): void {
    this.#isStopped = true;
  }

  /** Resolves when all have their QoS; rejects with the first failure. */
  async publishAll(payloads: Payloads): Promise<void> {
    for await (const payload of payloads) {
      if (this.#isStopped || this.#failure !== undefined) break;
      this.#publish(payload);
      while (this.#pending >= MAX_PENDING) await this.#oneSettled();
    }
    await this.settled();
  }

  /** Resolves when nothing is under way; rejects with the first failure. */
  async settled(): Promise<void> {
    while (this.#pending > 0) await this.#oneSettled();
    if (this.#failure !== undefined) throw this.#failure.reason;
  }

  #publish(payload: Uint8Array): void {
    this.#pending++;
    this.#client.publish(this.#topic, payload, this.#options)
      .catch((reason: unknown) => void (this.#failure ??= { reason }))
      .finally(() => {
        this.#pending--;
        this.#settledOne?.();
      });
  }

  #oneSettled(): Promise<void> {
    return new Promise((resolve) => this.#settledOne = resolve);
  }
}
