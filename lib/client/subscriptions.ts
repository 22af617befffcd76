/**
 * The subscriptions that a client has, so that they can be made again. Invariant: what is made again is what was asked
 * for (options, identifier, user properties) at the QoS that was granted.
 */
import { type QoS, SUBSCRIBE_FAILURE, type SubscriptionRequest } from "../wire/packets.ts";
import type { Properties } from "../wire/properties.ts";

/** One SUBSCRIBE that is to be sent. */
export interface Batch {
  readonly subscriptions: SubscriptionRequest[];
  readonly properties: Properties | undefined;
}

/** What was asked for beside a QoS. */
interface Asked {
  readonly request: SubscriptionRequest;
  readonly properties: Properties | undefined;
}

/** Filters in one SUBSCRIBE when subscriptions are made again. */
const FILTERS_A_PACKET = 100;

/** Subscriptions by their topic filter. */
export class Subscriptions {
  /** Topic filters with granted QoS. */
  readonly granted = new Map<string, QoS>();
  readonly #asked = new Map<string, Asked>();

  /** SUBACK has answered a SUBSCRIBE. */
  answered(batch: Batch, returnCodes: readonly number[]): void {
    const { subscriptions, properties } = batch;
    subscriptions.forEach((request, index) => {
      const { topicFilter } = request;
      const code = returnCodes[index]!;
      this.forget(topicFilter);
      if (code >= SUBSCRIBE_FAILURE) return;
      this.granted.set(topicFilter, code as QoS);
      this.#asked.set(topicFilter, { request, properties });
    });
  }

  /** It is given back, or was refused. */
  forget(topicFilter: string): void {
    this.granted.delete(topicFilter);
    this.#asked.delete(topicFilter);
  }

  /** What makes all of them again; those with other properties need a SUBSCRIBE of their own. */
  again(): Batch[] {
    const groups = new Map<Properties | undefined, SubscriptionRequest[]>();
    for (const [topicFilter, qos] of this.granted) {
      const { request, properties } = this.#asked.get(topicFilter) ?? {};
      const one = { ...request, topicFilter, qos };
      const group = groups.get(properties);
      if (group === undefined) groups.set(properties, [one]);
      else group.push(one);
    }
    return [...groups].flatMap(([properties, all]) => batchesOf(all, properties));
  }
}

function batchesOf(all: SubscriptionRequest[], properties: Properties | undefined): Batch[] {
  const batches: Batch[] = [];
  for (let at = 0; at < all.length; at += FILTERS_A_PACKET) {
    batches.push({ subscriptions: all.slice(at, at + FILTERS_A_PACKET), properties });
  }
  return batches;
}
