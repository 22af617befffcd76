/**
 * What a running broker can be asked: every command with its arguments, its answer and its route, for both ends of
 * `midge ctl` and for the HTTP API. Invariant: the types of all ends come from these schemas, and what comes over the
 * wire is checked against them.
 */
import type { GenericSchema, InferInput, InferOutput } from "valibot";
import { ACCESS_COMMANDS } from "./commands/access.ts";
import { BROKER_COMMANDS, SERIES } from "./commands/broker.ts";
import { CLIENT_COMMANDS } from "./commands/clients.ts";
import { REASON_COMMANDS } from "./commands/reasons.ts";
import { TOPIC_COMMANDS } from "./commands/topics.ts";

export { SERIES };

/** Every command by name. */
export const COMMANDS = {
  ...BROKER_COMMANDS,
  ...CLIENT_COMMANDS,
  ...TOPIC_COMMANDS,
  ...ACCESS_COMMANDS,
  ...REASON_COMMANDS,
} as const;

type Commands = typeof COMMANDS;

/** The name of any command. */
export type CommandName = keyof Commands;
/** The names of the commands with one result. */
export type ResultName = {
  [Name in CommandName]: Commands[Name] extends { readonly result: GenericSchema } ? Name : never;
}[CommandName];
/** The names of the listings. */
export type ListingName = {
  [Name in CommandName]: Commands[Name] extends { readonly row: GenericSchema } ? Name : never;
}[CommandName];
/** The names of the streams. */
export type StreamName = Exclude<CommandName, ResultName | ListingName>;

/** What a command is given. */
export type ArgsOf<Name extends CommandName> = InferInput<Commands[Name]["args"]>;
/** What a command gets, defaults filled in. */
export type ReadArgsOf<Name extends CommandName> = InferOutput<Commands[Name]["args"]>;
/** What a command answers. */
export type ResultOf<Name extends ResultName> = InferOutput<Commands[Name]["result"]>;
/** What a listing has in each row. */
export type RowOf<Name extends ListingName> = InferOutput<Commands[Name]["row"]>;
/** What a stream has in each event. */
export type EventOf<Name extends StreamName> = InferOutput<Commands[Name]["event"]>;

/** Is this a command? */
export function isCommandName(name: string): name is CommandName {
  return Object.hasOwn(COMMANDS, name);
}
