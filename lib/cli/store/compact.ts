/** `midge store compact`: only what is live, in one new file. Invariant: see lib/storage/rewrite_store.ts. */
import { readWholeStore } from "../../storage/files/read_store.ts";
import { rewriteStore } from "../../storage/files/rewrite_store.ts";
import { UserError } from "../../user_error.ts";
import { readOptions } from "../options.ts";
import { printLine } from "../terminal.ts";
import { folderOf, openToRead, openToWrite, withProgress } from "./folder.ts";
import { PLACE_OPTIONS } from "./options.ts";
import { bytesText } from "./text.ts";

/** Runs `compact [FOLDER]`. */
export async function compactCommand(args: readonly string[]): Promise<number> {
  const given = readOptions(args, PLACE_OPTIONS, ["[FOLDER]"]);
  const folder = await folderOf(given, given.operands[0]);
  await openToRead(folder);
  const disk = await openToWrite(folder);
  try {
    const { replayed } = await withProgress(
      `reading ${folder}`,
      (onProgress) => readWholeStore(disk, onProgress),
    );
    const { state, wall, lastBatch } = replayed;
    if (lastBatch === 0) throw new UserError(`${folder}: has nothing in it yet`);
    const { before, after } = await rewriteStore(disk, state, { number: lastBatch + 1, wall });
    printLine(`${folder}: ${bytesText(before)} before, ${bytesText(after)} now`);
    return 0;
  } finally {
    disk.close();
  }
}
