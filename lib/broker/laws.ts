/**
 * What may be published, subscribed to and willed at all, before access rules are asked: the standard's grammar
 * (section 4.7), this broker's limits, and the topics that begin with `$`. Pure. Invariant: PUBLISH, SUBSCRIBE,
 * UNSUBSCRIBE, wills, `context.publish` and `explain` ask here and nowhere else, so none of them differs.
 */
import {
  type SharedFilter,
  splitSharedFilter,
  topicFilterProblem,
  topicNameProblem,
} from "../topic/filter.ts";
import { type CodedReason, ReasonCode } from "../wire/codes.ts";
import { ProtocolError } from "../wire/errors.ts";
import type { QoS } from "../wire/packets.ts";
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

/** @throws ProtocolError for a message that asks for more than is offered */
export function checkOffered({ maxQos, retainAvailable }: Offer, qos: QoS, retain: boolean): void {
  if (qos > maxQos) {
    const text = `QoS ${qos} is above max_qos ${maxQos}`;
    throw new ProtocolError(text, "MQTT-3.2.2-11", ReasonCode.QOS_NOT_SUPPORTED);
  }
  if (retain && !retainAvailable) {
    const text = "retained messages are not offered (retain_available)";
    throw new ProtocolError(text, "MQTT-3.2.2-14", ReasonCode.RETAIN_NOT_SUPPORTED);
  }
}

/** What stands against a topic. */
export interface Objection extends CodedReason {
  /**
   * `malformed`: the standard forbids it to everyone; `limit`: this broker's limits do; `reserved`: it begins with
   * `$`, and clients do not publish there; `unshared`: a filter of the standard that looks like a shared subscription
   * and is none, so that it is not granted.
   */
  readonly kind: "malformed" | "limit" | "reserved" | "unshared";
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

/** Why a message above max_qos is refused. */
export function tooHighQos(what: "will" | "message", qos: QoS, maxQos: QoS): CodedReason {
  return {
    code: ReasonCode.QOS_NOT_SUPPORTED,
    text: `${what} of QoS ${qos}, max_qos is ${maxQos}`,
  };
}

/** Why a message that is to be retained is refused. */
export function notRetained(what: "will" | "message"): CodedReason {
  const text = `${what} that is to be retained, retain_available is false`;
  return { code: ReasonCode.RETAIN_NOT_SUPPORTED, text };
}

/** @throws ProtocolError for a will whose topic cannot be published to */
export function checkWillTopic(topicName: string, limits: TopicLimits): void {
  const objection = publishObjection(topicName, limits);
  if (objection === undefined) return;
  throw new ProtocolError(`will topic: ${objection.text}`, "MQTT-3.1.3-10", objection.code);
}

/** A filter of a SUBSCRIBE taken apart, or what is wrong with it. Limits hold for what stands behind the group. */
export function readFilter(topicFilter: string, limits: TopicLimits): SharedFilter | Objection {
  const code = ReasonCode.TOPIC_FILTER_INVALID;
  const malformed = topicFilterProblem(topicFilter);
  if (malformed !== undefined) return { kind: "malformed", code, text: malformed };
  const parts = splitSharedFilter(topicFilter);
  if (typeof parts === "string") return { kind: "unshared", code, text: parts };
  const text = filterOverLimit(parts.topicFilter, limits);
  return text === undefined ? parts : { kind: "limit", code: ReasonCode.QUOTA_EXCEEDED, text };
}

/** Is this what is wrong, and not the filter? */
export function isObjection(answer: SharedFilter | Objection): answer is Objection {
  return "kind" in answer;
}

/** @throws ProtocolError for a filter of an UNSUBSCRIBE that the standard forbids */
export function checkUnsubscribe(topicFilter: string): void {
  const problem = topicFilterProblem(topicFilter);
  if (problem === undefined) return;
  throw new ProtocolError(problem, "MQTT-4.7.1-2", ReasonCode.TOPIC_FILTER_INVALID);
}

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
