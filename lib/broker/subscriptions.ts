/**
 * A subscription stands in two places, the session and the tree; this keeps them together. Invariant: the session
 * has the filter as the client wrote it, the tree has it without `$share/GROUP/`.
 */
import { type SharedFilter, splitSharedFilter } from "../topic/filter.ts";
import type { SubscriptionTree } from "../topic/tree.ts";
import type { SubscriptionOptions } from "../session/subscription.ts";
import type { BrokerSession } from "./sessions.ts";

type Tree = SubscriptionTree<BrokerSession, SubscriptionOptions>;

/** The filter and group of a filter that is known to be valid. */
export function partsOf(topicFilter: string): SharedFilter {
  const parts = splitSharedFilter(topicFilter);
  if (typeof parts === "string") throw new TypeError(parts);
  return parts;
}

/**
 * Adds a subscription or changes its options; equal options stay the object they are, so that nothing that was matched
 * becomes stale.
 * @returns false when there was one before
 */
export function addSubscription(
  tree: Tree,
  session: BrokerSession,
  topicFilter: string,
  options: SubscriptionOptions,
): boolean {
  const parts = partsOf(topicFilter);
  const before = session.subscriptions.get(topicFilter);
  const kept = before !== undefined && before.equals(options) ? before : options;
  session.subscribe(topicFilter, kept);
  tree.add(parts.topicFilter, session, kept, parts.group);
  return before === undefined;
}

/** Takes a subscription out of the tree alone. */
export function removeSubscription(tree: Tree, session: BrokerSession, topicFilter: string): void {
  const parts = partsOf(topicFilter);
  tree.remove(parts.topicFilter, session, parts.group);
}

/** Takes a subscription out of session and tree; false when there was none. */
export function endSubscription(tree: Tree, session: BrokerSession, topicFilter: string): boolean {
  if (!session.unsubscribe(topicFilter)) return false;
  removeSubscription(tree, session, topicFilter);
  return true;
}
