/**
 * What one broker's subscribers want, and what those of others do. Pure. Invariants: a filter that is not shared is told
 * to others with its first subscription and with the end of its last; one that is shared with every change, for its
 * members take turns by their number.
 */
import { splitSharedFilter } from "../topic/filter.ts";
import { SubscriptionTree } from "../topic/tree.ts";
import type { Beyond, BusPeer, SharedBeyond } from "./bus.ts";

/** Filters of this broker to how many subscriptions they have. */
export class OwnInterest {
  readonly #counts = new Map<string, number>();

  /** Counts; returns what others are to be told, undefined: nothing. */
  change(topicFilter: string, by: 1 | -1): number | undefined {
    const before = this.#counts.get(topicFilter) ?? 0;
    const count = before + by;
    if (count > 0) this.#counts.set(topicFilter, count);
    else this.#counts.delete(topicFilter);
    if (topicFilter.startsWith("$share/") || topicFilter.startsWith("$queue/")) return count;
    return (before > 0) === (count > 0) ? undefined : count;
  }

  /** All there are. */
  all(): Iterable<readonly [topicFilter: string, count: number]> {
    return this.#counts;
  }
}

/** How many members a group has there. */
type Weights = ReadonlyMap<BusPeer, number>;

/** What others want. */
export class OthersInterest {
  /** A subscriber is a member of the bus, its options are how many there are of it. */
  readonly #tree = new SubscriptionTree<BusPeer, number>((all) => all[0]!);
  readonly #filters = new Map<BusPeer, Set<string>>();
  /** Whose turn it is in each shared subscription. */
  readonly #turns = new Map<string, number>();

  /** @param count 0: no one any more */
  set(peer: BusPeer, topicFilter: string, count: number): void {
    const parts = splitSharedFilter(topicFilter);
    if (typeof parts === "string") return; // not one that a broker grants
    const filters = this.#filters.get(peer) ?? new Set();
    this.#filters.set(peer, filters);
    if (count > 0) {
      filters.add(topicFilter);
      this.#tree.add(parts.topicFilter, peer, count, parts.group);
    } else if (filters.delete(topicFilter)) {
      this.#tree.remove(parts.topicFilter, peer, parts.group);
      if (parts.group !== undefined) this.#turns.delete(topicFilter);
    }
  }

  /** A member has left. */
  forget(peer: BusPeer): void {
    for (const topicFilter of this.#filters.get(peer) ?? []) this.set(peer, topicFilter, 0);
    this.#filters.delete(peer);
  }

  match(topicName: string): Beyond | undefined {
    if (this.#tree.isEmpty) return undefined;
    const { subscribers, groups } = this.#tree.match(topicName);
    if (subscribers.size + groups.length === 0) return undefined;
    const shared = groups.map(({ filter, members }): SharedBeyond => (
      { filter, next: (here) => this.#next(filter, members, here) }
    ));
    return { peers: [...subscribers.keys()], shared };
  }

  #next(filter: string, members: Weights, here: number): BusPeer | undefined {
    let all = here;
    for (const count of members.values()) all += count;
    const turn = (this.#turns.get(filter) ?? 0) % all;
    this.#turns.set(filter, turn + 1);
    let before = here;
    if (turn < before) return undefined;
    for (const [peer, count] of members) {
      before += count;
      if (turn < before) return peer;
    }
    return undefined;
  }
}
