/**
 * PUBLISH, section 3.3: the hot path, with the frame in the client's read buffer. Invariants: nothing is allocated that
 * the message does not need; the frame is borrowed until this returns or its promise settles; the acknowledgement
 * leaves after the message was handed over.
 */
import { OutgoingPublish } from "../../session/outgoing.ts";
import type { TopicEntry } from "../../topic/topic_cache.ts";
import { ReasonCode } from "../../wire/codes.ts";
import { ProtocolError } from "../../wire/errors.ts";
import { Header } from "../../wire/fixed_header.ts";
import { type PublishFields, readPublish } from "../../wire/publish.ts";
import { readPublishV5 } from "../../wire/v5/publish.ts";
import { type CachedRuling, cachedRuling } from "../authorize.ts";
import { spread } from "../broadcast.ts";
import type { Client } from "../client.ts";
import { dropped } from "../deliver.ts";
import { Drop } from "../drops.ts";
import { checkOffered, offersAll, reservedObjection } from "../laws.ts";
import { isHeard as isHeardBy, type Route, routeOf } from "../route.ts";
import { notAuthorized, noteDenied, noteReserved } from "./denials.ts";
import {
  acknowledgeWith,
  hasAlias,
  objectionTo,
  type PublisherV5,
  readHop,
  topicOfAlias,
} from "./publish_v5.ts";
import type { BrokerSession } from "../sessions.ts";
import type { Trace } from "../trace/trace.ts";
import { needsJournal } from "../unstored.ts";
import {
  acknowledgeAgain,
  holdBack,
  type RecordsApart,
  recordsApart,
  refuseUnstored,
} from "./stored.ts";
import { shown } from "../../shown.ts";

const NOTHING = new Uint8Array(0);
/** QoS and RETAIN in the first byte: what max_qos and retain_available are about. */
const OFFER_BITS = 0x07;

/** Handles the PUBLISH in the client's read buffer. */
export function handlePublish(client: Client, session: BrokerSession): void | Promise<void> {
  const { connection: { inbound: { bytes, cursor } }, publishFields: fields } = client;
  if (client.info.protocolLevel === 5) return handleV5(client, session);
  readPublish(bytes, cursor, fields);
  return handle(client, session, topicOf(client, bytes, fields));
}

function handleV5(client: Client, session: BrokerSession): void | Promise<void> {
  const { connection: { inbound: { bytes, cursor } }, publishFields: fields } = client;
  readPublishV5(bytes, cursor, fields);
  readHop(client, bytes, fields);
  const waiting = handle(client, session, topicOfV5(client, bytes, fields));
  const { publisher } = client;
  if (publisher === undefined) return waiting;
  return waiting === undefined ? publisher.done() : doneAfter(publisher, waiting);
}

/** A function of its own: what a closure holds takes memory for each message, also where none is made. */
function doneAfter(publisher: PublisherV5, waiting: Promise<void>): Promise<void> {
  return waiting.then(() => publisher.done());
}

function handle(
  client: Client,
  session: BrokerSession,
  entry: TopicEntry<Route>,
): void | Promise<void> {
  const { core, connection: { inbound }, publishFields: fields } = client;
  core.traffic.publishReceived++;
  core.traffic.payloadBytesReceived += inbound.cursor.end - fields.payloadStart;
  if (inbound.skipped > 0) return skipped(client, session, entry);
  if (core.observers.messageReceived !== undefined) {
    core.observers.messageReceived({ client: client.info, message: outgoing(client, entry) });
  }
  if (fields.qos === 2) {
    if (session.hasReceived(fields.packetId)) return acknowledgeAgain(client); // [MQTT-4.3.3-10]
    if (session.inflightIn >= session.limits.receiveMaximum) throw tooMany(session);
  }
  if (core.trace !== undefined) noteReceived(client, entry, core.trace);
  else if (isPermitted(client, entry)) return accept(client, entry);
  return ask(client, entry);
}

/** A topic that is followed is asked about each time, so that it is said who lets it pass. */
function noteReceived(client: Client, { topicName }: TopicEntry<Route>, trace: Trace): void {
  const { qos, retain, payloadStart } = client.publishFields;
  const bytes = client.connection.inbound.cursor.end - payloadStart;
  const topicAlias = client.publisher?.topicAlias ?? 0;
  trace.received(client.info, { topicName, qos, retain, bytes, topicAlias });
}

function tooMany({ limits: { receiveMaximum } }: BrokerSession): ProtocolError {
  const text = `more QoS 2 messages without PUBREL than receive_maximum ${receiveMaximum}`;
  return new ProtocolError(text, "4.4", ReasonCode.RECEIVE_MAXIMUM_EXCEEDED);
}

/** The topic's entry: that of the last PUBLISH where the bytes are the same. */
function topicOf(client: Client, bytes: Uint8Array, fields: PublishFields): TopicEntry<Route> {
  const { topicStart, topicEnd } = fields;
  const last = client.lastTopic;
  if (last !== undefined && last.equals(bytes, topicStart, topicEnd)) return last;
  const entry = client.core.topics.lookUp(bytes, topicStart, topicEnd);
  client.lastTopic = entry.isShort ? entry : undefined; // every connection would pin a long one
  return entry;
}

/** The same where a topic alias may stand for the name, or be given to it. */
function topicOfV5(client: Client, bytes: Uint8Array, fields: PublishFields): TopicEntry<Route> {
  if (fields.topicStart === fields.topicEnd) return topicOfAlias(client);
  const entry = topicOf(client, bytes, fields);
  const { publisher } = client;
  if (publisher !== undefined && publisher.topicAlias !== 0) {
    publisher.aliases.set(publisher.topicAlias, entry);
  }
  return entry;
}

/** Is this what the client was permitted the last time? */
function isPermitted(client: Client, entry: TopicEntry<Route>): boolean {
  const { core, permit, connection } = client;
  return permit !== undefined && permit.entry === entry &&
    ((permit.header ^ connection.inbound.cursor.header) & permit.mask) === 0 &&
    permit.rulesGeneration === core.rulesGeneration && connection.lastReceived < permit.until;
}

function ask(client: Client, entry: TopicEntry<Route>): void | Promise<void> {
  const { core, info, publishFields: { qos, retain } } = client;
  const topic = entry.topicName;
  checkOffered(core.config.limits, { qos, retain });
  const reserved = reservedObjection(topic, core.config.access.allowDollarTopics);
  if (reserved !== undefined) {
    if (client.isNews(Drop.DOLLAR_TOPIC)) noteReserved(core, info, topic, reserved);
    dropped(core, info, outgoing(client, entry), Drop.DOLLAR_TOPIC);
    return refuse(client, reserved.code);
  }
  const { rulesGeneration } = core;
  if ((core.access.allowsEverything || info.superuser) && !info.isReadOnly) {
    core.trace?.allowed(info, info.superuser ? "superuser" : "acl_nomatch");
    permitFor(client, entry, Infinity, rulesGeneration);
    return accept(client, entry);
  }
  const ruling = cachedRuling(client, { client: info, action: "publish", topic, qos, retain });
  if (!(ruling instanceof Promise)) return ruled(client, entry, ruling, rulesGeneration);
  return ruling.then((later) => {
    if (client.ownsSession) return ruled(client, entry, later, rulesGeneration);
  });
}

/** @param rulesGeneration that of the question: rules may have changed since */
function ruled(
  client: Client,
  entry: TopicEntry<Route>,
  ruling: CachedRuling,
  rulesGeneration: number,
): void | Promise<void> {
  const { core, info, connection } = client;
  if (ruling.allowed) {
    core.trace?.allowed(info, ruling.because);
    permitFor(client, entry, ruling.until, rulesGeneration);
    return accept(client, entry);
  }
  noteDenied(core, info, outgoing(client, entry), ruling.because);
  if (core.config.access.denyAction === "ignore") return refuse(client, ReasonCode.NOT_AUTHORIZED);
  connection.close(notAuthorized(`publish to ${entry.topicName}`));
}

/** The next PUBLISH with the same topic, and QoS and RETAIN where they count, needs no question until then. */
function permitFor(
  client: Client,
  entry: TopicEntry<Route>,
  until: number,
  rulesGeneration: number,
): void {
  if (!entry.isShort) return;
  const { header } = client.connection.inbound.cursor;
  const { access, config: { limits } } = client.core;
  const mask = access.keys.headerMask | (offersAll(limits) ? 0 : OFFER_BITS);
  const { permit } = client;
  if (permit === undefined) {
    client.permit = { entry, header, mask, rulesGeneration, until };
  } else {
    permit.entry = entry;
    permit.header = header;
    permit.mask = mask;
    permit.rulesGeneration = rulesGeneration;
    permit.until = until;
  }
}

/** A message over max_packet_size, which was read past: acknowledged, for its client would send it again for ever. */
function skipped(client: Client, session: BrokerSession, entry: TopicEntry<Route>): void {
  const { core, info, connection, publishFields: { qos, packetId, retain } } = client;
  if (qos !== 2 || !session.hasReceived(packetId)) {
    const { topicName, bytes: topic } = entry;
    if (client.isNews(Drop.TOO_LARGE)) {
      const size = connection.inbound.skipped;
      core.logs.denials.info(
        `${info} publishes packets of ${size} bytes to ${
          shown(topicName)
        }, which are dropped: raise max_packet_size`,
      );
    }
    const values = { topicName, topic, payload: NOTHING, qos, retain, origin: "client" } as const;
    dropped(core, info, OutgoingPublish.fromValues(values), Drop.TOO_LARGE);
  }
  acknowledge(client);
}

function accept(client: Client, entry: TopicEntry<Route>): void | Promise<void> {
  const { core, publishFields: fields } = client;
  if (fields.qos === 0 && core.memory.dropsQos0) {
    return dropped(core, client.info, outgoing(client, entry), Drop.MEMORY_SHORT);
  }
  const route = routeOf(core, entry);
  const isV5 = client.info.protocolLevel === 5;
  const objection = isV5 && core.looksAtMessages ? objectionTo(client, route) : undefined;
  if (objection !== undefined) {
    dropped(core, client.info, outgoing(client, entry), objection);
    return acknowledgeWith(client, objection.code);
  }
  const { journal } = core;
  if (journal?.refuses && needsJournal(fields, route)) {
    return refuseUnstored(client, outgoing(client, entry));
  }
  const promised = journal?.promised;
  const isHeard = isHeardBy(route);
  if (isHeard || fields.retain || core.observers.messageBroadcast || core.topicWatch) {
    const apart = recordsApart(client, route);
    const spreading = spread(core, outgoing(client, entry), client, route, apart?.within);
    if (spreading !== undefined) return acknowledgeAfter(client, spreading, apart);
    if (apart !== undefined) receiveApart(client, apart);
  }
  if (!isHeard && !fields.retain) core.trace?.unheard(client.info);
  if (isHeard || !isV5) acknowledge(client, promised);
  else acknowledgeWith(client, ReasonCode.NO_MATCHING_SUBSCRIBERS, promised);
  if (journal !== undefined && journal.promised !== promised) return journal.whenRoom();
}

function receiveApart(client: Client, apart: RecordsApart): void {
  apart.within(() => client.session!.receive(client.publishFields.packetId));
  apart.close();
}

/** A message goes nowhere, of which a client of MQTT 5 hears. */
function refuse(client: Client, code: ReasonCode): void {
  if (client.info.protocolLevel === 5) acknowledgeWith(client, code);
  else acknowledge(client);
}

/** A repetition of a QoS 2 message that comes over another connection meanwhile is already known as one. */
function acknowledgeAfter(
  client: Client,
  spreading: Promise<void>,
  apart: RecordsApart | undefined,
): Promise<void> {
  const { core: { journal }, publishFields: { qos, packetId }, acks } = client;
  const receive = () => client.session!.receive(packetId);
  if (apart !== undefined) apart.within(receive);
  else if (qos === 2) receive();
  return spreading.finally(() => apart?.close()).then(() => {
    journal?.hold(acks);
    pushAck(client);
    return journal?.whenRoom();
  });
}

function outgoing(client: Client, entry: TopicEntry<Route>): OutgoingPublish {
  const { inbound: { bytes, cursor } } = client.connection;
  const { qos, retain, payloadStart } = client.publishFields;
  const { topicName, bytes: topic } = entry;
  const isV5 = client.info.protocolLevel === 5;
  const carried = isV5 ? client.publisher?.carried : undefined;
  // A topic alias is the matter of one hop; a remaining length with needless zeros, which old clients may stumble over,
  // is not handed on.
  if (isV5 ? !hasAlias(client) : bytes[cursor.bodyStart - 1] !== 0) {
    const frame = bytes.subarray(cursor.start, cursor.end);
    const size = cursor.end - payloadStart;
    return OutgoingPublish.fromFrame(frame, isV5, size, topicName, topic, qos, retain, carried);
  }
  const payload = bytes.subarray(payloadStart, cursor.end);
  const values = { topicName, topic, payload, qos, retain, origin: "client" } as const;
  return OutgoingPublish.fromValues({ ...values, properties: carried });
}

/** @param promised that of the journal before anything of this message was recorded; undefined: nothing was */
function acknowledge(client: Client, promised?: number): void {
  if (client.publishFields.qos === 0) return;
  holdBack(client, promised);
  pushAck(client);
}

function pushAck(client: Client): void {
  const { qos, packetId } = client.publishFields;
  if (qos > 0) client.acks.pushAck(qos === 1 ? Header.PUBACK : Header.PUBREC, packetId); // [MQTT-3.3.4-1]
}
