/**
 * SUBSCRIBE, section 3.8. Called by the dispatcher. Invariants: one return code for each filter, in order
 * [MQTT-3.8.4-5]; nothing is subscribed before all filters are decided; SUBACK leaves before the retained
 * messages.
 */
import type { MaybePromise } from "../../plugin/types.ts";
import type { RetainedSource } from "../../session/replays.ts";
import { splitSharedFilter, topicFilterProblem } from "../../topic/filter.ts";
import { ProtocolError } from "../../wire/errors.ts";
import { byteLength } from "../../wire/utf8.ts";
import {
  SUBSCRIBE_FAILURE,
  type SubscribePacket,
  type SubscriptionRequest,
} from "../../wire/packets.ts";
import { cachedRuling } from "../authorize.ts";
import type { Client } from "../client.ts";
import { receiveRuling } from "../route.ts";
import type { BrokerSession } from "../sessions.ts";
import { addSubscription, partsOf } from "../subscriptions.ts";
import { encodePacket } from "../../wire/codec.ts";

/** Handles a SUBSCRIBE. */
export function handleSubscribe(
  client: Client,
  session: BrokerSession,
  packet: SubscribePacket,
): MaybePromise<void> {
  const { subscriptions } = packet;
  for (const { topicFilter } of subscriptions) checkFilter(topicFilter);
  const answers = subscriptions.map((request) => maySubscribe(client, request));
  if (!answers.some((answer) => answer instanceof Promise)) {
    return finish(client, session, packet, answers as boolean[]);
  }
  const { rulesGeneration } = client.core;
  return Promise.all(answers).then((allowed) => {
    if (!client.ownsSession) return;
    if (client.core.rulesGeneration !== rulesGeneration) {
      return handleSubscribe(client, session, packet);
    }
    return finish(client, session, packet, allowed);
  });
}

/** @throws ProtocolError for a filter that the standard forbids */
function checkFilter(topicFilter: string): void {
  const shared = splitSharedFilter(topicFilter);
  const problem = typeof shared === "string" ? shared : topicFilterProblem(shared.topicFilter);
  if (problem !== undefined) throw new ProtocolError(problem, "MQTT-4.7.1-2");
}

function maySubscribe(client: Client, request: SubscriptionRequest): MaybePromise<boolean> {
  const { core, info } = client;
  const { topicFilter, qos } = request;
  const limit = overLimit(client, topicFilter);
  if (limit !== undefined) return denied(client, topicFilter, limit);
  if (core.access.allowsEverything) return true;
  const { topicFilter: topic } = partsOf(topicFilter);
  const question = { client: info, action: "subscribe", topic, qos, retain: false } as const;
  const ruling = cachedRuling(client, question);
  return ruling instanceof Promise
    ? ruling.then(({ allowed, because }) => allowed || denied(client, topicFilter, because))
    : ruling.allowed || denied(client, topicFilter, ruling.because);
}

function overLimit(client: Client, topicFilter: string): string | undefined {
  const { maxTopicLevels, maxTopicLength } = client.core.config.limits;
  const filter = partsOf(topicFilter).topicFilter;
  if (byteLength(filter) > maxTopicLength) return `longer than max_topic_length ${maxTopicLength}`;
  return topicFilterProblem(filter, maxTopicLevels);
}

function denied(client: Client, topicFilter: string, because: string): false {
  client.core.denials.note(`${client.info} may not subscribe to ${topicFilter}: ${because}`);
  return false;
}

function finish(
  client: Client,
  session: BrokerSession,
  { packetId, subscriptions }: SubscribePacket,
  allowed: boolean[],
): void | Promise<void> {
  const { core, info, connection } = client;
  if (core.config.access.denyAction === "disconnect" && allowed.includes(false)) {
    return connection.close("not authorized to subscribe");
  }
  const granted = subscriptions.filter((_, index) => allowed[index]);
  for (const { topicFilter, qos } of granted) {
    addSubscription(core.tree, session, topicFilter, qos);
  }
  const returnCodes = subscriptions.map(({ qos }, i) => allowed[i] ? qos : SUBSCRIBE_FAILURE);
  connection.outbound.push(encodePacket({ type: "suback", packetId, returnCodes }));
  for (const { topicFilter, qos } of granted) {
    core.observers.clientSubscribed?.({ client: info, topicFilter, qos });
    replayRetained(client, session, { topicFilter, qos });
  }
  // Looking for retained messages can take long, and a read can hold thousands of SUBSCRIBEs.
  if (connection.worksLong) return core.net.turn.pause();
}

/** Sends the retained messages of a filter [MQTT-3.3.1-6]; a shared subscription gets none. */
function replayRetained(
  client: Client,
  session: BrokerSession,
  { topicFilter, qos }: SubscriptionRequest,
): void {
  const { core } = client;
  const parts = partsOf(topicFilter);
  if (parts.group !== undefined) return;
  const source: RetainedSource = {
    find: () => core.retained.match(parts.topicFilter),
    current(found) {
      const current = core.retained.get(found.topicName);
      if (current === undefined || !core.access.hasReceiveRules) return current;
      return receiveRuling(core, session, current) ? current : undefined;
    },
  };
  session.replay(topicFilter, source, qos);
}
