/**
 * Retained messages for a new subscription [MQTT-3.3.1-6]. Invariants: each message is looked up again, and the receive
 * rules are asked, when it is sent; the search pauses after each slice of work.
 */
import { Slice } from "../net/turn.ts";
import type { Message } from "../session/message.ts";
import type { RetainedSource } from "../session/replays.ts";
import type { QoS } from "../wire/packets.ts";
import type { Core } from "./core.ts";
import { receiveRuling } from "./deliver.ts";
import type { BrokerSession } from "./sessions.ts";
import { partsOf } from "./subscriptions.ts";

/** Sends the retained messages of a filter; a shared subscription gets none. */
export function replayRetained(
  core: Core,
  session: BrokerSession,
  topicFilter: string,
  qos: QoS,
): void {
  const parts = partsOf(topicFilter);
  if (parts.group !== undefined) return;
  const source: RetainedSource = {
    find: () => searchInSlices(core, session, parts.topicFilter),
    current(found) {
      const current = core.retained.get(found.topicName);
      if (current === undefined || !core.access.hasReceiveRules) return current;
      return receiveRuling(core, session, current) ? current : undefined;
    },
  };
  session.replay(topicFilter, source, qos);
}

function* searchInSlices(
  core: Core,
  session: BrokerSession,
  topicFilter: string,
): Generator<Message | undefined> {
  const slice = new Slice(core.net);
  let isPaused = false;
  const goOn = () => {
    isPaused = false;
    session.drain();
  };
  for (const message of core.retained.visit(topicFilter)) {
    if (message !== undefined) yield message;
    if (!slice.isOver) continue;
    isPaused = true;
    core.net.turn.pause().then(goOn).catch((cause: unknown) =>
      core.logger.error(`retained messages for ${session.clientId} failed: ${cause}`)
    );
    while (isPaused) yield undefined;
    slice.renew();
  }
}
