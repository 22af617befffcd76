/**
 * From a request's name and arguments to the broker's handler for it, typed. Invariant: arguments are checked before
 * anything is done.
 */
import { type GenericSchema, getDotPath, type InferOutput, safeParse } from "valibot";
import type { MaybePromise } from "../plugin/types.ts";
import { UserError } from "../user_error.ts";
import {
  type CommandName,
  COMMANDS,
  isCommandName,
  type ListingName,
  type ReadArgsOf,
  type ResultName,
  type ResultOf,
  type RowOf,
} from "./commands.ts";
import { RequestError } from "./protocol.ts";
import type { CommandRunner } from "./server.ts";

/** What a handler gives: a result, or the rows of a listing part by part. */
type Answer<Name extends CommandName> = Name extends ResultName ? MaybePromise<ResultOf<Name>>
  : Name extends ListingName ? IterableIterator<RowOf<Name>[]>
  : never;

/** A handler for each command; what a person should read is thrown as UserError. */
export type CommandHandlers = {
  readonly [Name in CommandName]: (args: ReadArgsOf<Name>) => Answer<Name>;
};

/** Runs commands by name. */
export function commandRunner(handlers: CommandHandlers): CommandRunner {
  return (name, args) => {
    if (isCommandName(name)) return run(handlers, name, args);
    const known = Object.keys(COMMANDS).join(", ");
    throw new RequestError(`unknown command ${JSON.stringify(name)}; known commands: ${known}`);
  };
}

async function run<Name extends CommandName>(
  handlers: CommandHandlers,
  name: Name,
  args: unknown,
): Promise<Awaited<Answer<Name>>> {
  const read = checked(COMMANDS[name].args, args);
  try {
    return await handlers[name](read);
  } catch (cause) {
    if (cause instanceof UserError) throw new RequestError(cause.message, null, { cause });
    throw cause;
  }
}

function checked<Schema extends GenericSchema>(
  schema: Schema,
  args: unknown,
): InferOutput<Schema> {
  const result = safeParse(schema, args);
  if (result.success) return result.output;
  const issue = result.issues[0];
  const path = getDotPath(issue);
  throw new RequestError(`args${path === null ? "" : `.${path}`}: ${issue.message}`);
}
