/**
 * What waits for a session without a right to it: queued, or sent and not acknowledged. Invariant: what a subscription
 * that stays matches is kept, and so is what matches none, for its client ended that one itself [MQTT-3.10.4-3].
 */
import type { Message } from "../session/message.ts";
import { OutgoingPublish } from "../session/outgoing.ts";
import {
  mergeOptions,
  type SubscriptionOptions,
  subscriptionOptions,
} from "../session/subscription.ts";
import { SubscriptionTree } from "../topic/tree.ts";
import type { CloseReason } from "../wire/codes.ts";
import type { Core } from "./core.ts";
import { dropped, receiveRuling } from "./deliver.ts";
import { Drop } from "./drops.ts";
import type { BrokerSession } from "./sessions.ts";
import { partsOf } from "./subscriptions.ts";

/** Takes away what waits for subscriptions that were just lost, and what receive rules deny now. */
export function dropLost(core: Core, session: BrokerSession, lost: readonly string[]): void {
  if (session.queuedMessages + session.inflightOut === 0) return;
  if (lost.length > 0) {
    const gone = matcherOf(lost);
    const staying = matcherOf(session.subscriptions.keys());
    take(core, session, Drop.RIGHT_LOST, ({ topicName }) => !gone(topicName) || staying(topicName));
  }
  if (!core.access.hasReceiveRules) return;
  take(core, session, Drop.RECEIVE_DENIED, (one) => receiveRuling(core, session, one).allowed);
}

function take(
  core: Core,
  session: BrokerSession,
  reason: CloseReason,
  keep: (message: Message) => boolean,
): void {
  const taken = [
    ...session.filterInflight(keep),
    ...session.filterQueue(keep),
  ];
  for (const { message } of taken) dropped(core, session, OutgoingPublish.of(message), reason);
}

/** Does any of these filters match a topic name? */
function matcherOf(topicFilters: Iterable<string>): (topicName: string) => boolean {
  const tree = new SubscriptionTree<object, SubscriptionOptions>(mergeOptions);
  const [anyone, options] = [{}, subscriptionOptions(0)];
  for (const one of topicFilters) tree.add(partsOf(one).topicFilter, anyone, options);
  return (topicName) => tree.match(topicName).subscribers.size > 0;
}
