/**
 * What a client's configuration says for MQTT 5, and which version follows from it. Pure. Invariant: what only MQTT 5
 * has is never silently left out: beside an older version it is a problem.
 */
import type { Problems } from "../config/problems.ts";
import type { Values } from "../config/table.ts";
import type { ProtocolLevel } from "../wire/packets.ts";
import type { Properties } from "../wire/properties.ts";
import { type AUTHENTICATION_KEYS, MQTT5_KEYS, NEVER, WILL5_KEYS } from "./mqtt5_keys.ts";

type Top = Values<typeof MQTT5_KEYS>;
type Authentication = Values<typeof AUTHENTICATION_KEYS>;
type WillOptions = Values<typeof WILL5_KEYS>;

/**
 * What the version, and MQTT 5 where it is that, add to a client's configuration.
 * @internal
 */
export interface Mqtt5Config {
  /** 3 is MQTT 3.1, 4 is 3.1.1, 5 is 5. */
  readonly protocolLevel: ProtocolLevel;
  /** Of CONNECT; empty before MQTT 5. */
  readonly connectProperties: Properties;
}

/** Topic aliases that the broker may use where nothing is said. */
const TOPIC_ALIASES = 32;
const ENCODER = new TextEncoder();

/** What else decides. */
export interface Around {
  readonly cleanSession: boolean;
  /** Infinity: any. */
  readonly maxPacketSize: number;
  readonly hasWillProperties: boolean;
}

/** The version, and CONNECT's properties. */
export function mqtt5Of(
  top: Top,
  connection: Authentication,
  around: Around,
  problems: Problems,
): Mqtt5Config {
  const key = onlyIn5(top, connection, around);
  const protocolLevel = top.protocolVersion ?? (key === undefined ? 4 : 5);
  if (protocolLevel === 5) {
    return { protocolLevel, connectProperties: connectProperties(top, connection, around) };
  }
  if (key !== undefined) problems.add([key], "is of MQTT 5; expected protocol_version: 5 with it");
  return { protocolLevel, connectProperties: {} };
}

/** A key that is there and that only MQTT 5 has. */
function onlyIn5(top: Top, connection: Authentication, around: Around): string | undefined {
  const { protocolVersion: _, ...others } = top;
  const at = Object.values(others).findIndex((value) => value !== undefined);
  if (at >= 0) return Object.keys(MQTT5_KEYS)[at + 1];
  if (connection.authenticationMethod !== undefined) return "connection.authentication_method";
  return around.hasWillProperties ? "will" : undefined;
}

function connectProperties(top: Top, connection: Authentication, around: Around): Properties {
  const { topicAliasMaximum = TOPIC_ALIASES, protocolVersion: _, ...rest } = top;
  const { cleanSession, maxPacketSize } = around;
  const { authenticationMethod, authenticationData } = connection;
  return {
    ...rest,
    topicAliasMaximum: topicAliasMaximum === 0 ? undefined : topicAliasMaximum,
    sessionExpiryInterval: rest.sessionExpiryInterval ?? (cleanSession ? undefined : NEVER),
    maximumPacketSize: maxPacketSize === Infinity ? undefined : maxPacketSize,
    authenticationMethod,
    authenticationData: authenticationData === undefined
      ? undefined
      : ENCODER.encode(authenticationData),
  };
}

/** The properties of a will; undefined where none is said. */
export function willProperties(given: WillOptions): Properties | undefined {
  const { delayInterval: willDelayInterval, correlationData, ...rest } = given;
  const properties: Properties = {
    ...rest,
    willDelayInterval,
    correlationData: correlationData === undefined ? undefined : ENCODER.encode(correlationData),
  };
  return Object.values(properties).some((value) => value !== undefined) ? properties : undefined;
}
