/**
 * `midge store export`: a store as lines of JSON. Invariants: a file is replaced when all lines are in it and on the disk,
 * or not at all, and is its owner's alone; a reader of stdout that has gone away is no error.
 */
import { basename, dirname, join } from "../../config/paths.ts";
import { SYSTEM_CLOCK } from "../../clock.ts";
import { toJsonLines } from "../../storage/json_lines.ts";
import { readWholeStore, type StoreContent } from "../../storage/files/read_store.ts";
import { whyUnwritable } from "../../text_file.ts";
import { UserError } from "../../user_error.ts";
import { readOptions } from "../options.ts";
import { type AsyncWriter, Output } from "../output.ts";
import { printLine } from "../terminal.ts";
import { folderOf, openToRead, withProgress } from "./folder.ts";
import { PLACE_OPTIONS } from "./options.ts";
import { countsOf, countsText } from "./text.ts";

const FILE_MODE = 0o600;
const STDOUT = "-";

/** Runs `export [FILE]`. */
export async function exportCommand(args: readonly string[]): Promise<number> {
  const given = readOptions(args, PLACE_OPTIONS, ["[FILE]"]);
  const [file = STDOUT] = given.operands;
  const folder = await folderOf(given);
  const disk = await openToRead(folder);
  const content = await withProgress(
    `reading ${folder}`,
    (onProgress) => readWholeStore(disk, onProgress),
  );
  if (file === STDOUT) {
    await writeLines(content, Deno.stdout);
  } else {
    await writeFile(content, file);
    printLine(`${file}: ${countsText(countsOf(content.replayed.state))}`);
  }
  return 0;
}

async function writeLines({ replayed }: StoreContent, to: AsyncWriter): Promise<void> {
  const { state, wall } = replayed;
  const output = new Output(to);
  const encoder = new TextEncoder();
  for (const line of toJsonLines(state, Number.isNaN(wall) ? SYSTEM_CLOCK.epoch() : wall)) {
    await output.write(encoder.encode(`${line}\n`));
    if (output.isClosed) break;
  }
  await output.flush();
}

async function writeFile(content: StoreContent, path: string): Promise<void> {
  const draft = join(dirname(path), `.${basename(path)}.${crypto.randomUUID()}`);
  try {
    const isFile = await Deno.stat(path).then(({ isFile }) => isFile, () => true);
    if (!isFile) throw new UserError(`${path}: is no file; expected one, or - for stdout`);
    using file = await Deno.open(draft, { write: true, createNew: true, mode: FILE_MODE });
    await writeLines(content, file);
    await file.syncData();
    await Deno.rename(draft, path);
  } catch (cause) {
    await Deno.remove(draft).catch(() => {}); // it may never have been made
    if (cause instanceof UserError) throw cause;
    throw new UserError(`${path}: ${whyUnwritable(cause)}`, { cause });
  }
}
