/** Values within records: clients, subscription options, wills. Invariant: each is read as it is written. */
import { type SubscriptionOptions, subscriptionOptions } from "../session/subscription.ts";
import { MessageProperties } from "../wire/message_properties.ts";
import type { ProtocolLevel, QoS } from "../wire/packets.ts";
import { StoreError } from "./batch_log.ts";
import type { ByteReader } from "./byte_reader.ts";
import type { ByteWriter } from "./byte_writer.ts";
import type { StoredClient, StoredWill } from "./state.ts";

/** The bits of a client's first byte. */
const Client = {
  USERNAME: 1,
  BRIDGE: 2,
  CLEAN: 4,
  SUPERUSER: 8,
  PROVEN: 16,
  NAMED: 32,
  CERTIFICATE: 64,
} as const;

/** What a client is. */
export function writeClient(out: ByteWriter, client: StoredClient): void {
  const { username, certificate } = client;
  const flags = (username === undefined ? 0 : Client.USERNAME) |
    (client.isBridge ? Client.BRIDGE : 0) | (client.cleanSession ? Client.CLEAN : 0) |
    (client.superuser ? Client.SUPERUSER : 0) | (client.isProven ? Client.PROVEN : 0) |
    (client.isNamedByCertificate ? Client.NAMED : 0) |
    (certificate === undefined ? 0 : Client.CERTIFICATE);
  out.byte(flags);
  out.byte(client.protocolLevel);
  out.text(client.clientId);
  if (username !== undefined) out.text(username);
  out.text(client.address);
  out.varint(client.port);
  out.text(client.listener);
  out.text(client.transport);
  if (certificate === undefined) return;
  out.text(certificate.commonName);
  out.text(certificate.subject);
}

/** The same, read. */
export function readClient(from: ByteReader): StoredClient {
  const flags = from.byte();
  const has = (bit: number) => (flags & bit) !== 0;
  return {
    protocolLevel: levelOf(from.byte()),
    clientId: from.text(),
    username: has(Client.USERNAME) ? from.text() : undefined,
    isBridge: has(Client.BRIDGE),
    cleanSession: has(Client.CLEAN),
    superuser: has(Client.SUPERUSER),
    isProven: has(Client.PROVEN),
    isNamedByCertificate: has(Client.NAMED),
    address: from.text(),
    port: from.varint(),
    listener: from.text(),
    transport: from.text(),
    certificate: has(Client.CERTIFICATE)
      ? { commonName: from.text(), subject: from.text() }
      : undefined,
  };
}

/** The bits of subscription options, above the QoS. */
const Option = { NO_LOCAL: 4, AS_PUBLISHED: 8, IDENTIFIER: 16 } as const;

/** One subscription's options. */
export function writeOptions(out: ByteWriter, options: SubscriptionOptions): void {
  const identifier = options.identifiers?.[0];
  out.byte(
    options.qos | (options.noLocal ? Option.NO_LOCAL : 0) |
      (options.retainAsPublished ? Option.AS_PUBLISHED : 0) |
      (identifier === undefined ? 0 : Option.IDENTIFIER),
  );
  if (identifier !== undefined) out.varint(identifier);
}

/** The same, read. */
export function readOptions(from: ByteReader): SubscriptionOptions {
  const bits = from.byte();
  const has = (bit: number) => (bits & bit) !== 0;
  const identifier = has(Option.IDENTIFIER) ? from.varint() : undefined;
  return subscriptionOptions(
    qosOf(bits),
    has(Option.NO_LOCAL),
    has(Option.AS_PUBLISHED),
    identifier,
  );
}

/** The bits of a will, above the QoS. */
const Will = { RETAIN: 4, PROPERTIES: 8, DUE: 16 } as const;

/** A will; `due` on the store's time. */
export function writeWill(out: ByteWriter, will: StoredWill): void {
  const { client, topicName, payload, qos, retain, delay, properties, due } = will;
  out.byte(
    qos | (retain ? Will.RETAIN : 0) | (properties === undefined ? 0 : Will.PROPERTIES) |
      (due === undefined ? 0 : Will.DUE),
  );
  writeClient(out, client);
  out.text(topicName);
  out.blob(payload);
  out.float(delay);
  if (properties !== undefined) writeProperties(out, properties);
  if (due !== undefined) out.float(due);
}

/** The same, read. */
export function readWill(from: ByteReader): StoredWill {
  const bits = from.byte();
  return {
    client: readClient(from),
    topicName: from.text(),
    payload: from.blob(),
    qos: qosOf(bits),
    retain: (bits & Will.RETAIN) !== 0,
    delay: from.float(),
    properties: (bits & Will.PROPERTIES) === 0 ? undefined : readProperties(from),
    due: (bits & Will.DUE) === 0 ? undefined : from.float(),
  };
}

/** What goes with a message. */
export function writeProperties(out: ByteWriter, { bytes, expiry }: MessageProperties): void {
  out.blob(bytes);
  out.varint(expiry === undefined ? 0 : expiry + 1);
}

/** The same, read. */
export function readProperties(from: ByteReader): MessageProperties {
  const bytes = from.blob();
  const expiry = from.varint();
  return MessageProperties.kept(bytes, expiry === 0 ? undefined : expiry - 1);
}

/** That of the lowest two bits. */
export function qosOf(bits: number): QoS {
  const qos = bits & 3;
  if (qos === 3) throw new StoreError("a record has a QoS of 3");
  return qos as QoS;
}

function levelOf(value: number): ProtocolLevel {
  if (value === 3 || value === 4 || value === 5) return value;
  throw new StoreError(`a record has a client of protocol level ${value}`);
}
