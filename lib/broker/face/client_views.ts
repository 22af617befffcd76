/**
 * Clients, sessions and subscriptions, listed, found and one by one. Invariants: plain data; a listing of any length is
 * walked a part at a time; of messages that wait only their beginnings are looked at, and no payload is copied.
 */
import type { ReadArgsOf, ResultOf, RowOf } from "../../manage/commands.ts";
import type { InflightMessage } from "../../session/inflight.ts";
import type { QueuedMessage } from "../../session/queue.ts";
import { shown } from "../../shown.ts";
import { filterMatches, splitSharedFilter, topicNameProblem } from "../../topic/filter.ts";
import { NotFoundError, UserError } from "../../user_error.ts";
import type { Properties } from "../../wire/properties.ts";
import type { Client } from "../client.ts";
import type { Core } from "../core.ts";
import type { BrokerSession } from "../sessions.ts";
import type { ClientWill } from "../wills.ts";
import { arrivedOf, clientRow, parts, sessionRow, subscriptionRow } from "./rows.ts";
import { finderOf } from "./search.ts";

/** Of a session's messages, and of its subscriptions, the first ones are shown; bytes of their topics at most. */
const MOST_WAITING = 100;
const MOST_SUBSCRIPTIONS = 1000;
const MOST_BYTES = 1024 * 1024;
const MOST_USER_PROPERTIES = 20;
const FOR_EVER = 0xffff_ffff;

type SessionDetail = ResultOf<"session">;
type Waiting = SessionDetail["queue"][number];

/** Those whose login is being decided, too. Clients that come or go between two parts may be missing; those that stay are listed once. */
export function clientRows(core: Core, search?: string): Generator<RowOf<"clients">[]> {
  const finds = finderOf(search);
  return parts(arrivedOf(core), (client) => {
    const { clientId, username, address } = client.info;
    return finds(clientId, username, address) ? clientRow(client) : undefined;
  });
}

/** Every session, with and without a connection. */
export function sessionRows(core: Core, search?: string): Generator<RowOf<"sessions">[]> {
  const finds = finderOf(search);
  return parts(core.sessions.all(), (session) => {
    const { clientId, holder } = session;
    const isFound = finds(clientId, holder?.username, holder?.address);
    return isFound ? sessionRow(core, session) : undefined;
  });
}

/**
 * One client.
 * @throws UserError when it is not connected
 */
export function clientDetail(core: Core, clientId: string): ResultOf<"client"> {
  const client = core.sessions.get(clientId)?.connection ??
    arrivedOf(core).find(({ info }) => info.clientId === clientId);
  if (client === undefined) {
    throw new NotFoundError(`no client ${JSON.stringify(clientId)} is connected`);
  }
  const { certificate } = client.info;
  return {
    client: clientRow(client),
    connect: connectWords(client),
    certificate: certificate === undefined
      ? null
      : { commonName: certificate.commonName, subject: certificate.subject },
    bytesReceived: client.connection.inbound.received,
    bytesSent: client.connection.outbound.written,
  };
}

function connectWords({ info, will }: Client): string[] {
  const words = propertyWords(info.properties ?? {});
  if (info.isBridge) words.unshift("it is a bridge");
  if (info.isNamedByCertificate) words.unshift("its username is its certificate's");
  return will === undefined ? words : [...words, willWords(will)];
}

function willWords({ topicName, qos, retain, payload, delay }: ClientWill): string {
  const after = delay > 0 ? `, after ${delay / 1000} s` : "";
  const kept = retain ? ", retained" : "";
  return `will to ${shown(topicName)}: ${payload.length} bytes, QoS ${qos}${kept}${after}`;
}

function propertyWords(properties: Properties): string[] {
  const { sessionExpiryInterval: expiry, userProperties = [] } = properties;
  const { authenticationMethod: method } = properties;
  const number = (name: string, value: number | undefined) =>
    value === undefined ? [] : [`${name} ${value}`];
  return [
    ...(expiry === FOR_EVER
      ? ["session expiry interval: never"]
      : number("session expiry interval", expiry)),
    ...number("receive maximum", properties.receiveMaximum),
    ...number("maximum packet size", properties.maximumPacketSize),
    ...number("topic alias maximum", properties.topicAliasMaximum),
    ...(properties.requestResponseInformation === true ? ["asks for response information"] : []),
    ...(properties.requestProblemInformation === false ? ["wants no problem information"] : []),
    ...(method === undefined ? [] : [`authentication method ${shown(method)}`]),
    ...userProperties.slice(0, MOST_USER_PROPERTIES)
      .map(([name, value]) => `user property ${shown(name)}=${shown(value)}`),
  ];
}

/**
 * One session.
 * @throws UserError for an unknown client id
 */
export function sessionDetail(core: Core, clientId: string): SessionDetail {
  const session = sessionOf(core, clientId);
  const filters = firstOf(session.subscriptions, MOST_SUBSCRIPTIONS, ([filter]) => filter.length);
  const queue = firstOf(session.waiting(MOST_WAITING), MOST_WAITING, topicBytes);
  const underWay = firstOf(session.underWay, MOST_WAITING, ([, one]) => topicBytes(one));
  return {
    session: sessionRow(core, session),
    subscriptions: filters.map(([filter, options]) => subscriptionRow(clientId, filter, options)),
    queue: queue.map((one) => waitingRow(one, null, "queued")),
    inflight: underWay.map(([packetId, one]) => waitingRow(one, packetId, stateOf(one))),
  };
}

function stateOf({ released }: InflightMessage): Waiting["state"] {
  return released ? "released" : "sent";
}

function topicBytes({ message }: QueuedMessage): number {
  return message.topic.length;
}

function waitingRow(
  { message, qos, retain }: QueuedMessage,
  packetId: number | null,
  state: Waiting["state"],
): Waiting {
  const { topicName, payload } = message;
  return { topicName, qos, retain, bytes: payload.length, packetId, state };
}

/** The first items, as long as they are not too many or too large together. */
function firstOf<Item>(items: Iterable<Item>, most: number, bytesOf: (item: Item) => number) {
  const first: Item[] = [];
  let bytes = 0;
  for (const item of items) {
    bytes += bytesOf(item);
    if (first.length === most || (bytes > MOST_BYTES && first.length > 0)) break;
    first.push(item);
  }
  return first;
}

/**
 * The subscriptions of one session, or of all; only those that match a topic name, where one is given.
 * @throws UserError for an unknown client id, and for a topic name that is none
 */
export function subscriptionRows(
  core: Core,
  { clientId, topicName }: ReadArgsOf<"subscriptions">,
): Generator<RowOf<"subscriptions">[]> {
  const all = clientId === undefined ? undefined : [sessionOf(core, clientId)];
  const problem = topicName === undefined ? undefined : topicNameProblem(topicName);
  if (problem !== undefined) throw new UserError(`${JSON.stringify(topicName)}: ${problem}`);
  const sessions = all ??
    (topicName === undefined ? core.sessions.all() : subscribersOf(core, topicName));
  return parts(
    subscriptionsOf(sessions),
    ([id, filter, options]) =>
      topicName === undefined || filterMatches(filter.topicFilter, topicName)
        ? subscriptionRow(id, filter.asSubscribed, options)
        : undefined,
    ({ topicFilter }) => topicFilter.length,
  );
}

function subscribersOf(core: Core, topicName: string): ReadonlySet<BrokerSession> {
  const { subscribers, groups } = core.tree.match(topicName);
  const sessions = new Set<BrokerSession>();
  for (const [session] of subscribers) sessions.add(session);
  for (const { members } of groups) for (const session of members.keys()) sessions.add(session);
  return sessions;
}

function* subscriptionsOf(sessions: Iterable<BrokerSession>) {
  for (const { clientId, subscriptions } of sessions) {
    for (const [asSubscribed, options] of subscriptions) {
      const parts = splitSharedFilter(asSubscribed);
      const topicFilter = typeof parts === "string" ? asSubscribed : parts.topicFilter;
      yield [clientId, { asSubscribed, topicFilter }, options] as const;
    }
  }
}

function sessionOf(core: Core, clientId: string): BrokerSession {
  const session = core.sessions.get(clientId);
  if (session !== undefined) return session;
  throw new NotFoundError(`no client ${JSON.stringify(clientId)} is known`);
}
