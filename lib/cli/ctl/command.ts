/**
 * The shape of a command of `midge ctl`, and the ways of asking the broker. Invariant: with --json a result is one
 * object, a listing an object per line.
 */
import type { ManagementAddress } from "../../manage/client.ts";
import type { ArgsOf, ListingName, ResultName, ResultOf, RowOf } from "../../manage/commands.ts";
import { list, request } from "../../manage/remote.ts";
import { UserError } from "../../user_error.ts";
import { printJson, printLine } from "../terminal.ts";
import type { CtlOptions, OwnOption } from "./options.ts";
import type { Table } from "./tables.ts";

/** A command line that is understood. */
export interface Asked {
  readonly address: ManagementAddress;
  /** What follows the command; as many as the command says. */
  readonly operands: readonly string[];
  readonly given: CtlOptions;
}

/** One command of `midge ctl`. */
export interface CtlCommand {
  /** Names of what follows the command; in brackets: may be missing. */
  readonly operands: readonly string[];
  /** What an operand may be, by its name. */
  readonly choices?: Readonly<Record<string, readonly string[]>>;
  /** A command line that shows what it is for. */
  readonly example: string;
  /** For the help; several lines where it is long. */
  readonly help: string;
  /** Does it take --qos and --retain? */
  readonly isQuestion?: boolean;
  /** Does it take whom to ban? */
  readonly isBan?: boolean;
  /** Does it take --for, beside those of bans? */
  readonly takesFor?: boolean;
  /** The options that only some commands have, and this one. */
  readonly takes?: readonly OwnOption[];
  /** Does it ask for a password? Then what is one operand too many may be one, and is not shown. */
  readonly asksPassword?: boolean;
  /** The result is the exit code. */
  run(asked: Asked): Promise<number>;
}

/** The first operand, which was checked to be there. */
export function operand({ operands: [first] }: Asked): string {
  if (first === undefined) throw new TypeError("the command has no operand");
  return first;
}

/** Asks, and prints the answer in lines. */
export async function ask<Name extends ResultName>(
  { address, given }: Asked,
  name: Name,
  args: ArgsOf<Name>,
  lines: (result: ResultOf<Name>) => readonly string[],
): Promise<number> {
  const result = await request(address, name, args);
  if (given.has("json")) printJson(result);
  else for (const line of lines(result)) printLine(line);
  return 0;
}

/** Enough rows were listed. */
class Enough extends UserError {}

/** Lists, a line a row, as many as are wanted. */
export async function listRows<Name extends ListingName>(
  { address, given }: Asked,
  name: Name,
  args: ArgsOf<Name>,
  table: Table<RowOf<Name>>,
): Promise<number> {
  let left = limitOf(given);
  if (!given.has("json")) printLine(table.heading);
  try {
    await list(address, name, args, (rows) => {
      for (const row of rows) {
        if (left-- <= 0) throw new Enough("enough");
        if (given.has("json")) printJson(row);
        else printLine(table.line(row));
      }
    });
  } catch (error) {
    if (!(error instanceof Enough)) throw error;
  }
  return 0;
}

function limitOf(given: CtlOptions): number {
  const text = given.last("limit");
  if (text === undefined) return Infinity;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw given.wrong("limit", "a number of rows");
}
