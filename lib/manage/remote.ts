/**
 * Commands to a running broker, typed. Invariant: what the broker answers is checked, so that an answer of another
 * version is an error of one line and not a surprise later.
 */
import { array, type GenericSchema, getDotPath, type InferOutput, safeParse } from "valibot";
import { UserError } from "../user_error.ts";
import { VERSION } from "../version.ts";
import { ask, follow, type ManagementAddress } from "./client.ts";
import {
  type ArgsOf,
  COMMANDS,
  type EventOf,
  type ListingName,
  type ResultName,
  type ResultOf,
  type RowOf,
  type StreamName,
} from "./commands.ts";

/**
 * Has the broker do a command.
 * @throws UserError with the broker's own words where it refuses
 */
export async function request<Name extends ResultName>(
  address: ManagementAddress,
  name: Name,
  args: ArgsOf<Name>,
): Promise<ResultOf<Name>> {
  const { result } = COMMANDS[name];
  return checked(result, await known(name, ask(address, name, args)), name);
}

/**
 * Has the broker list something.
 * @param onRows called with the rows of each part
 * @throws UserError with the broker's own words where it refuses
 */
export async function list<Name extends ListingName>(
  address: ManagementAddress,
  name: Name,
  args: ArgsOf<Name>,
  onRows: (rows: readonly RowOf<Name>[]) => void,
): Promise<void> {
  const rows = array(COMMANDS[name].row);
  await known(name, ask(address, name, args, (part) => onRows(checked(rows, part, name))));
}

/** What one who follows a stream of events is told. */
export interface StreamFollower<Name extends StreamName> {
  /** What happens from now on is told. */
  began(): void;
  event(event: EventOf<Name>): void;
  /** That many were not sent, for this side was too slow. */
  missed(count: number): void;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/**
 * Follows a stream of events; resolves when there are no more, or the follower has enough.
 * @throws UserError with the broker's own words where it refuses, and when the connection is lost
 */
export async function followEvents<Name extends StreamName>(
  address: ManagementAddress,
  name: Name,
  args: ArgsOf<Name>,
  follower: StreamFollower<Name>,
): Promise<void> {
  const { event: schema } = COMMANDS[name];
  const following = follow(address, name, args, {
    event: (event) => follower.event(checked(schema, event, name)),
    missed: (count) => follower.missed(count),
    began: () => follower.began(),
    signal: follower.signal,
  });
  await known(name, following);
}

/** This side knows the command: a broker that does not is of an older version. */
async function known<T>(name: string, asking: Promise<T>): Promise<T> {
  try {
    return await asking;
  } catch (cause) {
    const isOlder = cause instanceof UserError &&
      cause.message.startsWith(`unknown command ${JSON.stringify(name)}; `);
    if (!isOlder) throw cause;
    throw new UserError(
      `the broker does not know ${name}: it was started by an older Midge than this one (${VERSION}); ` +
        "restart it, or use the midge that it was started with",
      { cause },
    );
  }
}

function checked<Schema extends GenericSchema>(
  schema: Schema,
  value: unknown,
  command: string,
): InferOutput<Schema> {
  const result = safeParse(schema, value);
  if (result.success) return result.output;
  const issue = result.issues[0];
  const path = getDotPath(issue) ?? "the answer";
  throw new UserError(
    `the broker answers ${command} in another form: ${path}: ${issue.message}; ` +
      "expected a broker of this version of midge",
  );
}
