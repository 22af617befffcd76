/**
 * SUBSCRIBE, section 3.8. Invariants: one return code for each filter, in order [MQTT-3.8.4-5]; nothing is subscribed
 * before all filters are decided; SUBACK leaves before the retained messages.
 */
import type { MaybePromise } from "../../plugin/types.ts";
import { type SubscriptionOptions, subscriptionOptions } from "../../session/subscription.ts";
import type { SharedFilter } from "../../topic/filter.ts";
import { encodePacket } from "../../wire/codec.ts";
import { ProtocolError } from "../../wire/errors.ts";
import {
  type QoS,
  SUBSCRIBE_FAILURE,
  type SubscribePacket,
  type SubscriptionRequest,
} from "../../wire/packets.ts";
import { cachedRuling } from "../authorize.ts";
import type { Client } from "../client.ts";
import { isObjection, type Objection, readFilter } from "../laws.ts";
import { replayRetained } from "../retained_source.ts";
import type { BrokerSession } from "../sessions.ts";
import { addSubscription } from "../subscriptions.ts";
import { notAuthorized } from "./publish.ts";
import { shown } from "../../shown.ts";

/** One filter of a SUBSCRIBE, looked at. */
interface Asked {
  readonly request: SubscriptionRequest;
  readonly filter: SharedFilter | Objection;
}

/** Handles a SUBSCRIBE. */
export function handleSubscribe(
  client: Client,
  session: BrokerSession,
  packet: SubscribePacket,
): MaybePromise<void> {
  const { limits } = client.core.config;
  const asked = packet.subscriptions.map((request) => ({
    request,
    filter: checked(readFilter(request.topicFilter, limits)),
  }));
  const answers = asked.map((one) => maySubscribe(client, one));
  if (!answers.some((answer) => answer instanceof Promise)) {
    return finish(client, session, packet.packetId, asked, answers as boolean[]);
  }
  const { rulesGeneration } = client.core;
  return Promise.all(answers).then((allowed) => {
    if (!client.ownsSession) return;
    if (client.core.rulesGeneration !== rulesGeneration) {
      return handleSubscribe(client, session, packet);
    }
    return finish(client, session, packet.packetId, asked, allowed);
  });
}

/** @throws ProtocolError for a filter that the standard forbids */
function checked(filter: SharedFilter | Objection): SharedFilter | Objection {
  if (!isObjection(filter) || filter.kind !== "malformed") return filter;
  throw new ProtocolError(filter.text, "MQTT-4.7.1-2", filter.code);
}

function maySubscribe(client: Client, { request, filter }: Asked): MaybePromise<boolean> {
  const { core, info } = client;
  const { topicFilter, qos } = request;
  if (isObjection(filter)) return denied(client, topicFilter, filter.text);
  if (core.access.allowsEverything) return true;
  const topic = filter.topicFilter;
  const question = { client: info, action: "subscribe", topic, qos, retain: false } as const;
  const ruling = cachedRuling(client, question);
  return ruling instanceof Promise
    ? ruling.then(({ allowed, because }) => allowed || denied(client, topicFilter, because))
    : ruling.allowed || denied(client, topicFilter, ruling.because);
}

function denied(client: Client, topicFilter: string, because: string): false {
  const { core, info } = client;
  core.logs.denials.info(`${info} may not subscribe to ${shown(topicFilter)}: ${because}`);
  return false;
}

/** What a bridge of MQTT 3.1.1 cannot ask for is what its kind needs. */
function optionsFor({ info: { isBridge } }: Client, qos: QoS): SubscriptionOptions {
  return subscriptionOptions(qos, isBridge, isBridge);
}

function finish(
  client: Client,
  session: BrokerSession,
  packetId: number,
  asked: readonly Asked[],
  allowed: readonly boolean[],
): void | Promise<void> {
  const { core, info, connection, acks } = client;
  if (core.config.access.denyAction === "disconnect" && allowed.includes(false)) {
    return connection.close(notAuthorized("subscribe"));
  }
  const granted = asked.filter((_, index) => allowed[index]).map(({ request }) => request);
  for (const { topicFilter, qos } of granted) {
    addSubscription(core.tree, session, topicFilter, optionsFor(client, qos));
  }
  const returnCodes = asked.map(({ request }, i) => allowed[i] ? request.qos : SUBSCRIBE_FAILURE);
  acks.push(encodePacket({ type: "suback", packetId, returnCodes }, info.protocolLevel));
  acks.run(() => {
    for (const { topicFilter, qos } of granted) {
      core.observers.clientSubscribed?.({ client: info, topicFilter, qos });
      replayRetained(core, session, topicFilter, optionsFor(client, qos));
    }
  });
  // Looking for retained messages can take long, and a read can hold thousands of SUBSCRIBEs.
  if (connection.worksLong) return core.net.turn.pause();
}
