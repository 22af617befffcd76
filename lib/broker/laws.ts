/**
 * What may be published, subscribed to and willed at all, before access rules are asked: the standard's grammar
 * (section 4.7), this broker's limits, and the topics that begin with `$`. Pure. Invariant: PUBLISH, SUBSCRIBE,
 * UNSUBSCRIBE, wills, `context.publish` and `explain` ask here and nowhere else, so none of them differs.
 */
import {
  SHARED_INSIDE,
  type SharedFilter,
  splitSharedFilter,
  topicFilterProblem,
  topicNameProblem,
} from "../topic/filter.ts";
import { type CodedReason, ReasonCode } from "../wire/codes.ts";
import { ProtocolError } from "../wire/errors.ts";
import type { ProtocolLevel, QoS } from "../wire/packets.ts";
import { byteLength } from "../wire/utf8.ts";

/** The limits that laws look at. */
export interface TopicLimits {
  readonly maxTopicLevels: number;
  /** Bytes of UTF-8. */
  readonly maxTopicLength: number;
}

/** What of MQTT is offered. */
export interface Offer {
  readonly maxQos: QoS;
  readonly retainAvailable: boolean;
}

/** Is there nothing in a PUBLISH that is not offered? */
export function offersAll({ maxQos, retainAvailable }: Offer): boolean {
  return maxQos === 2 && retainAvailable;
}

/** What a message or will asks for that is not offered; undefined: nothing. */
export function offerObjection(
  what: "will" | "message",
  { maxQos, retainAvailable }: Offer,
  { qos, retain }: { readonly qos: QoS; readonly retain: boolean },
): CodedReason | undefined {
  if (qos > maxQos) {
    const text = `${what} of QoS ${qos}, max_qos is ${maxQos}`;
    return { code: ReasonCode.QOS_NOT_SUPPORTED, text }; // [MQTT-3.2.2-12]
  }
  if (!retain || retainAvailable) return undefined;
  const text = `${what} that is to be retained, retain_available is false`;
  return { code: ReasonCode.RETAIN_NOT_SUPPORTED, text }; // [MQTT-3.2.2-13]
}

/** @throws ProtocolError for a message that asks for more than is offered */
export function checkOffered(
  offer: Offer,
  message: { readonly qos: QoS; readonly retain: boolean },
): void {
  const objection = offerObjection("message", offer, message);
  if (objection === undefined) return;
  const statement = message.qos > offer.maxQos ? "MQTT-3.2.2-11" : "MQTT-3.2.2-14";
  throw new ProtocolError(objection.text, statement, objection.code);
}

/** The limits that laws look at where clients subscribe. */
export interface FilterLimits extends TopicLimits {
  readonly wildcardSubscriptions: boolean;
  readonly sharedSubscriptions: boolean;
}

/** What stands against a topic. */
export interface Objection extends CodedReason {
  /**
   * `malformed`: the standard forbids it to everyone; `limit`: this broker's limits do; `reserved`: it begins with
   * `$`, and clients do not publish there; `unshared`: a filter of MQTT 3.1.1 that looks like a shared subscription
   * and is none, so that it is not granted, and a protocol error of MQTT 5 where its code says so; `unoffered`: a kind
   * of filter that this broker does without.
   */
  readonly kind: "malformed" | "limit" | "reserved" | "unshared" | "unoffered";
}

/** What is wrong with publishing to this name for anyone, the broker too; undefined when nothing is. */
export function publishObjection(
  topicName: string,
  { maxTopicLevels, maxTopicLength }: TopicLimits,
  bytes: number = byteLength(topicName),
): Objection | undefined {
  const code = ReasonCode.TOPIC_NAME_INVALID;
  const malformed = topicNameProblem(topicName);
  if (malformed !== undefined) return { kind: "malformed", code, text: malformed };
  const text = bytes > maxTopicLength
    ? `topic name of ${bytes} bytes, max_topic_length is ${maxTopicLength}`
    : mayHaveMoreLevels(topicName, maxTopicLevels)
    ? topicNameProblem(topicName, maxTopicLevels)
    : undefined;
  return text === undefined ? undefined : { kind: "limit", code, text };
}

/** @throws ProtocolError for a name that no one may publish to */
export function checkTopicName(topicName: string, limits: TopicLimits, bytes?: number): void {
  const objection = publishObjection(topicName, limits, bytes);
  if (objection === undefined) return;
  throw new ProtocolError(objection.text, "MQTT-3.3.2-2", objection.code);
}

const RESERVED: Objection = {
  kind: "reserved",
  code: ReasonCode.NOT_AUTHORIZED,
  text: "clients do not publish to topics that begin with $",
};

/**
 * What stands against a client's publish to a valid name: its will's too, when it is published.
 * @param allowed beginnings of topics that begin with `$` and are open all the same
 */
export function reservedObjection(
  topicName: string,
  allowed: readonly string[],
): Objection | undefined {
  if (!topicName.startsWith("$")) return undefined;
  return allowed.some((prefix) => topicName.startsWith(prefix)) ? undefined : RESERVED;
}

/** @throws ProtocolError for a will whose topic cannot be published to */
export function checkWillTopic(topicName: string, limits: TopicLimits): void {
  const objection = publishObjection(topicName, limits);
  if (objection === undefined) return;
  throw new ProtocolError(`will topic: ${objection.text}`, "MQTT-3.1.3-10", objection.code);
}

/** A filter of a SUBSCRIBE taken apart, or what is wrong with it. Limits hold for what stands behind the group. */
export function readFilter(topicFilter: string, limits: FilterLimits): SharedFilter | Objection {
  const malformed = topicFilterProblem(topicFilter);
  if (malformed !== undefined) {
    return { kind: "malformed", code: ReasonCode.TOPIC_FILTER_INVALID, text: malformed };
  }
  const parts = splitSharedFilter(topicFilter);
  if (typeof parts === "string") return unshared(topicFilter, parts);
  const text = filterOverLimit(parts.topicFilter, limits);
  if (text !== undefined) return { kind: "limit", code: ReasonCode.QUOTA_EXCEEDED, text };
  return unoffered(parts, limits) ?? parts;
}

/** Of MQTT 5 it is a protocol error, unless it is written as this broker alone has it. */
function unshared(topicFilter: string, text: string): Objection {
  const isOurs = text === SHARED_INSIDE || !topicFilter.startsWith("$share/");
  const code = isOurs ? ReasonCode.TOPIC_FILTER_INVALID : ReasonCode.PROTOCOL_ERROR;
  return { kind: "unshared", code, text };
}

const NO_SHARED: Objection = {
  kind: "unoffered",
  code: ReasonCode.SHARED_SUBSCRIPTIONS_NOT_SUPPORTED,
  text: "there are no shared subscriptions here (shared_subscriptions)",
};

const NO_WILDCARDS: Objection = {
  kind: "unoffered",
  code: ReasonCode.WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED,
  text: "filters have no wildcards here (wildcard_subscriptions)",
};

function unoffered(
  { group, topicFilter }: SharedFilter,
  { sharedSubscriptions, wildcardSubscriptions }: FilterLimits,
): Objection | undefined {
  if (!sharedSubscriptions && group !== undefined) return NO_SHARED;
  if (wildcardSubscriptions) return undefined;
  return topicFilter.includes("+") || topicFilter.includes("#") ? NO_WILDCARDS : undefined;
}

/** Is this what is wrong, and not the filter? */
export function isObjection(answer: SharedFilter | Objection): answer is Objection {
  return "kind" in answer;
}

/**
 * What stands against a filter and is not to be answered by itself.
 * @throws ProtocolError for what the standard of this version forbids [MQTT-4.8.2-1] [MQTT-4.8.2-2]
 */
export function checkObjection({ kind, code, text }: Objection, level: ProtocolLevel): void {
  if (kind === "malformed") throw new ProtocolError(text, "MQTT-4.7.1-2", code);
  if (level < 5 || code !== ReasonCode.PROTOCOL_ERROR) return;
  throw new ProtocolError(text, "MQTT-4.8.2-1", code);
}

/**
 * What stands against a filter of an UNSUBSCRIBE, which no limit holds for.
 * @throws ProtocolError for one that the standard of this version forbids
 */
export function unsubscribeObjection(
  topicFilter: string,
  level: ProtocolLevel,
): Objection | undefined {
  const answer = readFilter(topicFilter, UNLIMITED);
  if (!isObjection(answer)) return undefined;
  checkObjection(answer, level);
  return answer;
}

const UNLIMITED: FilterLimits = {
  maxTopicLevels: Infinity,
  maxTopicLength: Infinity,
  wildcardSubscriptions: true,
  sharedSubscriptions: true,
};

function filterOverLimit(
  filter: string,
  { maxTopicLevels, maxTopicLength }: TopicLimits,
): string | undefined {
  // Three bytes are the most that a character of a string takes.
  const mayBeLong = filter.length * 3 > maxTopicLength;
  if (mayBeLong && byteLength(filter) > maxTopicLength) {
    return `longer than max_topic_length ${maxTopicLength}`;
  }
  return mayHaveMoreLevels(filter, maxTopicLevels)
    ? topicFilterProblem(filter, maxTopicLevels)
    : undefined;
}

/** A level but the first has a separator, so a text this short has no more. */
function mayHaveMoreLevels(text: string, maxLevels: number): boolean {
  return text.length >= maxLevels;
}
