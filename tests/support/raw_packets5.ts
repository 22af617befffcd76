/**
 * Packets of MQTT 5.0 as bytes, built by hand for tests: what raw_packets.ts is for 3.1.1. Independent of Midge's codec
 * on purpose. Invariant: nothing here validates; any illegal packet can be built.
 */
import {
  bytes,
  connectFlags,
  field,
  packet,
  type RawConnect,
  type RawPublish,
  type Text,
  u16,
} from "./raw_packets.ts";
import { propertyField, type PropertyList } from "./raw_properties5.ts";

/** What a CONNECT of version 5 can carry; `cleanSession` is its Clean Start. */
export interface RawConnect5 extends RawConnect {
  properties?: PropertyList;
  will?: RawConnect["will"] & { properties?: PropertyList };
}

/** CONNECT; clean start unless told otherwise. */
export function connect5(options: RawConnect5 = {}): Uint8Array {
  const { will, username, password } = options;
  return packet(
    0x10,
    field(options.name ?? "MQTT"),
    options.level ?? 5,
    options.flags ?? connectFlags(options),
    u16(options.keepAlive ?? 60),
    propertyField(options.properties),
    field(options.clientId ?? ""),
    ...(will ? [propertyField(will.properties), field(will.topic), field(will.payload ?? "")] : []),
    ...(username === undefined ? [] : [field(username)]),
    ...(password === undefined ? [] : [field(password)]),
  );
}

/** CONNACK. */
export function connack5(
  sessionPresent: boolean,
  reasonCode = 0,
  properties?: PropertyList,
): Uint8Array {
  return packet(0x20, sessionPresent ? 1 : 0, reasonCode, propertyField(properties));
}

/** What a PUBLISH of version 5 can carry beside topic and payload. */
export interface RawPublish5 extends RawPublish {
  properties?: PropertyList;
}

/** PUBLISH; QoS 0 unless told otherwise. */
export function publish5(topic: Text, payload: Text = "", options: RawPublish5 = {}): Uint8Array {
  const qos = options.qos ?? 0;
  const first = 0x30 | (options.dup ? 8 : 0) | qos << 1 | (options.retain ? 1 : 0);
  return packet(
    first,
    field(topic),
    qos > 0 ? u16(options.id ?? 1) : "",
    propertyField(options.properties),
    payload,
  );
}

/** The shortest form of an acknowledgement: reason code 0 and no properties are left out. */
function acknowledgement(
  first: number,
  id: number,
  reasonCode?: number,
  properties?: PropertyList,
): Uint8Array {
  return packet(first, u16(id), ...shortest(reasonCode, properties));
}

/** Given none: nothing; a reason code alone is one byte. */
function shortest(reasonCode?: number, properties?: PropertyList): (number | Uint8Array)[] {
  if (properties !== undefined) return [reasonCode ?? 0, propertyField(properties)];
  return reasonCode === undefined ? [] : [reasonCode];
}

/** PUBACK; without a reason code of two bytes, without properties of three. */
export function puback5(id: number, reasonCode?: number, properties?: PropertyList): Uint8Array {
  return acknowledgement(0x40, id, reasonCode, properties);
}
/** PUBREC, as `puback5`. */
export function pubrec5(id: number, reasonCode?: number, properties?: PropertyList): Uint8Array {
  return acknowledgement(0x50, id, reasonCode, properties);
}
/** PUBREL, as `puback5`. */
export function pubrel5(id: number, reasonCode?: number, properties?: PropertyList): Uint8Array {
  return acknowledgement(0x62, id, reasonCode, properties);
}
/** PUBCOMP, as `puback5`. */
export function pubcomp5(id: number, reasonCode?: number, properties?: PropertyList): Uint8Array {
  return acknowledgement(0x70, id, reasonCode, properties);
}

/** The options byte of a subscription. */
export interface RawOptions5 {
  qos?: number;
  noLocal?: boolean;
  retainAsPublished?: boolean;
  retainHandling?: number;
  /** Bits 6 and 7, which are reserved. */
  reserved?: number;
}

/** The options byte of a subscription, section 3.8.3.1. */
export function optionsByte(options: RawOptions5): number {
  return (options.qos ?? 0) | (options.noLocal ? 4 : 0) | (options.retainAsPublished ? 8 : 0) |
    (options.retainHandling ?? 0) << 4 | (options.reserved ?? 0) << 6;
}

/** A filter with its options byte, or with the options. */
export type RawRequest5 = [filter: Text, options: number | RawOptions5];

/** SUBSCRIBE. */
export function subscribe5(
  id: number,
  requests: readonly RawRequest5[],
  properties?: PropertyList,
): Uint8Array {
  return packet(
    0x82,
    u16(id),
    propertyField(properties),
    ...requests.flatMap(([filter, options]) => [
      field(filter),
      typeof options === "number" ? options : optionsByte(options),
    ]),
  );
}

/** SUBACK. */
export function suback5(
  id: number,
  reasonCodes: readonly number[],
  properties?: PropertyList,
): Uint8Array {
  return packet(0x90, u16(id), propertyField(properties), ...reasonCodes);
}

/** UNSUBSCRIBE. */
export function unsubscribe5(
  id: number,
  filters: readonly Text[],
  properties?: PropertyList,
): Uint8Array {
  return packet(0xa2, u16(id), propertyField(properties), ...filters.map(field));
}

/** UNSUBACK. */
export function unsuback5(
  id: number,
  reasonCodes: readonly number[],
  properties?: PropertyList,
): Uint8Array {
  return packet(0xb0, u16(id), propertyField(properties), ...reasonCodes);
}

/** DISCONNECT; without a reason code of no byte, without properties of one. */
export function disconnect5(reasonCode?: number, properties?: PropertyList): Uint8Array {
  return packet(0xe0, ...shortest(reasonCode, properties));
}

/** AUTH; without a reason code of no byte. */
export function auth5(reasonCode?: number, properties?: PropertyList): Uint8Array {
  return packet(0xf0, ...shortest(reasonCode, properties));
}

/** A whole packet of a first byte, a packet id and properties, for the illegal ones. */
export function withProperties(
  first: number,
  before: Uint8Array,
  properties: PropertyList,
  after: Uint8Array = bytes(),
): Uint8Array {
  return packet(first, before, propertyField(properties), after);
}
