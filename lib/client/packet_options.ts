/**
 * The options of Client's methods as the properties of packets. Pure. Invariant: what only MQTT 5 has is refused before
 * it, and what cannot be encoded is a RangeError.
 */
import { encodePacket } from "../wire/codec.ts";
import { MessageProperties } from "../wire/message_properties.ts";
import type { ProtocolLevel, SubscriptionRequest } from "../wire/packets.ts";
import type { Properties } from "../wire/properties.ts";
import { splitSharedFilter, topicNameProblem } from "../topic/filter.ts";
import { ClientError } from "./errors.ts";
import {
  type Abortable,
  type DisconnectOptions,
  type MessageOptions,
  pairsOf,
  type SubscribeOptions,
  type UnsubscribeOptions,
} from "./options.ts";

/** Throws ClientError `unsupported` before MQTT 5. */
export function need5(level: ProtocolLevel, what: string): void {
  if (level === 5) return;
  throw new ClientError("unsupported", `${what} needs MQTT 5 (protocol_version: 5)`);
}

/**
 * The properties of a PUBLISH; undefined where none is given.
 * @throws RangeError for what PUBLISH cannot carry
 */
export function messageProperties(
  options: MessageOptions,
  level: ProtocolLevel,
): MessageProperties | undefined {
  const {
    payloadFormatIndicator,
    messageExpiryInterval,
    contentType,
    responseTopic,
    correlationData,
    userProperties,
  } = options;
  const given: Properties = {
    payloadFormatIndicator,
    messageExpiryInterval,
    contentType,
    responseTopic,
    correlationData,
    userProperties: pairsOf(userProperties),
  };
  const name = nameOfFirst(given);
  if (name === undefined) return undefined;
  need5(level, name);
  checkExpiry(messageExpiryInterval);
  const problem = responseTopic === undefined ? undefined : topicNameProblem(responseTopic);
  if (problem !== undefined) throw new RangeError(`responseTopic: ${problem}`);
  return MessageProperties.of(given);
}

function checkExpiry(seconds: number | undefined): void {
  if (seconds === undefined) return;
  if (Number.isInteger(seconds) && seconds >= 0 && seconds <= 0xffff_ffff) return;
  throw new RangeError(`messageExpiryInterval ${seconds} is no whole number of seconds`);
}

function isShared(topicFilter: string): boolean {
  const parts = splitSharedFilter(topicFilter);
  return typeof parts !== "string" && parts.group !== undefined;
}

/** A key with a value. */
function nameOfFirst(given: object): string | undefined {
  return Object.entries(given).find(([, value]) => value !== undefined)?.[0];
}

/** One SUBSCRIBE. */
export interface SubscribeRequest {
  readonly requests: SubscriptionRequest[];
  readonly properties: Properties | undefined;
}

/** The filters and properties of a SUBSCRIBE. */
export function subscribeRequest(
  filters: readonly (string | SubscriptionRequest)[],
  options: SubscribeOptions,
  level: ProtocolLevel,
): SubscribeRequest {
  const { qos = 0, noLocal, retainAsPublished, retainHandling } = options;
  const { subscriptionIdentifier, userProperties } = options;
  const onlyIn5 = { noLocal, retainAsPublished, retainHandling };
  const plain = nameOfFirst(onlyIn5) === undefined ? { qos } : { qos, ...onlyIn5 };
  const requests = filters.map((one) =>
    typeof one === "string" ? { topicFilter: one, ...plain } : one
  );
  const properties: Properties = {
    subscriptionIdentifiers: subscriptionIdentifier === undefined
      ? undefined
      : [subscriptionIdentifier],
    userProperties: pairsOf(userProperties),
  };
  const name = nameOfFirst({ ...onlyIn5, subscriptionIdentifier, userProperties }) ??
    requests.map(({ topicFilter: _, qos: __, ...others }) => nameOfFirst(others)).find(Boolean);
  if (name !== undefined) need5(level, name);
  const shared = requests.find((one) => one.noLocal === true && isShared(one.topicFilter));
  if (shared !== undefined) {
    throw new RangeError(`noLocal on the shared subscription ${shared.topicFilter} [MQTT-3.8.3-4]`);
  }
  return { requests, properties: nameOfFirst(properties) === undefined ? undefined : properties };
}

/** The properties of an UNSUBSCRIBE. */
export function unsubscribeProperties(
  { userProperties }: UnsubscribeOptions,
  level: ProtocolLevel,
): Properties | undefined {
  if (userProperties === undefined) return undefined;
  need5(level, "userProperties");
  return { userProperties: pairsOf(userProperties) };
}

/**
 * DISCONNECT; undefined: the plain one.
 * @param canKeep Has CONNECT asked for a session that outlives its connection?
 * @param largest Bytes of the largest packet that the broker takes
 * @throws RangeError for what it cannot carry
 */
export function disconnectFrame(
  options: DisconnectOptions & Abortable,
  level: ProtocolLevel,
  canKeep: boolean,
  largest: number,
): Uint8Array | undefined {
  const { reasonCode, sessionExpiryInterval, reasonString, userProperties } = options;
  const properties = {
    sessionExpiryInterval,
    reasonString,
    userProperties: pairsOf(userProperties),
  };
  const name = nameOfFirst({ reasonCode, ...properties });
  if (name === undefined) return undefined;
  need5(level, name);
  if (!canKeep && (sessionExpiryInterval ?? 0) > 0) {
    throw new RangeError("sessionExpiryInterval above 0 needs session_expiry_interval at CONNECT");
  }
  const frame = encodePacket({ type: "disconnect", reasonCode, properties }, 5);
  if (frame.length <= largest) return frame;
  const type = "disconnect"; // without what is for people [MQTT-3.14.2-3] [MQTT-3.14.2-4]
  return encodePacket({ type, reasonCode, properties: { sessionExpiryInterval } }, 5);
}
