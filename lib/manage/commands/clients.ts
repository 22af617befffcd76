/** Clients, sessions and subscriptions, as a running broker is asked about them. */
import {
  array,
  boolean,
  integer,
  minValue,
  nullable,
  number,
  object,
  optional,
  picklist,
  pipe,
  strictObject,
  string,
} from "valibot";
import { command, listing, ONE_CLIENT, QOS } from "./shape.ts";

/** A client as it is listed. */
export const CLIENT_ROW = object({
  clientId: string(),
  username: nullable(string()),
  address: string(),
  port: number(),
  listener: string(),
  transport: string(),
  protocolLevel: number(),
  cleanSession: boolean(),
  keepAlive: number(),
  superuser: boolean(),
  /** Since the connection was accepted. */
  seconds: number(),
  subscriptions: number(),
  queuedMessages: number(),
  /** Since the connection was accepted, without those of TLS and WebSocket. */
  bytesReceived: number(),
  bytesSent: number(),
  /** Bytes that wait to be written to it. */
  backlog: number(),
  /** In both directions, since the listing before; only in a listing by traffic. */
  bytesPerSecond: optional(number()),
  /** Is it let in? Else its login is being decided. */
  connected: boolean(),
  /** Why it is slowed down or waits, in words; empty for most. */
  waits: array(string()),
});

/** A session as it is listed. */
export const SESSION_ROW = object({
  clientId: string(),
  username: nullable(string()),
  connected: boolean(),
  /** Of its present or last client. */
  protocolLevel: number(),
  /** Does it end with its connection? */
  cleanSession: boolean(),
  /** Since the last connection ended; null while one is there. */
  secondsAway: nullable(number()),
  /** How long it is kept without a connection; null: for ever. */
  expirySeconds: nullable(number()),
  /** Until its client's will is published; null: none waits. */
  willSeconds: nullable(number()),
  subscriptions: number(),
  queuedMessages: number(),
  /** Exchanges under way to the client, and from it. */
  inflightOut: number(),
  inflightIn: number(),
});

const SUBSCRIPTION_ROW = object({
  clientId: string(),
  /** As subscribed, `$share/GROUP/` included. */
  topicFilter: string(),
  qos: QOS,
  /** What MQTT 5 has beside them; absent: it was not asked for. */
  noLocal: optional(boolean()),
  retainAsPublished: optional(boolean()),
  identifier: optional(number()),
});

/** A message that waits in a session, or is under way. */
const WAITING_ROW = object({
  topicName: string(),
  qos: QOS,
  retain: boolean(),
  /** Of the payload. */
  bytes: number(),
  /** Null: it is queued, and has none yet. */
  packetId: nullable(number()),
  /** `queued`; `sent`, PUBACK or PUBREC is awaited; `released`, PUBCOMP is. */
  state: picklist(["queued", "sent", "released"]),
});

const CLIENT_DETAIL = object({
  client: CLIENT_ROW,
  /** What CONNECT of MQTT 5 said beside that, in words; empty for most. */
  connect: array(string()),
  /** Of its certificate; null: it has none. */
  certificate: nullable(object({ commonName: string(), subject: string() })),
  /** Since the connection was accepted; null where it is not counted by client. */
  bytesReceived: nullable(number()),
  bytesSent: nullable(number()),
});

const SESSION_DETAIL = object({
  session: SESSION_ROW,
  subscriptions: array(SUBSCRIPTION_ROW),
  /** The first ones in the order of sending; `session.queuedMessages` says how many there are. */
  queue: array(WAITING_ROW),
  inflight: array(WAITING_ROW),
});

/** What clients can be in order by: bytes a second, queued messages, bytes that wait, the time since they came. */
export const CLIENT_ORDERS = ["traffic", "queue", "backlog", "clientId", "since"] as const;

/** By name. */
export const CLIENT_COMMANDS = {
  clients: listing(
    ["GET /clients", "The clients, those whose login is being decided too"],
    strictObject({
      /** In a client id, a username or an address, upper and lower case alike. */
      search: optional(string()),
      /** By what they are in order: the most first, `clientId` by letter. Absent: in none. */
      sort: optional(picklist(CLIENT_ORDERS)),
      /** Of those in order, how many are left out, and how many there are at most. Absent: all. */
      offset: optional(pipe(number(), integer(), minValue(0))),
      limit: optional(pipe(number(), integer(), minValue(0))),
    }),
    CLIENT_ROW,
  ),
  client: command(["GET /clients/{clientId}", "One connected client"], ONE_CLIENT, CLIENT_DETAIL),
  kick: command(
    ["POST /clients/{clientId}/kick", "Close a client's connection"],
    ONE_CLIENT,
    ONE_CLIENT,
  ),
  sessions: listing(
    ["GET /sessions", "The sessions, with and without a connection"],
    strictObject({ search: optional(string()) }),
    SESSION_ROW,
  ),
  session: command(
    [
      "GET /sessions/{clientId}",
      "One session with its subscriptions, its queue and what is under way",
    ],
    ONE_CLIENT,
    SESSION_DETAIL,
  ),
  "sessions end": command(
    ["DELETE /sessions/{clientId}", "End a session: its connection, subscriptions and queue"],
    ONE_CLIENT,
    ONE_CLIENT,
  ),
  subscriptions: listing(
    ["GET /subscriptions", "The subscriptions, of one client or of all"],
    strictObject({
      clientId: optional(string()),
      /** Only those that match this topic name. */
      topicName: optional(string()),
    }),
    SUBSCRIPTION_ROW,
  ),
} as const;
