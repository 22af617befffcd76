/**
 * `midge store import`: a store from lines of JSON, or from what another broker has kept. Invariants: FILE is read, never
 * written; the store is as it was, or has all that was to come into it.
 */
import { SYSTEM_CLOCK } from "../../clock.ts";
import type { Disk } from "../../storage/files/disk.ts";
import { importState, STORE_KINDS } from "../../storage/foreign/import_state.ts";
import { mergedState } from "../../storage/merge_state.ts";
import { readWholeStore } from "../../storage/files/read_store.ts";
import { rewriteStore } from "../../storage/files/rewrite_store.ts";
import type { StoredState } from "../../storage/state.ts";
import { UserError } from "../../user_error.ts";
import type { GivenOptions } from "../given_options.ts";
import { readOptions } from "../options.ts";
import { printLine, printProblem } from "../terminal.ts";
import { UsageError } from "../usage_error.ts";
import { folderOf, openToWrite } from "./folder.ts";
import { IMPORT_OPTIONS } from "./options.ts";
import { countsOf, countsText, isEmpty } from "./text.ts";

type Given = GivenOptions<typeof IMPORT_OPTIONS>;

/** Runs `import FILE`. */
export async function importCommand(args: readonly string[]): Promise<number> {
  const given = readOptions(args, IMPORT_OPTIONS, ["FILE"]);
  const kind = given.choice("from", STORE_KINDS);
  if (given.has("merge") && given.has("replace")) {
    throw new UsageError("--merge and --replace: expected one of them");
  }
  const [file = ""] = given.operands;
  const folder = await folderOf(given);
  const now = SYSTEM_CLOCK.epoch();
  const imported = await importState(file, kind, {
    now,
    username: given.last("username"),
    isClaimed: given.has("claimed"),
  });
  for (const line of imported.warnings) printProblem(line);
  const disk = await openToWrite(folder);
  try {
    await fill(disk, imported.state, given, now);
  } finally {
    disk.close();
  }
  return 0;
}

async function fill(disk: Disk, state: StoredState, given: Given, now: number): Promise<void> {
  const { replayed } = await readWholeStore(disk);
  const there = countsOf(replayed.state);
  const place = { number: replayed.lastBatch + 1, wall: now };
  if (isEmpty(there) || given.has("replace")) {
    await rewriteStore(disk, state, place);
    printLine(`${disk.path}: now has ${countsText(countsOf(state))}`);
    if (!isEmpty(there)) printLine(`replaced: ${countsText(there)}`);
    return;
  }
  if (!given.has("merge")) {
    throw new UserError(
      `${disk.path}: has ${countsText(there)} already; say --merge to add to them, or --replace`,
    );
  }
  const { merged, added, left } = mergedState(replayed, state, now);
  await rewriteStore(disk, merged, place);
  printLine(`${disk.path}: now has ${countsText(countsOf(merged))}`);
  printLine(`added: ${countsText(countsOf(added))}`);
  printLine(`left out, for the store has them already: ${countsText(countsOf(left))}`);
}
