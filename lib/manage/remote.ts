/**
 * Commands to a running broker, typed. Invariant: what the broker answers is checked, so that an answer of another
 * version is an error of one line and not a surprise later.
 */
import { array, type GenericSchema, getDotPath, type InferOutput, safeParse } from "valibot";
import { UserError } from "../user_error.ts";
import { ask, type ManagementAddress } from "./client.ts";
import {
  type ArgsOf,
  COMMANDS,
  type ListingName,
  type ResultName,
  type ResultOf,
  type RowOf,
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
  return checked(result, await ask(address, name, args), name);
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
  await ask(address, name, args, (part) => onRows(checked(rows, part, name)));
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
