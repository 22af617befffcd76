/** A subscription in the session and in the tree: what changes makes matches stale, and what does not. */
import { assertEquals, assertStrictEquals } from "@std/assert";
import type { BrokerSession } from "../../lib/broker/sessions.ts";
import { addSubscription, endSubscription } from "../../lib/broker/subscriptions.ts";
import {
  mergeOptions,
  type SubscriptionOptions,
  subscriptionOptions,
} from "../../lib/session/subscription.ts";
import { SubscriptionTree } from "../../lib/topic/tree.ts";
import { smallSession } from "./small_session.ts";

for (const filter of ["a/+", "$share/g/a/+"]) {
  Deno.test(`${filter}: equal options are the object that is there, and nothing is stale`, () => {
    const tree = new SubscriptionTree<BrokerSession, SubscriptionOptions>(mergeOptions);
    const session = smallSession("c", Infinity);
    const options = (identifier?: number) => subscriptionOptions(1, false, true, identifier);
    assertEquals(addSubscription(tree, session, filter, options(7)), true);
    const { generation } = tree;
    const first = session.subscriptions.get(filter);
    assertEquals(addSubscription(tree, session, filter, options(7)), false);
    assertStrictEquals(session.subscriptions.get(filter), first);
    assertEquals(tree.generation, generation);
    for (const other of [options(8), options(), subscriptionOptions(2, false, true)]) {
      const before = tree.generation;
      assertEquals(addSubscription(tree, session, filter, other), false);
      assertEquals([tree.generation > before, tree.count], [true, 1]);
      assertStrictEquals(session.subscriptions.get(filter), other);
    }
    assertEquals(endSubscription(tree, session, filter), true);
    assertEquals([tree.isEmpty, endSubscription(tree, session, filter)], [true, false]);
  });
}
