/**
 * A subscription stands in two places, the session and the tree; this keeps them together. Used by SUBSCRIBE,
 * UNSUBSCRIBE, re-checks and the end of sessions. Invariant: the session has the filter as the client wrote it, the
 * tree has it without `$share/GROUP/`.
 */
import { splitSharedFilter } from "../topic/filter.ts";
import type { SubscriptionTree } from "../topic/tree.ts";
import type { QoS } from "../wire/packets.ts";
import type { BrokerSession } from "./sessions.ts";

type Tree = SubscriptionTree<BrokerSession>;

/** The filter and group of a filter that is known to be valid. */
export function partsOf(topicFilter: string): { topicFilter: string; group: string | undefined } {
  const parts = splitSharedFilter(topicFilter);
  if (typeof parts === "string") throw new TypeError(parts);
  return parts;
}

/** Adds a subscription or changes its QoS. */
export function addSubscription(
  tree: Tree,
  session: BrokerSession,
  topicFilter: string,
  qos: QoS,
): void {
  const parts = partsOf(topicFilter);
  session.setSubscription(topicFilter, qos);
  tree.add(parts.topicFilter, session, qos, parts.group);
}

/** Takes a subscription out of the tree alone. */
export function removeSubscription(tree: Tree, session: BrokerSession, topicFilter: string): void {
  const parts = partsOf(topicFilter);
  tree.remove(parts.topicFilter, session, parts.group);
}

/** Takes a subscription out of session and tree; false when there was none. */
export function endSubscription(tree: Tree, session: BrokerSession, topicFilter: string): boolean {
  if (!session.deleteSubscription(topicFilter)) return false;
  removeSubscription(tree, session, topicFilter);
  return true;
}
