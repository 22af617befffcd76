/**
 * From a request's name and arguments to the broker's handler for it, typed. Invariant: the caller's role and the
 * arguments are checked before anything is done.
 */
import { type GenericSchema, getDotPath, type InferOutput, safeParse } from "valibot";
import type { Caller } from "../plugin/management.ts";
import type { MaybePromise } from "../plugin/types.ts";
import { UserError } from "../user_error.ts";
import {
  type CommandName,
  COMMANDS,
  type EventOf,
  isCommandName,
  type ListingName,
  type ReadArgsOf,
  type ResultName,
  type ResultOf,
  type RowOf,
  type StreamName,
} from "./commands.ts";
import { RequestError } from "./protocol.ts";
import type { CommandRunner } from "./server.ts";

/** What a handler gives: a result, the rows of a listing part by part, or events until it is told to end. */
export type AnswerOf<Name extends CommandName> = Name extends ResultName
  ? MaybePromise<ResultOf<Name>>
  : Name extends ListingName ? MaybePromise<IterableIterator<RowOf<Name>[]>>
  : Name extends StreamName ? MaybePromise<AsyncIterableIterator<EventOf<Name>>>
  : never;

/** A handler for each command; what a person should read is thrown as UserError. */
export type CommandHandlers = {
  readonly [Name in CommandName]: (args: ReadArgsOf<Name>, caller: Caller) => AnswerOf<Name>;
};

/** The handlers of some commands. */
export type HandlersOf<Names extends CommandName> = Pick<CommandHandlers, Names>;

/** Does a command by its name; a UserError is for people. */
export type RunCommand = (name: string, args: unknown, caller: Caller) => Promise<unknown>;

/** Runs commands by name, for any caller. */
export function runnerOf(handlers: CommandHandlers): RunCommand {
  return async (name, args, caller) => {
    if (isCommandName(name)) return await run(handlers, name, args, caller);
    const known = Object.keys(COMMANDS).join(", ");
    throw new UserError(`unknown command ${JSON.stringify(name)}; known commands: ${known}`);
  };
}

/** Has them done for `midge ctl`, whose socket only the user of the broker can open. */
export function commandRunner(run: RunCommand): CommandRunner {
  const caller: Caller = { name: "midge ctl", isAdmin: true, user: undefined };
  return async (name, args) => {
    try {
      return await run(name, args, caller);
    } catch (cause) {
      if (cause instanceof UserError) throw new RequestError(cause.message, null, { cause });
      throw cause;
    }
  };
}

async function run<Name extends CommandName>(
  handlers: CommandHandlers,
  name: Name,
  args: unknown,
  caller: Caller,
): Promise<Awaited<AnswerOf<Name>>> {
  if (COMMANDS[name].isChange && !caller.isAdmin) {
    throw new UserError(`${caller.name} may only look; ${name} changes something`);
  }
  return await handlers[name](checked(COMMANDS[name].args, args), caller);
}

function checked<Schema extends GenericSchema>(
  schema: Schema,
  args: unknown,
): InferOutput<Schema> {
  const result = safeParse(schema, args);
  if (result.success) return result.output;
  const issue = result.issues[0];
  const path = getDotPath(issue);
  throw new UserError(`args${path === null ? "" : `.${path}`}: ${issue.message}`);
}
