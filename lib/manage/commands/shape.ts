/**
 * The shape of a command: its arguments, its answer, its route in the HTTP API, and whether it changes anything.
 * Invariant: what only looks may be done by a viewer, what changes something only by an admin.
 */
import {
  type GenericSchema,
  nullable,
  number,
  object,
  picklist,
  strictObject,
  string,
} from "valibot";

/** A route of the HTTP API below `/api/v1`: a method and a path; `{name}` stands for an argument. */
export type Route = `${"GET" | "POST" | "PUT" | "DELETE"} /${string}`;

/** What every command says of itself. */
interface Shape<Args extends GenericSchema> {
  /** Checked before anything is done. */
  readonly args: Args;
  /** GET and DELETE have the other arguments in the query, POST and PUT in a JSON body. Undefined: no route has it. */
  readonly route: Route | undefined;
  /** One line for people: the OpenAPI document has it. */
  readonly help: string;
  /** May only an admin do it? */
  readonly isChange: boolean;
}

/** A command that is answered with one result. */
export interface Command<Args extends GenericSchema, Result extends GenericSchema>
  extends Shape<Args> {
  readonly result: Result;
}

/** A command that is answered with a listing: rows in parts, as many as there are. */
export interface Listing<Args extends GenericSchema, Row extends GenericSchema>
  extends Shape<Args> {
  readonly row: Row;
}

/** A command whose answer goes on until the caller has enough: events as they come. */
export interface Stream<Args extends GenericSchema, Event extends GenericSchema>
  extends Shape<Args> {
  readonly event: Event;
}

/** Where a command stands in the HTTP API, and what it is for. */
type Place = readonly [route: Route | undefined, help: string];

const isChange = (route: Route | undefined) => route !== undefined && !route.startsWith("GET ");

/** A command with one result; it changes something unless its route is a GET. */
export function command<Args extends GenericSchema, Result extends GenericSchema>(
  [route, help]: Place,
  args: Args,
  result: Result,
): Command<Args, Result> {
  return { args, result, route, help, isChange: isChange(route) };
}

/** A command with one result that changes nothing, although its arguments come in a body. */
export function question<Args extends GenericSchema, Result extends GenericSchema>(
  place: Place,
  args: Args,
  result: Result,
): Command<Args, Result> {
  return { ...command(place, args, result), isChange: false };
}

/** A listing; it changes nothing. */
export function listing<Args extends GenericSchema, Row extends GenericSchema>(
  [route, help]: Place,
  args: Args,
  row: Row,
): Listing<Args, Row> {
  return { args, row, route, help, isChange: false };
}

/** A stream of events; it changes nothing. */
export function stream<Args extends GenericSchema, Event extends GenericSchema>(
  [route, help]: Place,
  args: Args,
  event: Event,
): Stream<Args, Event> {
  return { args, event, route, help, isChange: false };
}

/** No arguments. */
export const NOTHING = strictObject({});
/** One client, or the session of one. */
export const ONE_CLIENT = strictObject({ clientId: string() });
/** One topic. */
export const ONE_TOPIC = strictObject({ topicName: string() });
/** The server behind a plugin, as far as the plugin says. */
export const SERVER_STATE = object({
  state: picklist(["unknown", "up", "down"]),
  /** Milliseconds since 1970. */
  since: number(),
  /** In one line; null: there was none. */
  lastError: nullable(string()),
});
/** A level of the log. */
export const LEVEL = picklist(["debug", "info", "warning", "error"]);
/** A quality of service. */
export const QOS = picklist([0, 1, 2]);
