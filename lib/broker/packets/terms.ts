/**
 * What a client and the broker agree on at CONNECT: session expiry, keep-alive, what each takes of the other, sections
 * 3.1.2.11 and 3.2.2.3. Invariants: what CONNACK does not tell is as the standard's default, or as the client asked; a
 * client before MQTT 5 cannot be told anything, and is treated as it asked.
 */
import type { Limits } from "../../config/types.ts";
import { MAX_PACKET_SIZE } from "../../wire/frame.ts";
import type { ConnectPacket } from "../../wire/packets.ts";
import type { Properties } from "../../wire/properties.ts";
import type { Client } from "../client.ts";
import type { ClientInfo } from "../client_info.ts";

/** Session expiry interval of MQTT 5, seconds: the session never ends. */
const FOR_EVER = 0xffff_ffff;
const LONGEST_KEEP_ALIVE = 65_535;
const ANY_RECEIVE_MAXIMUM = 65_535;
const LARGEST_PACKET = 0xffff_ffff;

/** What the client takes, and how long its keep-alive is: from now on. */
export function agree(client: Client, packet: ConnectPacket): void {
  const { info, connection: { outbound }, core: { config: { limits } } } = client;
  outbound.protocolLevel = packet.protocolLevel;
  if (packet.protocolLevel !== 5) return;
  const { receiveMaximum, maximumPacketSize, topicAliasMaximum = 0 } = packet.properties ?? {};
  outbound.receiveMaximum = receiveMaximum ?? ANY_RECEIVE_MAXIMUM;
  outbound.maximumPacketSize = Math.min(maximumPacketSize ?? MAX_PACKET_SIZE, MAX_PACKET_SIZE);
  outbound.topicAliasMaximum = Math.min(topicAliasMaximum, limits.topicAliasMaximum);
  info.keepAlive = grantedKeepAlive(packet.keepAlive, limits);
}

/** How long the client's session is kept without a connection, milliseconds; Infinity: as long as any is. */
export function expiryIntervalOf({ core: { config }, info }: Client): number {
  if (info.protocolLevel !== 5) return info.cleanSession ? 0 : Infinity;
  return toMilliseconds(grantedExpiry(askedExpiry(info), config.limits));
}

/** As CONNECT of MQTT 5 has it, seconds; what it leaves out is 0. */
export function askedExpiry({ properties }: ClientInfo): number {
  return properties?.sessionExpiryInterval ?? 0;
}

/** What a client of MQTT 5 gets of the session expiry interval that it asks for, milliseconds. */
export function cappedExpiry(asked: number, limits: Limits): number {
  return toMilliseconds(grantedExpiry(asked, limits));
}

/** What CONNACK tells a client of MQTT 5 that is let in; undefined: nothing. */
export function welcomeProperties(client: Client, packet: ConnectPacket): Properties | undefined {
  const { core: { config: { limits } }, info } = client;
  if (info.protocolLevel !== 5) return undefined;
  return { ...termsOf(info, packet, limits), ...offerOf(limits) };
}

/** What is about this client. */
function termsOf(info: ClientInfo, packet: ConnectPacket, limits: Limits): Properties {
  const asked = askedExpiry(info);
  const granted = grantedExpiry(asked, limits);
  const { clientId, keepAlive } = packet;
  return {
    ...(granted !== asked && { sessionExpiryInterval: granted }),
    ...(clientId === "" && { assignedClientIdentifier: info.clientId }), // [MQTT-3.2.2-16]
    ...(info.keepAlive !== keepAlive && { serverKeepAlive: info.keepAlive }),
    ...(info.properties?.requestResponseInformation === true &&
      { responseInformation: responseInformationOf(info, limits) }),
  };
}

/** What every client is told; what is as the standard's default is left out. */
function offerOf(limits: Limits): Properties {
  const { receiveMaximum, maxQos, maxPacketSize, topicAliasMaximum } = limits;
  return {
    ...(receiveMaximum !== ANY_RECEIVE_MAXIMUM && { receiveMaximum }),
    ...(maxQos !== 2 && { maximumQos: maxQos }), // [MQTT-3.2.2-9]
    ...(!limits.retainAvailable && { retainAvailable: false }), // [MQTT-3.2.2-13]
    ...(maxPacketSize <= LARGEST_PACKET && { maximumPacketSize: maxPacketSize }),
    ...(topicAliasMaximum > 0 && { topicAliasMaximum }),
    ...(!limits.wildcardSubscriptions && { wildcardSubscriptionAvailable: false }),
    ...(!limits.subscriptionIdentifiers && { subscriptionIdentifiersAvailable: false }),
    ...(!limits.sharedSubscriptions && { sharedSubscriptionAvailable: false }),
  };
}

/** Where a client may put its response topics, as response_information has it; undefined: nothing is told. */
function responseInformationOf(
  { clientId, username }: ClientInfo,
  { responseInformation }: Limits,
): string | undefined {
  if (responseInformation === "") return undefined;
  const values = { "%c": clientId, "%u": username ?? "", "%%": "%" };
  let isWhole = true;
  const text = responseInformation.replaceAll(/%[cu%]/g, (placeholder) => {
    const value = values[placeholder as keyof typeof values];
    isWhole &&= value !== "" && !/[/+#]/.test(value);
    return value;
  });
  return isWhole ? text : undefined;
}

function grantedKeepAlive(asked: number, { maxKeepAlive }: Limits): number {
  if (maxKeepAlive === Infinity) return asked;
  const longest = Math.min(Math.max(Math.floor(maxKeepAlive / 1000), 1), LONGEST_KEEP_ALIVE);
  return asked === 0 || asked > longest ? longest : asked;
}

/** Seconds. */
function grantedExpiry(asked: number, { sessionExpiryInterval }: Limits): number {
  return Math.min(asked, Math.floor(sessionExpiryInterval / 1000));
}

function toMilliseconds(seconds: number): number {
  return seconds === FOR_EVER ? Infinity : seconds * 1000;
}
