/**
 * PUBLISH, section 3.3: the hot path. Called by the dispatcher with the frame in the client's read buffer.
 * Invariants: nothing is allocated that the message does not need; the frame is borrowed until this returns or
 * its promise settles; the acknowledgement leaves after the message was handed over.
 */
import { OutgoingPublish } from "../../session/message.ts";
import type { TopicEntry } from "../../topic/topic_cache.ts";
import { type CachedRuling, cachedRuling } from "../authorize.ts";
import type { Client, ClientInfo } from "../client.ts";
import type { Core } from "../core.ts";
import { deliver, dropped, findRoute, type Route, routeOf } from "../route.ts";
import type { BrokerSession } from "../sessions.ts";
import { PublishFields, readPublish } from "../../wire/publish.ts";

const PUBACK_HEADER = 0x40;
const PUBREC_HEADER = 0x50;

/** Handles the PUBLISH in the client's read buffer. */
export function handlePublish(client: Client, session: BrokerSession): void | Promise<void> {
  const { core, connection, publishFields: fields } = client;
  const { bytes, cursor } = connection.inbound;
  readPublish(bytes, cursor, fields);
  const entry = topicOf(client, bytes, fields);
  core.traffic.publishReceived++;
  if (core.observers.messageReceived !== undefined) {
    core.observers.messageReceived({ client: client.info, message: outgoing(client, entry) });
  }
  if (fields.qos === 2 && session.hasReceived(fields.packetId)) return acknowledge(client); // [MQTT-4.3.3-2]
  if (isPermitted(client, entry)) return accept(client, entry);
  return ask(client, entry);
}

/** The topic's entry: that of the last PUBLISH where the bytes are the same. */
function topicOf(client: Client, bytes: Uint8Array, fields: PublishFields): TopicEntry<Route> {
  const { topicStart, topicEnd } = fields;
  const last = client.lastTopic;
  if (last !== undefined && last.equals(bytes, topicStart, topicEnd)) return last;
  return client.lastTopic = client.core.topics.lookUp(bytes, topicStart, topicEnd);
}

/** Is this what the client was permitted the last time? */
function isPermitted(client: Client, entry: TopicEntry<Route>): boolean {
  const { core, permit, connection } = client;
  return permit !== undefined && permit.entry === entry &&
    permit.header === (connection.inbound.cursor.header & 7) &&
    permit.rulesGeneration === core.rulesGeneration && connection.lastReceived < permit.until;
}

function ask(client: Client, entry: TopicEntry<Route>): void | Promise<void> {
  const { core, info, publishFields: { qos, retain } } = client;
  if (entry.topicName.startsWith("$")) {
    dropped(core, info, outgoing(client, entry), "$ topic");
    return acknowledge(client);
  }
  const { rulesGeneration } = core;
  if (core.access.allowsEverything || info.superuser) {
    permitFor(client, entry, Infinity, rulesGeneration);
    return accept(client, entry);
  }
  const topic = entry.topicName;
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
): void {
  const { core, info, connection } = client;
  if (ruling.allowed) {
    permitFor(client, entry, ruling.until, rulesGeneration);
    return accept(client, entry);
  }
  noteDenied(core, info, outgoing(client, entry), ruling.because);
  if (core.config.access.denyAction === "ignore") return acknowledge(client);
  connection.close(`not authorized to publish to ${entry.topicName}`);
}

/** The next PUBLISH with the same topic, QoS and RETAIN needs no question until then. */
function permitFor(
  client: Client,
  entry: TopicEntry<Route>,
  until: number,
  rulesGeneration: number,
): void {
  const header = client.connection.inbound.cursor.header & 7;
  const { permit } = client;
  if (permit === undefined) {
    client.permit = { entry, header, rulesGeneration, until };
  } else {
    permit.entry = entry;
    permit.header = header;
    permit.rulesGeneration = rulesGeneration;
    permit.until = until;
  }
}

/** Logs and counts what a client wanted to publish and may not. */
export function noteDenied(
  core: Core,
  info: ClientInfo,
  publish: OutgoingPublish,
  because: string,
): void {
  core.denials.note(`${info} may not publish to ${publish.topicName}: ${because}`);
  dropped(core, info, publish, "denied");
}

function accept(client: Client, entry: TopicEntry<Route>): void {
  const { core, publishFields: fields } = client;
  const route = routeOf(core, entry);
  const { messageBroadcast } = core.observers;
  if (route.targets.length + route.groups.length > 0 || fields.retain || messageBroadcast) {
    spread(core, outgoing(client, entry), client.info, route);
  }
  acknowledge(client);
}

function outgoing(client: Client, entry: TopicEntry<Route>): OutgoingPublish {
  const { inbound: { bytes, cursor } } = client.connection;
  const { qos, retain, payloadStart } = client.publishFields;
  // A remaining length with needless zeros, which old clients may stumble over, is not handed on.
  const isPlain = bytes[cursor.bodyStart - 1] !== 0;
  return new OutgoingPublish(
    entry.topicName,
    entry.bytes,
    isPlain ? cursor.end - payloadStart : bytes.subarray(payloadStart, cursor.end),
    qos,
    retain,
    "client",
    isPlain ? bytes.subarray(cursor.start, cursor.end) : undefined,
  );
}

function acknowledge(client: Client): void {
  const { qos, packetId } = client.publishFields;
  if (qos === 0) return;
  if (qos === 2) client.session!.receive(packetId);
  const header = qos === 1 ? PUBACK_HEADER : PUBREC_HEADER; // [MQTT-3.3.4-1]
  client.connection.outbound.pushAck(header, packetId);
}

/** Spreads a message that passed all checks, or that the broker itself sends. */
export function broadcast(
  core: Core,
  publish: OutgoingPublish,
  sender: ClientInfo | undefined,
): void {
  spread(core, publish, sender, findRoute(core, publish.topicName));
}

function spread(
  core: Core,
  publish: OutgoingPublish,
  sender: ClientInfo | undefined,
  route: Route,
): void {
  if (publish.retain) retain(core, publish, sender);
  deliver(core, route, publish);
  core.observers.messageBroadcast?.({ client: sender, message: publish });
}

/** Keeps, replaces or removes the retained message of a topic, section 3.3.1.3. */
function retain(core: Core, publish: OutgoingPublish, sender: ClientInfo | undefined): void {
  const { topicName, payload } = publish;
  if (payload.length === 0) core.retained.delete(topicName); // [MQTT-3.3.1-10] [MQTT-3.3.1-11]
  else if (isRetainedFull(core, topicName)) {
    return dropped(core, { clientId: sender?.clientId ?? "" }, publish, "retained full");
  } else core.retained.set(topicName, publish.message); // [MQTT-3.3.1-5]
  core.observers.messageRetained?.({ client: sender, message: publish });
}

function isRetainedFull(core: Core, topicName: string): boolean {
  const { maxRetained } = core.config.limits;
  return core.retained.count >= maxRetained && !topicName.startsWith("$") &&
    core.retained.get(topicName) === undefined;
}
