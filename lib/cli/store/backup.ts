/**
 * `midge store backup`: a copy that a broker can be started from. Invariants: see lib/storage/copy_store.ts; DEST is new or
 * empty, and stays empty where no copy can be made.
 */
import { SYSTEM_CLOCK } from "../../clock.ts";
import { copyStore } from "../../storage/files/copy_store.ts";
import type { DenoDisk } from "../../storage/files/deno_disk.ts";
import { whyUnreadable } from "../../text_file.ts";
import { UserError } from "../../user_error.ts";
import { readOptions } from "../options.ts";
import { printLine } from "../terminal.ts";
import { folderOf, LOCK, openToRead, openToWrite, withProgress } from "./folder.ts";
import { PLACE_OPTIONS } from "./options.ts";
import { bytesText, countsOf, countsText, dateText } from "./text.ts";

/** Runs `backup DEST`. */
export async function backupCommand(args: readonly string[]): Promise<number> {
  const given = readOptions(args, PLACE_OPTIONS, ["DEST"]);
  const [target = ""] = given.operands;
  const folder = await folderOf(given);
  const from = await openToRead(folder);
  await checkEmpty(target);
  const to = await openToWrite(target);
  try {
    await copy(from, to);
    return 0;
  } finally {
    to.close();
  }
}

async function copy(from: DenoDisk, to: DenoDisk): Promise<void> {
  const begun = SYSTEM_CLOCK.epoch();
  const { report, replayed } = await withProgress(
    `copying ${from.path}`,
    (onProgress) => copyStore(from, to, onProgress),
  );
  const bytes = report.segments.reduce((sum, { size }) => sum + size, 0);
  printLine(`${to.path}: ${bytesText(bytes)}, all that was acknowledged before ${dateText(begun)}`);
  printLine(`copied: ${countsText(countsOf(replayed.state))}`);
}

async function checkEmpty(target: string): Promise<void> {
  try {
    for await (const { name } of Deno.readDir(target)) {
      if (name !== LOCK) {
        throw new UserError(`${target}: has ${name} in it; expected a new or an empty folder`);
      }
    }
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return;
    if (cause instanceof UserError) throw cause;
    const why = cause instanceof Deno.errors.NotADirectory ? "is a file" : whyUnreadable(cause);
    throw new UserError(`${target}: ${why}; expected a new or an empty folder`, { cause });
  }
}
