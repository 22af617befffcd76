/**
 * Sessions that have ended and had many subscriptions: these are taken out of the tree in slices, one session after the
 * other. Invariant: no message finds a session that has ended, however long that takes.
 */
import { Fifo } from "../fifo.ts";
import { Slice, type Turn } from "../net/turn.ts";
import type { SubscriptionOptions } from "../session/subscription.ts";
import type { SubscriptionTree } from "../topic/tree.ts";
import { removeSubscription } from "./subscriptions.ts";
import type { BrokerSession } from "./sessions.ts";

/** This many subscriptions are removed at once: in a part of a slice. */
const FEW = 256;

/** An ended session, and what it had subscribed. */
interface Leaver {
  readonly session: BrokerSession;
  readonly topicFilters: Iterable<string>;
}

/** Those of one broker. */
export class LeavingSessions {
  readonly #services: { readonly turn: Turn; now(): number };
  readonly #tree: SubscriptionTree<BrokerSession, SubscriptionOptions>;
  readonly #waiting = new Fifo<Leaver>();
  #slice: Slice | undefined;

  constructor(
    services: { readonly turn: Turn; now(): number },
    tree: SubscriptionTree<BrokerSession, SubscriptionOptions>,
  ) {
    this.#services = services;
    this.#tree = tree;
  }

  /**
   * A session ends: from now on nothing matches it, and it has no turn in its groups.
   * @returns a promise where its subscriptions are many, until they are removed
   */
  add(session: BrokerSession): void | Promise<void> {
    const { subscriptions } = session;
    if (subscriptions.size > FEW) return this.#addMany(session);
    for (const topicFilter of subscriptions.keys()) {
      removeSubscription(this.#tree, session, topicFilter);
    }
  }

  #addMany(session: BrokerSession): void | Promise<void> {
    this.#tree.leaves(session);
    this.#waiting.push({ session, topicFilters: session.subscriptions.keys() });
    if (this.#slice === undefined) return this.#removeAll(this.#slice = new Slice(this.#services));
  }

  async #removeAll(slice: Slice): Promise<void> {
    await this.#services.turn.pause(); // many may end together
    slice.renew();
    for (let one = this.#waiting.shift(); one !== undefined; one = this.#waiting.shift()) {
      for (const topicFilter of one.topicFilters) {
        removeSubscription(this.#tree, one.session, topicFilter);
        if (!slice.isOver) continue;
        await this.#services.turn.pause();
        slice.renew();
      }
      this.#tree.hasLeft(one.session);
    }
    this.#slice = undefined;
  }
}
