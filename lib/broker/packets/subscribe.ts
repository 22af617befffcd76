/**
 * SUBSCRIBE, section 3.8. Invariants: one code for each filter, in order [MQTT-3.8.4-5]; nothing is subscribed before all
 * filters are decided; SUBACK leaves before the retained messages; many filters are worked on in slices.
 */
import { inSlices } from "../../net/turn.ts";
import type { MaybePromise } from "../../plugin/types.ts";
import { type SubscriptionOptions, subscriptionOptions } from "../../session/subscription.ts";
import type { SharedFilter } from "../../topic/filter.ts";
import { type CodedReason, ReasonCode } from "../../wire/codes.ts";
import { ProtocolError } from "../../wire/errors.ts";
import type { QoS, SubscribePacket, SubscriptionRequest } from "../../wire/packets.ts";
import { byteLength } from "../../wire/utf8.ts";
import { cachedRuling } from "../authorize.ts";
import type { Client } from "../client.ts";
import { checkObjection, isObjection, type Objection, readFilter } from "../laws.ts";
import { replayRetained } from "../retained_source.ts";
import type { BrokerSession } from "../sessions.ts";
import { addSubscription } from "../subscriptions.ts";
import { ackObjection, pushSuback } from "./filter_acks.ts";
import { notAuthorized, noteUnsubscribed } from "./denials.ts";
import { holdForSession } from "./stored.ts";

/** One filter of a SUBSCRIBE, looked at. */
interface Asked {
  readonly request: SubscriptionRequest;
  readonly filter: SharedFilter | Objection;
  readonly options: SubscriptionOptions;
}

/** A filter that was granted. */
interface Granted extends Asked {
  /** There was no subscription to this filter before. */
  readonly isNew: boolean;
}

/** What a SUBSCRIBE has come to. */
interface Answer {
  readonly packet: SubscribePacket;
  readonly granted: Granted[];
  /** The granted QoS, or the code of a refusal. */
  readonly codes: number[];
  /** Why the first refused filter is refused. */
  because: string | undefined;
}

const DENIED: CodedReason = { code: ReasonCode.NOT_AUTHORIZED, text: "not authorized" };

/** Handles a SUBSCRIBE. */
export function handleSubscribe(
  client: Client,
  session: BrokerSession,
  packet: SubscribePacket,
): MaybePromise<void> {
  const { core: { net, rulesGeneration }, connection } = client;
  checkIdentifier(client, packet);
  const unanswerable = ackObjection(client, packet.subscriptions.length);
  if (unanswerable !== undefined) return connection.closeAfterFlush(unanswerable);
  const asked: Asked[] = [];
  const read = inSlices(net, packet.subscriptions, (request) => {
    asked.push(lookAt(client, packet, request));
  });
  const answers: MaybePromise<CodedReason | undefined>[] = [];
  const ask = () => inSlices(net, asked, (one) => answers.push(refusalOf(client, one)));
  const decided = read === undefined ? ask() : read.then(ask);
  if (decided === undefined && !answers.some((answer) => answer instanceof Promise)) {
    return finish(client, session, packet, asked, answers as (CodedReason | undefined)[]);
  }
  return Promise.resolve(decided).then(() => Promise.all(answers)).then((refusals) => {
    if (!client.ownsSession) return;
    if (client.core.rulesGeneration !== rulesGeneration) {
      return handleSubscribe(client, session, packet);
    }
    return finish(client, session, packet, asked, refusals);
  });
}

/** @throws ProtocolError for an identifier that the client was told not to use, section 3.2.2.3.12 */
function checkIdentifier({ core }: Client, packet: SubscribePacket): void {
  if (core.config.limits.subscriptionIdentifiers || identifierOf(packet) === undefined) return;
  throw new ProtocolError(
    "there are no subscription identifiers here (subscription_identifiers)",
    "3.2.2.3.12",
    ReasonCode.SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED,
  );
}

function identifierOf({ properties }: SubscribePacket): number | undefined {
  return properties?.subscriptionIdentifiers?.[0];
}

/** @throws ProtocolError for what the standard forbids */
function lookAt(client: Client, packet: SubscribePacket, request: SubscriptionRequest): Asked {
  const { core: { config: { limits } }, info: { protocolLevel } } = client;
  const filter = readFilter(request.topicFilter, limits);
  if (isObjection(filter)) checkObjection(filter, protocolLevel);
  else if (request.noLocal && filter.group !== undefined) {
    throw new ProtocolError("No Local on a shared subscription", "MQTT-3.8.3-4");
  }
  return { request, filter, options: optionsFor(client, packet, request) };
}

/** What a bridge of MQTT 3.1.1 cannot ask for is what its kind needs. */
function optionsFor(
  { core: { config: { limits } }, info: { isBridge } }: Client,
  packet: SubscribePacket,
  { qos, noLocal = isBridge, retainAsPublished = isBridge }: SubscriptionRequest,
): SubscriptionOptions {
  const granted = Math.min(qos, limits.maxQos) as QoS;
  return subscriptionOptions(granted, noLocal, retainAsPublished, identifierOf(packet));
}

/** Why a filter is not granted; undefined: it may be. */
function refusalOf(
  client: Client,
  { request: { topicFilter }, filter, options: { qos } }: Asked,
): MaybePromise<CodedReason | undefined> {
  const { core, info } = client;
  if (isObjection(filter)) return refused(client, topicFilter, filter, filter.text);
  if (core.access.allowsEverything) return undefined;
  const topic = filter.topicFilter;
  const question = { client: info, action: "subscribe", topic, qos, retain: false } as const;
  const ruling = cachedRuling(client, question);
  return ruling instanceof Promise
    ? ruling.then(({ allowed, because }) =>
      allowed ? undefined : denied(client, topicFilter, because)
    )
    : ruling.allowed
    ? undefined
    : denied(client, topicFilter, ruling.because);
}

/** What the rule says stays here. */
function denied(client: Client, topicFilter: string, because: string): CodedReason {
  return refused(client, topicFilter, DENIED, because);
}

function refused(
  client: Client,
  topicFilter: string,
  refusal: CodedReason,
  because: string,
): CodedReason {
  noteUnsubscribed(client, topicFilter, refusal, because);
  return refusal;
}

function finish(
  client: Client,
  session: BrokerSession,
  packet: SubscribePacket,
  asked: readonly Asked[],
  refusals: readonly (CodedReason | undefined)[],
): void | Promise<void> {
  const { core, connection } = client;
  const isRefused = refusals.some((refusal) => refusal !== undefined);
  if (core.config.access.denyAction === "disconnect" && isRefused) {
    return connection.close(notAuthorized("subscribe"));
  }
  const answer: Answer = { packet, granted: [], codes: [], because: undefined };
  const decided = asked.map((one, index) => ({ one, refusal: refusals[index] }));
  const added = inSlices(core.net, decided, ({ one, refusal }) => {
    if (!client.ownsSession) return; // it has gone during a pause
    decide(client, session, one, refusal, answer);
  });
  const reply = () => subscribed(client, session, answer);
  return added === undefined ? reply() : added.then(reply);
}

/** Subscribes to one filter, unless it is refused or there is no room for it. */
function decide(
  client: Client,
  session: BrokerSession,
  asked: Asked,
  denial: CodedReason | undefined,
  answer: Answer,
): void {
  const { request: { topicFilter }, options } = asked;
  const refusal = denial ?? shortage(client, session, topicFilter);
  answer.codes.push(refusal === undefined ? options.qos : refusal.code);
  if (refusal !== undefined) {
    answer.because ??= `filter ${answer.codes.length}: ${refusal.text}`;
    return;
  }
  const isNew = addSubscription(client.core.tree, session, topicFilter, options);
  answer.granted.push({ ...asked, isNew });
}

/** Why no other subscription is within the limits; one that is there already is. */
function shortage(
  client: Client,
  session: BrokerSession,
  topicFilter: string,
): CodedReason | undefined {
  const { core, info } = client;
  const { maxSubscriptions, maxSubscriptionBytes } = core.config.limits;
  if (session.subscriptions.has(topicFilter)) return undefined;
  const bytes = session.subscriptionBytes + byteLength(topicFilter);
  const limit = session.subscriptionCount >= maxSubscriptions
    ? "max_subscriptions"
    : bytes > maxSubscriptionBytes
    ? "max_subscription_bytes"
    : core.memory.keepsNothing
    ? "max_memory"
    : session.journal !== undefined && core.journal?.refuses
    ? "storage"
    : undefined;
  if (limit === undefined) return undefined;
  core.refusedSubscriptions.add(limit);
  core.logs.denials.info(`${info} gets no further subscription: ${limit} is reached`);
  const refusal = { code: ReasonCode.QUOTA_EXCEEDED, text: `${limit} is reached` };
  core.incidents.note(info, {
    kind: "refused",
    action: "subscribe",
    topic: topicFilter,
    code: refusal.code,
    reason: refusal.text,
    rule: "",
  });
  return refusal;
}

/** SUBACK, then the retained messages. */
function subscribed(client: Client, session: BrokerSession, answer: Answer): void {
  const { packet, granted, codes, because } = answer;
  if (!client.ownsSession) return;
  if (granted.length > 0) holdForSession(client, session);
  pushSuback(client, packet.packetId, codes, because);
  client.acks.run(() => {
    for (const one of granted) {
      observe(client, packet, one);
      if (!wantsRetained(one)) continue;
      replayRetained(client.core, session, one.request.topicFilter, one.options);
    }
  });
}

/** [MQTT-3.3.1-9] [MQTT-3.3.1-10] [MQTT-3.3.1-11] */
function wantsRetained({ request: { retainHandling = 0 }, isNew }: Granted): boolean {
  return retainHandling === 0 || (retainHandling === 1 && isNew);
}

function observe(
  { core: { observers }, info: client }: Client,
  packet: SubscribePacket,
  { request, options: { qos, noLocal, retainAsPublished } }: Granted,
): void {
  const { topicFilter, retainHandling } = request;
  if (client.protocolLevel < 5) {
    return void observers.clientSubscribed?.({ client, topicFilter, qos });
  }
  const subscriptionIdentifier = identifierOf(packet);
  const asked = { noLocal, retainAsPublished, retainHandling, subscriptionIdentifier };
  observers.clientSubscribed?.({ client, topicFilter, qos, ...asked });
}
