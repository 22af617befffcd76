/**
 * Sessions in lines of JSON; their messages by order. Invariants: filters that are read are those that MQTT allows; no
 * packet id is under way twice.
 */
import type { Message } from "../../session/message.ts";
import { SubscriptionOptions, subscriptionOptions } from "../../session/subscription.ts";
import { splitSharedFilter, topicFilterProblem } from "../../topic/filter.ts";
import { UserError } from "../../user_error.ts";
import type { StoredEntry, StoredSession } from "../state.ts";
import { clientFields, readClient } from "./client.ts";
import type { Fields } from "./fields.ts";
import type { Times } from "./times.ts";

const MOST_PACKET_ID = 65_535;
const MOST_IDENTIFIER = 268_435_455;
const MOST_NUMBER = Number.MAX_SAFE_INTEGER;
/** An expiry interval of Infinity, which JSON does not have. */
const NEVER = "never";

/** What a JSON line of a session has; it begins with the client id. */
export function sessionFields(
  clientId: string,
  session: StoredSession,
  times: Times,
): Readonly<Record<string, unknown>> {
  const { expiryInterval, detachedAt } = session;
  return {
    session: clientId,
    client: clientFields(session.client),
    expiryInterval: expiryInterval === Infinity ? NEVER : expiryInterval,
    detachedFor: detachedAt === undefined ? undefined : times.since(detachedAt),
    detached: detachedAt === undefined ? undefined : times.date(detachedAt),
    lastPacketId: session.lastPacketId,
    subscriptions: Array.from(session.subscriptions, subscriptionFields),
    received: [...session.received],
    entries: Array.from(session.entries, entryFields),
  };
}

function subscriptionFields([filter, options]: [string, SubscriptionOptions]) {
  const { qos, noLocal, retainAsPublished, identifiers } = options;
  return {
    filter,
    qos,
    noLocal: noLocal || undefined,
    retainAsPublished: retainAsPublished || undefined,
    identifiers,
  };
}

function entryFields([number, entry]: [number, StoredEntry]) {
  const { message, qos, retain, identifiers, group, packetId, released } = entry;
  return {
    number,
    message: message.order,
    qos,
    retain: retain || undefined,
    identifiers,
    group,
    packetId: packetId || undefined,
    released: released || undefined,
  };
}

/** @param time the present; @throws UserError */
export function readSession(
  line: Fields,
  time: number,
  messages: ReadonlyMap<number, Message>,
): StoredSession {
  const session = {
    client: readClient(line.text("session"), line),
    expiryInterval: line.value("expiryInterval") === NEVER
      ? Infinity
      : line.whole("expiryInterval", 0, MOST_NUMBER),
    detachedAt: line.has("detachedFor") ? time - line.milliseconds("detachedFor") : undefined,
    lastPacketId: line.whole("lastPacketId", 0, MOST_PACKET_ID),
    subscriptions: unique(line.objects("subscriptions").map(readSubscription), line, "filter"),
    received: new Set(line.numbers("received", MOST_PACKET_ID)),
    entries: unique(
      line.objects("entries").map((one) => readEntry(one, messages)),
      line,
      "entry",
    ),
  };
  line.value("detached");
  line.end();
  checkPacketIds(session.entries, line);
  return session;
}

function readSubscription(fields: Fields): [string, SubscriptionOptions] {
  const filter = fields.text("filter");
  const problem = filterProblem(filter);
  if (problem !== undefined) throw new UserError(`${fields.where}: filter: ${problem}`);
  const qos = fields.oneOf("qos", [0, 1, 2]);
  const noLocal = fields.flag("noLocal");
  const asPublished = fields.flag("retainAsPublished");
  const identifiers = identifiersOf(fields);
  fields.end();
  const options = identifiers === undefined
    ? subscriptionOptions(qos, noLocal, asPublished)
    : new SubscriptionOptions(qos, asPublished, identifiers, noLocal ? undefined : "same");
  return [filter, options];
}

function filterProblem(filter: string): string | undefined {
  const split = splitSharedFilter(filter);
  return typeof split === "string" ? split : topicFilterProblem(split.topicFilter);
}

function readEntry(fields: Fields, messages: ReadonlyMap<number, Message>): [number, StoredEntry] {
  const number = fields.whole("number", 0, MOST_NUMBER);
  const entry = {
    message: messageBy(fields, messages),
    qos: fields.oneOf("qos", [0, 1, 2]),
    retain: fields.flag("retain"),
    identifiers: identifiersOf(fields),
    group: fields.optionalText("group"),
    packetId: fields.wholeOr("packetId", 1, MOST_PACKET_ID, 0),
    released: fields.flag("released"),
  };
  fields.end();
  if (entry.packetId > 0 && entry.qos === 0) fields.wrong("qos", "1 or 2 beside a packetId");
  if (entry.released && (entry.packetId === 0 || entry.qos !== 2)) {
    fields.wrong("released", "a packetId and QoS 2 beside it");
  }
  return [number, entry];
}

/** @throws UserError for a message that no line before had */
export function messageBy(fields: Fields, messages: ReadonlyMap<number, Message>): Message {
  const order = fields.whole("message", 0, MOST_NUMBER);
  return messages.get(order) ?? fields.wrong("message", "the number of a message in a line above");
}

function identifiersOf(fields: Fields): number[] | undefined {
  return fields.has("identifiers") ? fields.numbers("identifiers", MOST_IDENTIFIER) : undefined;
}

function unique<K, V>(pairs: readonly [K, V][], line: Fields, what: string): Map<K, V> {
  const map = new Map(pairs);
  if (map.size === pairs.length) return map;
  const twice = pairs.find(([key], at) => pairs.findIndex(([other]) => other === key) !== at);
  throw new UserError(`${line.where}: ${what} ${JSON.stringify(twice?.[0])} comes twice`);
}

function checkPacketIds(entries: ReadonlyMap<number, StoredEntry>, line: Fields): void {
  const ids = [...entries.values()].map(({ packetId }) => packetId).filter((id) => id > 0);
  unique(ids.map((id): [number, undefined] => [id, undefined]), line, "packetId");
}
