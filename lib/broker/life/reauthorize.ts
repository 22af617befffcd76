/**
 * Rights that were taken away, by changed rules or by another holder of a session: living subscriptions are asked about
 * again, and what waits in queues is filtered. Invariant: only what is denied now ends; the connection stays.
 */
import { LONG_MS } from "../../net/connection.ts";
import { rulingOf } from "../authorize.ts";
import type { Core } from "../core.ts";
import { dropped, receiveRuling } from "../deliver.ts";
import { Drop } from "../drops.ts";
import { OutgoingPublish } from "../../session/outgoing.ts";
import type { SubscriptionOptions } from "../../session/subscription.ts";
import type { BrokerSession } from "../sessions.ts";
import { endSubscription, partsOf } from "../subscriptions.ts";

/**
 * Checks the subscriptions and the queue of every session again.
 * @returns how many subscriptions have ended
 */
export async function reauthorizeAll(core: Core): Promise<number> {
  const { clock } = core;
  let ended = 0;
  let since = clock.now();
  for (const session of [...core.sessions.all()]) {
    ended += await reauthorizeSession(core, session, true);
    if (clock.now() - since <= LONG_MS) continue;
    await core.net.turn.pause();
    since = clock.now();
  }
  return ended;
}

/**
 * Checks all that a session has after another client has resumed it: also the messages under way, which will be
 * sent again.
 */
export async function reauthorizeForNewHolder(core: Core, session: BrokerSession): Promise<void> {
  await reauthorizeSession(core, session, false);
  if (!core.access.hasReceiveRules) return;
  for (const message of session.filterInflight((one) => receiveRuling(core, session, one))) {
    dropped(core, session, OutgoingPublish.of(message), Drop.RECEIVE_DENIED);
  }
}

/**
 * Checks one session's subscriptions and queue again.
 * @param sparesUndecided Does a subscription stay that a source failed to decide about? Only a holder's own may.
 * @returns how many subscriptions have ended
 */
export async function reauthorizeSession(
  core: Core,
  session: BrokerSession,
  sparesUndecided: boolean,
): Promise<number> {
  let ended = 0;
  for (const [topicFilter, options] of [...session.subscriptions]) {
    const because = await denialOf(core, session, topicFilter, options, sparesUndecided);
    if (because === undefined || !endSubscription(core.tree, session, topicFilter)) continue;
    ended++;
    const client = session.holder;
    core.logger.warn(
      `${client ?? session.clientId} lost its subscription to ${topicFilter}: ${because}`,
    );
    if (client !== undefined) core.observers.clientUnsubscribed?.({ client, topicFilter });
  }
  if (!core.access.hasReceiveRules) return ended;
  for (const { message } of session.filterQueue((one) => receiveRuling(core, session, one))) {
    dropped(core, session, OutgoingPublish.of(message), Drop.RECEIVE_DENIED);
  }
  return ended;
}

/** Why a subscription may not go on; undefined when it may. */
async function denialOf(
  core: Core,
  session: BrokerSession,
  topicFilter: string,
  { qos }: SubscriptionOptions,
  sparesUndecided: boolean,
): Promise<string | undefined> {
  const client = session.holder;
  if (client === undefined || core.access.allowsEverything) return undefined;
  const { topicFilter: topic } = partsOf(topicFilter);
  const question = { client, action: "subscribe", topic, qos, retain: false } as const;
  const { allowed, because, failed } = await rulingOf(core, question, new AbortController());
  return allowed || (failed && sparesUndecided) ? undefined : because;
}
