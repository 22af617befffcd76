/**
 * What a running broker can be asked: every command with its arguments and its answer, for both ends. Invariant: the
 * types of both ends come from these schemas, and both ends check what comes over the wire against them.
 */
import {
  array,
  boolean,
  type GenericSchema,
  type InferInput,
  type InferOutput,
  nullable,
  number,
  object,
  optional,
  picklist,
  pipe,
  readonly,
  strictObject,
  string,
} from "valibot";
import { ACCESS_REPORT } from "./access_report.ts";
import { STATUS } from "./status.ts";

/** A command that is answered with one result. */
interface Command<Args extends GenericSchema, Result extends GenericSchema> {
  readonly args: Args;
  readonly result: Result;
}

/** A command that is answered with a listing: rows in parts, as many as there are. */
interface Listing<Args extends GenericSchema, Row extends GenericSchema> {
  readonly args: Args;
  readonly row: Row;
}

const NOTHING = strictObject({});
const ONE_CLIENT = strictObject({ clientId: string() });
const PERHAPS_A_CLIENT = strictObject({ clientId: optional(string()) });
const ONE_TOPIC = strictObject({ topicName: string() });
const QOS = picklist([0, 1, 2]);

const QUESTION = strictObject({
  clientId: string(),
  action: picklist(["publish", "subscribe", "receive"]),
  topic: string(),
  qos: optional(QOS, 0),
  retain: optional(boolean(), false),
});

const RELOADED = object({
  /** A line for each change. */
  changes: pipe(array(string()), readonly()),
  /** A line for each thing that was not reloaded; what was there before holds. */
  problems: pipe(array(string()), readonly()),
  /** A line for each thing that lets in, or lets do, whom and what was kept out before. */
  warnings: optional(pipe(array(string()), readonly())),
});

const LISTENER_ROW = object({
  name: string(),
  /** What clients are said to have come by: tcp, tls, ... */
  transport: string(),
  /** As bound. */
  address: string(),
  port: number(),
  connections: number(),
  /** Null: no limit. */
  maxConnections: nullable(number()),
  /** What it asks of clients, in words; empty for plain MQTT. */
  asks: array(string()),
  /** That it shows, the one for clients that name no server first. */
  certificates: array(object({
    file: string(),
    names: array(string()),
    /** ISO 8601, UTC. */
    expires: string(),
    /** Whole ones; negative when it has expired. */
    daysLeft: number(),
  })),
});

const CLIENT_ROW = object({
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
  /** Is it let in? Else its login is being decided. */
  connected: boolean(),
  /** Why it is slowed down or waits, in words; empty for most. */
  waits: array(string()),
});

const SESSION_ROW = object({
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

const BAN_TARGET = {
  clientId: optional(string()),
  username: optional(string()),
  /** An address or a network. */
  network: optional(string()),
};

const BAN_ROW = object({
  clientId: nullable(string()),
  username: nullable(string()),
  network: nullable(string()),
  /** Milliseconds since 1970; null: for ever. */
  until: nullable(number()),
  reason: nullable(string()),
  by: picklist(["admin", "flapping"]),
  /** Milliseconds since 1970. */
  since: number(),
});

const BAN_RESULT = object({
  ban: BAN_ROW,
  /** Connections that were closed. */
  disconnected: number(),
  /** Why the file does not say so; null: it does. */
  notSaved: nullable(string()),
});

const RETAINED_ROW = object({
  topicName: string(),
  qos: QOS,
  /** Of the payload. */
  bytes: number(),
});

function command<Args extends GenericSchema, Result extends GenericSchema>(
  args: Args,
  result: Result,
): Command<Args, Result> {
  return { args, result };
}

function listing<Args extends GenericSchema, Row extends GenericSchema>(
  args: Args,
  row: Row,
): Listing<Args, Row> {
  return { args, row };
}

/** Every command by name. */
export const COMMANDS = {
  ping: command(NOTHING, object({ version: string() })),
  status: command(NOTHING, STATUS),
  listeners: listing(NOTHING, LISTENER_ROW),
  clients: listing(NOTHING, CLIENT_ROW),
  kick: command(ONE_CLIENT, ONE_CLIENT),
  sessions: listing(NOTHING, SESSION_ROW),
  "sessions end": command(ONE_CLIENT, ONE_CLIENT),
  subscriptions: listing(PERHAPS_A_CLIENT, SUBSCRIPTION_ROW),
  retained: listing(strictObject({ topicFilter: optional(string()) }), RETAINED_ROW),
  "retained delete": command(ONE_TOPIC, ONE_TOPIC),
  "ban list": listing(NOTHING, BAN_ROW),
  "ban add": command(
    strictObject({
      ...BAN_TARGET,
      /** How long; or until when, in milliseconds since 1970. Neither: for ever. */
      seconds: optional(number()),
      until: optional(number()),
      reason: optional(string()),
    }),
    BAN_RESULT,
  ),
  "ban remove": command(strictObject(BAN_TARGET), BAN_RESULT),
  reload: command(NOTHING, RELOADED),
  "acl reload": command(NOTHING, RELOADED),
  "acl cache-clean": command(
    PERHAPS_A_CLIENT,
    object({
      /** Connected clients whose verdicts are forgotten. */
      clients: number(),
      /** Subscriptions that ended, since they are denied now. */
      endedSubscriptions: number(),
    }),
  ),
  "acl explain": command(QUESTION, ACCESS_REPORT),
} as const;

type Commands = typeof COMMANDS;

/** The name of any command. */
export type CommandName = keyof Commands;
/** The names of the commands with one result. */
export type ResultName = {
  [Name in CommandName]: Commands[Name] extends { readonly result: GenericSchema } ? Name : never;
}[CommandName];
/** The names of the listings. */
export type ListingName = Exclude<CommandName, ResultName>;

/** What a command is given. */
export type ArgsOf<Name extends CommandName> = InferInput<Commands[Name]["args"]>;
/** What a command gets, defaults filled in. */
export type ReadArgsOf<Name extends CommandName> = InferOutput<Commands[Name]["args"]>;
/** What a command answers. */
export type ResultOf<Name extends ResultName> = InferOutput<Commands[Name]["result"]>;
/** What a listing has in each row. */
export type RowOf<Name extends ListingName> = InferOutput<Commands[Name]["row"]>;

/** Is this a command? */
export function isCommandName(name: string): name is CommandName {
  return Object.hasOwn(COMMANDS, name);
}
