/**
 * What the broker has said of itself in CONNACK, and what a client may therefore not send. Pure. Invariant: before MQTT
 * 5, and where CONNACK is silent, it is what the standard says: everything is allowed.
 */
import type { ConnackPacket, ConnectPacket, ProtocolLevel, QoS } from "../wire/packets.ts";
import { ReasonCode } from "../wire/codes.ts";
import type { Properties, UserProperty } from "../wire/properties.ts";
import { ClientError } from "./errors.ts";

/** The broker, as the last CONNACK described it. */
export interface ServerInfo {
  /** What is spoken: 3 is MQTT 3.1, 4 is 3.1.1, 5 is 5. */
  readonly protocolLevel: ProtocolLevel;
  /** Seconds that the session outlives its connection; 0xFFFFFFFF: for ever. Undefined before MQTT 5. */
  readonly sessionExpiryInterval: number | undefined;
  /** QoS 1 and 2 messages that the broker takes at once. */
  readonly receiveMaximum: number;
  /** The highest QoS that may be published with. */
  readonly maximumQos: QoS;
  /** Does it keep retained messages? */
  readonly retainAvailable: boolean;
  /** Bytes of the largest packet that it takes; Infinity: any. */
  readonly maximumPacketSize: number;
  /** Topic aliases that it takes. */
  readonly topicAliasMaximum: number;
  /** The client id that it has chosen, where the client gave none. */
  readonly assignedClientIdentifier: string | undefined;
  /** Seconds, where it has overruled the client's. */
  readonly serverKeepAlive: number | undefined;
  /** May filters have wildcards? */
  readonly wildcardSubscriptionAvailable: boolean;
  /** May subscriptions have identifiers? */
  readonly subscriptionIdentifiersAvailable: boolean;
  /** Does it know `$share/GROUP/FILTER`? */
  readonly sharedSubscriptionAvailable: boolean;
  /** What topics for responses should begin with. */
  readonly responseInformation: string | undefined;
  /** Another server to use. */
  readonly serverReference: string | undefined;
  /** For people. */
  readonly reasonString: string | undefined;
  /** In order. */
  readonly userProperties: readonly UserProperty[];
}

/** What a CONNACK that lets in says. */
export function serverInfoOf(connack: ConnackPacket, connect: ConnectPacket): ServerInfo {
  const said: Properties = connack.properties ?? {};
  const asked = connect.protocolLevel === 5
    ? connect.properties?.sessionExpiryInterval ?? 0
    : undefined;
  return {
    protocolLevel: connect.protocolLevel,
    sessionExpiryInterval: said.sessionExpiryInterval ?? asked,
    receiveMaximum: said.receiveMaximum ?? 65_535,
    maximumQos: said.maximumQos ?? 2,
    retainAvailable: said.retainAvailable ?? true,
    maximumPacketSize: said.maximumPacketSize ?? Infinity,
    topicAliasMaximum: said.topicAliasMaximum ?? 0,
    assignedClientIdentifier: said.assignedClientIdentifier,
    serverKeepAlive: said.serverKeepAlive,
    wildcardSubscriptionAvailable: said.wildcardSubscriptionAvailable ?? true,
    subscriptionIdentifiersAvailable: said.subscriptionIdentifiersAvailable ?? true,
    sharedSubscriptionAvailable: said.sharedSubscriptionAvailable ?? true,
    responseInformation: said.responseInformation,
    serverReference: said.serverReference,
    reasonString: said.reasonString,
    userProperties: said.userProperties ?? [],
  };
}

/** Why a PUBLISH of this size may not be sent; undefined: it may. */
export function publishFault(
  server: ServerInfo,
  qos: QoS,
  retain: boolean,
  size: number,
): ClientError | undefined {
  if (qos > server.maximumQos) {
    return unsupported(`the broker takes QoS ${server.maximumQos} at most`, 0x9b);
  }
  if (retain && !server.retainAvailable) {
    return unsupported("the broker keeps no retained messages", 0x9a);
  }
  return tooLarge(server, size);
}

/** Why a packet of this size may not be sent; undefined: it may. */
export function tooLarge(server: ServerInfo, size: number): ClientError | undefined {
  if (size <= server.maximumPacketSize) return undefined;
  const message =
    `a packet of ${size} bytes is larger than the ${server.maximumPacketSize} bytes ` +
    "that the broker takes";
  return new ClientError("too-large", message, { reasonCode: ReasonCode.PACKET_TOO_LARGE });
}

/** Why these subscriptions may not be asked for; undefined: they may. */
export function subscribeFault(
  server: ServerInfo,
  topicFilters: readonly string[],
  hasIdentifier: boolean,
): ClientError | undefined {
  if (hasIdentifier && !server.subscriptionIdentifiersAvailable) {
    return unsupported("the broker knows no subscription identifiers", 0xa1, topicFilters);
  }
  const shared = topicFilters.filter((filter) => filter.startsWith("$share/"));
  if (shared.length > 0 && !server.sharedSubscriptionAvailable) {
    return unsupported("the broker knows no shared subscriptions", 0x9e, shared);
  }
  const wild = topicFilters.filter((filter) => /[+#]/.test(filter));
  if (wild.length > 0 && !server.wildcardSubscriptionAvailable) {
    return unsupported("the broker knows no wildcards in topic filters", 0xa2, wild);
  }
  return undefined;
}

function unsupported(
  message: string,
  reasonCode: ReasonCode,
  topicFilters?: readonly string[],
): ClientError {
  return new ClientError("unsupported", message, {
    reasonCode,
    ...(topicFilters === undefined ? {} : { topicFilters }),
  });
}
