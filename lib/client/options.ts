/** What the client's methods take: the option types of Client, exported by mod.ts. */
import type { QoS, RetainHandling } from "../wire/packets.ts";
import type { ReasonCode } from "../wire/codes.ts";
import type { UserProperty } from "../wire/properties.ts";
import type { Authentication } from "./authentication.ts";
import type { ClientState, LifeError } from "./life.ts";
import type { UserPropertiesOption } from "./mqtt5_keys.ts";

/** Ends the waiting of one call; the promise rejects with the signal's reason. */
export interface Abortable {
  /** Ends the waiting. What is under way on the wire goes on. */
  signal?: AbortSignal | undefined;
}

/** How to connect. */
export interface ConnectOptions extends Abortable {
  /** MQTT 5: enhanced authentication, for this and the following connections. */
  authentication?: Authentication | undefined;
}

/** What MQTT 5 says of a message beside its topic and payload. */
export interface MessageOptions {
  /** 1: the payload is UTF-8. */
  payloadFormatIndicator?: 0 | 1 | undefined;
  /** Whole seconds after which the broker delivers it no more. */
  messageExpiryInterval?: number | undefined;
  /** Such as `application/json`. */
  contentType?: string | undefined;
  /** Where an answer is wanted. */
  responseTopic?: string | undefined;
  /** Comes back with the answer. */
  correlationData?: Uint8Array | undefined;
  /** By name, or as pairs where a name comes again. */
  userProperties?: UserPropertiesOption | undefined;
}

/** How to publish one message. */
export interface PublishOptions extends Abortable, MessageOptions {
  /** Default: that of `topics` in the configuration, else `default_qos`. */
  qos?: QoS | undefined;
  /** Default: that of `topics` in the configuration, else `default_retain`. */
  retain?: boolean | undefined;
}

/** How to subscribe. What only MQTT 5 has is for filters given as text, as the QoS is. */
export interface SubscribeOptions extends Abortable {
  /** The highest QoS to receive, for filters given as text. Default 0. */
  qos?: QoS | undefined;
  /** MQTT 5: not what this client publishes. */
  noLocal?: boolean | undefined;
  /** MQTT 5: keep the RETAIN flag of the publisher. */
  retainAsPublished?: boolean | undefined;
  /** MQTT 5: 0: send what is retained; 1: if the subscription is new; 2: do not. */
  retainHandling?: RetainHandling | undefined;
  /** MQTT 5: comes with every message of this subscription; 1 to 268,435,455. */
  subscriptionIdentifier?: number | undefined;
  /** MQTT 5: of SUBSCRIBE. */
  userProperties?: UserPropertiesOption | undefined;
}

/** How to unsubscribe. */
export interface UnsubscribeOptions extends Abortable {
  /** MQTT 5: of UNSUBSCRIBE. */
  userProperties?: UserPropertiesOption | undefined;
}

/** How to disconnect; all but the signal is of MQTT 5. */
export interface DisconnectOptions extends Abortable {
  /** 0, or 0x04: publish the will nevertheless. */
  reasonCode?: ReasonCode | undefined;
  /** Seconds that the broker keeps the session from now on; 0xFFFFFFFF: for ever. */
  sessionExpiryInterval?: number | undefined;
  /** For people. */
  reasonString?: string | undefined;
  /** Of DISCONNECT. */
  userProperties?: UserPropertiesOption | undefined;
}

/** User properties as pairs. */
export function pairsOf(
  given: UserPropertiesOption | undefined,
): readonly UserProperty[] | undefined {
  if (given === undefined || isList(given)) return given;
  return Object.entries(given);
}

function isList(given: UserPropertiesOption): given is readonly UserProperty[] {
  return Array.isArray(given);
}

/** Told of every change of state, with the error that caused it. */
export type StateListener = (state: ClientState, error: LifeError | undefined) => void;
