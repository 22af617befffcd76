/**
 * SUBSCRIBE, section 3.8. Invariants: one return code for each filter, in order [MQTT-3.8.4-5]; nothing is subscribed
 * before all filters are decided; SUBACK leaves before the retained messages; many filters are worked on in slices.
 */
import { inSlices } from "../../net/turn.ts";
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
import { byteLength } from "../../wire/utf8.ts";
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

/** What a SUBSCRIBE has come to. */
interface Answer {
  readonly packetId: number;
  readonly granted: readonly SubscriptionRequest[];
  readonly returnCodes: number[];
}

/** Handles a SUBSCRIBE. */
export function handleSubscribe(
  client: Client,
  session: BrokerSession,
  packet: SubscribePacket,
): MaybePromise<void> {
  const { net, config: { limits }, rulesGeneration } = client.core;
  const asked: Asked[] = [];
  const read = inSlices(net, packet.subscriptions, (request) => {
    asked.push({ request, filter: checked(readFilter(request.topicFilter, limits)) });
  });
  const answers: MaybePromise<boolean>[] = [];
  const ask = () => inSlices(net, asked, (one) => answers.push(maySubscribe(client, one)));
  const decided = read === undefined ? ask() : read.then(ask);
  if (decided === undefined && !answers.some((answer) => answer instanceof Promise)) {
    return finish(client, session, packet.packetId, asked, answers as boolean[]);
  }
  return Promise.resolve(decided).then(() => Promise.all(answers)).then((allowed) => {
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
  const { core, connection } = client;
  if (core.config.access.denyAction === "disconnect" && allowed.includes(false)) {
    return connection.close(notAuthorized("subscribe"));
  }
  const permitted = asked.map(({ request }, index) => ({ request, isAllowed: allowed[index] }));
  const granted: SubscriptionRequest[] = [];
  const returnCodes: number[] = [];
  const added = inSlices(core.net, permitted, ({ request, isAllowed }) => {
    if (!client.ownsSession) return; // it has gone during a pause
    const isGranted = isAllowed && hasRoomFor(client, session, request.topicFilter);
    returnCodes.push(isGranted ? request.qos : SUBSCRIBE_FAILURE);
    if (!isGranted) return;
    granted.push(request);
    addSubscription(core.tree, session, request.topicFilter, optionsFor(client, request.qos));
  });
  const answer = () => subscribed(client, session, { packetId, granted, returnCodes });
  return added === undefined ? answer() : added.then(answer);
}

/** Is another subscription within the limits? One that is there already is. */
function hasRoomFor(client: Client, session: BrokerSession, topicFilter: string): boolean {
  const { core, info } = client;
  const { maxSubscriptions, maxSubscriptionBytes } = core.config.limits;
  if (session.subscriptions.has(topicFilter)) return true;
  const bytes = session.subscriptionBytes + byteLength(topicFilter);
  const limit = session.subscriptionCount >= maxSubscriptions
    ? "max_subscriptions"
    : bytes > maxSubscriptionBytes
    ? "max_subscription_bytes"
    : core.memory.keepsNothing
    ? "max_memory"
    : undefined;
  if (limit === undefined) return true;
  core.refusedSubscriptions.add(limit);
  core.logs.denials.info(`${info} gets no further subscription: ${limit} is reached`);
  return false;
}

/** SUBACK, then the retained messages. */
function subscribed(client: Client, session: BrokerSession, answer: Answer): void {
  const { core, info, acks } = client;
  const { packetId, granted, returnCodes } = answer;
  acks.push(encodePacket({ type: "suback", packetId, returnCodes }, info.protocolLevel));
  acks.run(() => {
    for (const { topicFilter, qos } of granted) {
      core.observers.clientSubscribed?.({ client: info, topicFilter, qos });
      replayRetained(core, session, topicFilter, optionsFor(client, qos));
    }
  });
}
