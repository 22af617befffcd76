/**
 * Retained messages for a new subscription [MQTT-3.3.1-6]. Invariants: each message is looked up again, and the receive
 * rules are asked, when it is sent; the search pauses after each slice of work.
 */
import { Slice } from "../net/turn.ts";
import type { Found, RetainedSource } from "../session/replays.ts";
import type { SubscriptionOptions } from "../session/subscription.ts";
import { filterMatches } from "../topic/filter.ts";
import type { Core } from "./core.ts";
import { optionsFor, receiveRuling } from "./deliver.ts";
import type { BrokerSession } from "./sessions.ts";
import { partsOf } from "./subscriptions.ts";

/** Sends the retained messages of a filter; a shared subscription gets none. */
export function replayRetained(
  core: Core,
  session: BrokerSession,
  topicFilter: string,
  options: SubscriptionOptions,
): void {
  const parts = partsOf(topicFilter);
  if (parts.group !== undefined) return;
  const source: RetainedSource = {
    since: core.lastOrder,
    covers: (topicName) => filterMatches(parts.topicFilter, topicName),
    find: () => searchInSlices(core, session, parts.topicFilter),
    current(topicName, found) {
      const current = found === undefined
        ? core.retained.lend(topicName)
        : core.retained.lendFound(found);
      if (current === undefined || optionsFor(session, options, current) === undefined) {
        return undefined;
      }
      if (!core.access.hasReceiveRules) return current;
      return receiveRuling(core, session, current).allowed ? current : undefined;
    },
  };
  session.replay(topicFilter, source, options);
}

function* searchInSlices(
  core: Core,
  session: BrokerSession,
  topicFilter: string,
): Generator<Found | undefined> {
  const slice = new Slice(core.net);
  let isPaused = false;
  const goOn = () => {
    isPaused = false;
    session.drain();
  };
  for (const found of core.retained.topics(topicFilter)) {
    if (found !== undefined) yield found;
    if (!slice.isOver) continue;
    isPaused = true;
    core.net.turn.pause().then(goOn).catch((cause: unknown) =>
      core.logger.error(`retained messages for ${session.clientId} failed: ${cause}`)
    );
    while (isPaused) yield undefined;
    slice.renew();
  }
}
