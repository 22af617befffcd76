/** `midge store check`: what a store has, and what is damaged. Invariant: without `--repair` nothing is changed. */
import { SYSTEM_CLOCK } from "../../clock.ts";
import type { Disk } from "../../storage/files/disk.ts";
import { readStore } from "../../storage/files/read_store.ts";
import { salvage } from "../../storage/files/salvage.ts";
import { readOptions } from "../options.ts";
import { printLine } from "../terminal.ts";
import { folderOf, openToRead, openToWrite, withProgress } from "./folder.ts";
import { CHECK_OPTIONS } from "./options.ts";
import { contentLines, numbered } from "./text.ts";

/** Bytes of a segment that `--repair` writes, as a broker does. */
const SEGMENT_SIZE = 4 * 1024 * 1024;

/** Runs `check [FOLDER]`. */
export async function checkCommand(args: readonly string[]): Promise<number> {
  const given = readOptions(args, CHECK_OPTIONS, ["[FOLDER]"]);
  const folder = await folderOf(given, given.operands[0]);
  const disk = await openToRead(folder);
  if (given.has("repair")) await repair(folder);
  const { report, ...content } = await withProgress(
    `reading ${folder}`,
    (onProgress) => readStore(disk, onProgress),
  );
  const { damages } = content;
  const verdict = damages.length === 0
    ? "whole"
    : `damaged in ${numbered(damages.length, "place")}`;
  printLine(`${folder}: ${verdict}`);
  for (const line of contentLines({ report, ...content })) printLine(line);
  for (const line of report.notes) printLine(`note: ${line}`);
  for (const line of damages) printLine(`damaged: ${line}`);
  return damages.length === 0 ? 0 : 1;
}

async function repair(folder: string): Promise<void> {
  const disk = await openToWrite(folder);
  try {
    await salvageAll(disk);
  } finally {
    disk.close();
  }
}

async function salvageAll(disk: Disk): Promise<void> {
  const lines: string[] = [];
  await salvage(disk, {
    segmentSize: SEGMENT_SIZE,
    epoch: SYSTEM_CLOCK.epoch(),
    onDamage: (line) => void lines.push(line),
  });
  const done = lines.pop();
  for (const line of lines) printLine(`lost: ${line}`);
  printLine(done === undefined ? "nothing to repair" : `repaired: ${done}`);
}
