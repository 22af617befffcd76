/**
 * A message that passed all checks, or that the broker itself sends, on its way to everyone: retained where it wants
 * that, delivered, observed. Invariant: a retained message is kept before it is delivered, so that a subscription that
 * an observer makes finds it.
 */
import { type OutgoingMessage } from "../plugin/types.ts";
import { type Message, type Origin, sizeOf } from "../session/message.ts";
import { OutgoingPublish } from "../session/outgoing.ts";
import { MessageProperties } from "../wire/message_properties.ts";
import { encodeUtf8 } from "../wire/utf8.ts";
import { checkQos } from "../wire/writer.ts";
import type { Client } from "./client.ts";
import type { ClientInfo } from "./client_info.ts";
import type { Core } from "./core.ts";
import { deliver, deliverInSlices, dropped, type Within } from "./deliver.ts";
import { Drop } from "./drops.ts";
import { checkTopicName } from "./laws.ts";
import { sendBeyond } from "./bus/beyond.ts";
import { findRoute, type Route } from "./route.ts";
import { withoutKept } from "./unstored.ts";

const TEXT = new TextEncoder();
const NOTHING = new Uint8Array(0);

/**
 * Spreads a message; its route is looked up. `sender` is undefined for the broker's own.
 * @returns how many sessions it went to
 */
export function broadcast(
  core: Core,
  publish: OutgoingPublish,
  sender: ClientInfo | undefined,
): number {
  ordered(core, publish, sender);
  if (publish.retain) retain(core, publish, sender);
  const route = withoutKept(core, findRoute(core, publish.topicName), publish);
  core.trace?.routed(publish, route);
  const receivers = deliver(core, route, publish);
  void sendBeyond(core, route.beyond, publish);
  core.observers.messageBroadcast?.({ client: sender, message: publish });
  return receivers;
}

/** Spreads a client's message over a route that is known; a promise when that takes more than one slice. */
export function spread(
  core: Core,
  publish: OutgoingPublish,
  { info: sender, connection }: Client,
  route: Route,
  within?: Within,
): void | Promise<void> {
  ordered(core, publish, sender);
  if (core.traffic.latency !== undefined) publish.readAt = connection.readAt;
  if (publish.retain) retain(core, publish, sender);
  core.trace?.routed(publish, route);
  const sent = route.beyond === undefined && !publish.retain
    ? undefined
    : sendBeyond(core, route.beyond, publish);
  const delivering = core.telemetry === undefined
    ? deliverInSlices(core, route, publish, within)
    : timed(core.telemetry, core, route, publish, within);
  const delivered = sent === undefined ? delivering : both(sent, delivering);
  const { messageBroadcast } = core.observers;
  return messageBroadcast === undefined
    ? delivered
    : tell(messageBroadcast, { client: sender, message: publish }, delivered);
}

// Functions of their own: what a closure holds takes memory for each message, also where none is made.

function timed(
  telemetry: NonNullable<Core["telemetry"]>,
  core: Core,
  route: Route,
  publish: OutgoingPublish,
  within: Within | undefined,
): void | Promise<void> {
  return telemetry.deliver(publish, route, () => deliverInSlices(core, route, publish, within));
}

function tell<Event>(
  observer: (event: Event) => void,
  event: Event,
  delivered: void | Promise<void>,
): void | Promise<void> {
  return delivered === undefined ? observer(event) : delivered.then(() => observer(event));
}

/** The publisher waits for both. */
async function both(sent: Promise<void>, delivering: void | Promise<void>): Promise<void> {
  await sent;
  await delivering;
}

/** A message of another member's client is here. @param isKept it is the topic's retained message now */
export function arrived(
  core: Core,
  publish: OutgoingPublish,
  publisher: string | undefined,
  isKept: boolean,
): void {
  ordered(core, publish, undefined);
  publish.publisher = publisher;
  if (isKept) retain(core, publish, undefined);
}

/** From here on it is known what is older, and whose it is. */
function ordered(core: Core, publish: OutgoingPublish, sender: ClientInfo | undefined): void {
  publish.order = ++core.lastOrder;
  publish.publisher = sender?.clientId;
  const expiry = publish.carried?.expiry;
  if (expiry !== undefined) publish.expiresAt = core.clock.now() + expiry * 1000;
  core.topicWatch?.note(publish);
  core.trace?.begins(publish, sender);
}

/**
 * Publishes in the broker's own name: not checked against rules, and `$` topics are allowed.
 * @returns how many sessions it went to
 * @throws ProtocolError for a topic name that cannot be published to
 * @throws RangeError, TypeError for what MQTT cannot carry
 */
export function publishOwn(core: Core, message: OutgoingMessage): number {
  return broadcast(core, outgoingOf(core, message, "broker"), undefined);
}

/**
 * A message that does not come from a connection.
 * @throws as publishOwn
 */
export function outgoingOf(core: Core, message: OutgoingMessage, origin: Origin): OutgoingPublish {
  const { topicName, qos = 0, retain = false } = message;
  const properties = MessageProperties.of(message.properties);
  const topic = encodeUtf8(topicName, "topic name");
  checkTopicName(topicName, core.config.limits, topic.length);
  checkQos(qos);
  const payload = toPayload(message.payload);
  return OutgoingPublish.fromValues({ topicName, topic, payload, qos, retain, origin, properties });
}

/** Removes the retained message of a topic without telling subscribers; false when there was none. */
export function removeRetained(core: Core, topicName: string): boolean {
  if (!core.retained.delete(topicName)) return false;
  recordRetained(core, topicName);
  core.messageExpiry.retained(topicName, undefined);
  const topic = encodeUtf8(topicName, "topic name");
  const values = { topicName, topic, payload: NOTHING, qos: 0, retain: true } as const;
  const message = OutgoingPublish.fromValues({ ...values, origin: "broker" });
  void sendBeyond(core, undefined, message);
  core.observers.messageRetained?.({ client: undefined, message });
  return true;
}

/** Keeps a message that was removed once more, without telling subscribers; false where there is no room. */
export function restoreRetained(core: Core, removed: Message): boolean {
  const { topicName, expiresAt } = removed;
  if (core.journal?.refuses || isRetainedFull(core, topicName, sizeOf(removed))) return false;
  // A newer one by its order, for what came meanwhile is older than what is here now.
  const message = removed.with({ order: ++core.lastOrder, recorded: 0 });
  core.retained.set(message);
  recordRetained(core, topicName);
  core.messageExpiry.retained(topicName, expiresAt);
  const publish = OutgoingPublish.of(message, core.clock.now());
  void sendBeyond(core, undefined, publish);
  core.observers.messageRetained?.({ client: undefined, message: publish });
  return true;
}

/** Keeps, replaces or removes the retained message of a topic, section 3.3.1.3. */
function retain(core: Core, publish: OutgoingPublish, sender: ClientInfo | undefined): void {
  const { topicName, payloadLength } = publish;
  if (payloadLength === 0) {
    if (core.retained.delete(topicName)) recordRetained(core, topicName); // [MQTT-3.3.1-10] [MQTT-3.3.1-11]
  } else if (core.journal?.refuses && !isOwn(topicName)) {
    return dropped(core, sender, publish, Drop.STORAGE_FULL);
  } else if (isRetainedFull(core, topicName, publish.size)) {
    return dropped(core, sender, publish, Drop.RETAINED_FULL);
  } else {
    core.retained.keep(publish); // [MQTT-3.3.1-5]
    recordRetained(core, topicName);
  }
  core.trace?.retained(publish, payloadLength === 0 ? "removed" : "kept");
  core.messageExpiry.retained(topicName, payloadLength === 0 ? undefined : publish.expiresAt);
  core.observers.messageRetained?.({ client: sender, message: publish });
}

/** What is under `$SYS` is the broker's own. A node of the tree, of a few hundred bytes, is bounded by max_retained. */
function isRetainedFull(core: Core, topicName: string, size: number): boolean {
  if (isOwn(topicName)) return false;
  const { maxRetained, maxRetainedBytes } = core.config.limits;
  const { retained } = core;
  if (core.memory.keepsNothing) return true;
  const known = retained.sizeAt(topicName);
  if (known === undefined && retained.count >= maxRetained) return true;
  const more = size - (known ?? 0);
  return more > 0 && retained.bytes + more > maxRetainedBytes;
}

/** What is under `$SYS` is made again after a start. */
function isOwn(topicName: string): boolean {
  return topicName.startsWith("$SYS");
}

function recordRetained({ journal }: Core, topicName: string): void {
  if (journal !== undefined && !isOwn(topicName)) journal.retained(topicName);
}

function toPayload(payload: unknown): Uint8Array {
  if (typeof payload === "string") return TEXT.encode(payload);
  if (payload instanceof Uint8Array) return payload;
  throw new TypeError("a payload must be a string or a Uint8Array");
}
