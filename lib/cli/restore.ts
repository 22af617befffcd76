/**
 * `midge restore`: puts back what `midge backup` has written. Invariants: nothing is overwritten; it is done as a whole or
 * not at all; a problem is one line with what to do next.
 */
import type { Manifest } from "../backup/manifest.ts";
import { type OpenBackup, openBackup } from "../backup/open.ts";
import { type Places, placesOf } from "../backup/places.ts";
import { restore, type Restored, resume, tryOut } from "../backup/restore.ts";
import { SYSTEM_CLOCK } from "../clock.ts";
import { join, resolve } from "../config/paths.ts";
import type { StoreContent } from "../storage/files/read_store.ts";
import { whyUnreadable } from "../text_file.ts";
import { UserError } from "../user_error.ts";
import type { GivenOptions } from "./given_options.ts";
import { describeOptions, type OptionTable } from "./option_table.ts";
import { readOptions } from "./options.ts";
import type { CommandShape } from "./shape.ts";
import { bytesText, countsOf, countsText, numbered } from "./store/text.ts";
import { printLine } from "./terminal.ts";
import { UsageError } from "./usage_error.ts";

const OPTIONS = {
  to: {
    names: ["to"],
    value: "DIR",
    filled: true,
    help: "the folder for the configuration and the files beside it",
  },
  inPlace: { names: ["in-place"], help: "puts all back where it was when the backup was made" },
  dataDir: {
    names: ["data-dir"],
    value: "DIR",
    filled: true,
    help:
      "the folder for what the broker writes, where it is not to be\nthat of the backup, or below DIR",
  },
  force: {
    names: ["force"],
    help:
      "moves what is there aside, into a folder before-restore-TIME\nbeside it; nothing is removed",
  },
  outside: {
    names: ["outside"],
    help:
      "puts files from other folders (/etc/ssl, ...) back to where they\nwere; without it they come into DIR/outside",
  },
  list: { names: ["list"], help: "shows what is in FILE, and changes nothing" },
  check: {
    names: ["check"],
    help:
      "tries FILE: reads all of it, checks every checksum and the store;\nnothing is put into its place",
  },
  resume: {
    names: ["resume"],
    help:
      "finishes a restore that was ended in the middle; with --to DIR, or\nin the working directory",
  },
} as const satisfies OptionTable;

/** Printed by `midge restore --help`. */
export const HELP = `Usage: midge restore FILE --to DIR [--data-dir DIR] [--force] [--outside]
       midge restore FILE --in-place [--force] [--outside]
       midge restore FILE --list | --check
       midge restore --resume [--to DIR]

Puts back what midge backup has written into FILE (-: stdin). Everything is unpacked beside its place first, every
checksum is checked and the store is read; then it is moved into its place as a whole. The broker has to be stopped.
What is there already is not overwritten: it is named, or with --force moved aside.

${describeOptions(OPTIONS)}

Examples:
  midge restore midge-backup-20261128-101500.tar.gz --check
  midge restore midge.tar.gz --to /etc/midge --data-dir /var/lib/midge`;

/** What it takes. */
export const SHAPE: CommandShape = { operands: ["[FILE]"], options: OPTIONS };

type Given = GivenOptions<typeof OPTIONS>;

const STDIN = "-";
/** How the line of a disk without room ends (lib/text_file.ts). */
const DISK_FULL = "the disk is full";

/** Does it; throws UserError. */
export async function run(args: readonly string[]): Promise<number> {
  const given = readOptions(args, OPTIONS, ["[FILE]"]);
  const [file] = given.operands;
  if (given.has("resume")) return await finish(given);
  if (file === undefined) throw new UsageError("FILE is missing");
  if (given.has("to") && given.has("inPlace")) {
    throw new UsageError("--to and --in-place: expected one of them");
  }
  await restoreFrom(file, given);
  return 0;
}

async function finish(given: Given): Promise<number> {
  const base = resolve(given.last("to") ?? ".");
  if (given.operands.length > 0) {
    throw new UsageError("--resume takes no FILE: it has been unpacked");
  }
  if (!await resume(base)) throw new UserError(`${base}: no restore was ended in the middle here`);
  printLine(`${base}: the restore is finished`);
  return 0;
}

async function restoreFrom(file: string, given: Given): Promise<void> {
  let backup: OpenBackup | undefined;
  try {
    backup = await openBackup(await streamOf(file));
    await work(file, backup, given);
  } catch (cause) {
    if (!(cause instanceof UserError)) throw cause;
    if (cause.message.endsWith(DISK_FULL)) {
      throw new UserError(
        `${cause.message}; nothing was changed: make room, or restore elsewhere with --to`,
        { cause },
      );
    }
    if (!isAboutBackup(cause.message)) throw cause;
    throw new UserError(`${file}: ${cause.message}${advice(cause.message)}`, { cause });
  } finally {
    await backup?.close();
  }
}

/** What the backup's own code says of the file has no name in front. */
function isAboutBackup(message: string): boolean {
  return /^(?:is|has|written) /.test(message);
}

function advice(message: string): string {
  return /^(?:is (?:damaged|cut|not whole|empty)|has )/.test(message)
    ? "; take another backup, nothing was changed"
    : "";
}

async function streamOf(file: string): Promise<ReadableStream<Uint8Array>> {
  if (file === STDIN) return Deno.stdin.readable;
  try {
    const opened = await Deno.open(file);
    if ((await opened.stat()).isDirectory) {
      opened.close();
      throw new UserError(`${file}: is a folder; expected a file that midge backup made`);
    }
    return opened.readable;
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw new UserError(`${file}: ${whyUnreadable(cause)}`, { cause });
  }
}

async function work(file: string, backup: OpenBackup, given: Given): Promise<void> {
  const { manifest } = backup;
  if (given.has("list")) return list(manifest);
  if (given.has("check")) return await check(file, backup);
  const { base, data } = manifest.from;
  if (!given.has("to") && !given.has("inPlace")) {
    throw new UserError(
      `${file}: where to? It was made of ${base} (data in ${data}): say --in-place to put it back there, or --to DIR`,
    );
  }
  const places = placesOf(manifest, {
    to: given.last("to"),
    dataDir: given.last("dataDir"),
    outside: given.has("outside"),
  });
  const now = SYSTEM_CLOCK.epoch();
  const restored = await restore({ backup, places, force: given.has("force"), now });
  printLine(`${places.base}: ${summaryOf(manifest)}`);
  report(restored);
  printLine(
    `next: midge check${startFlags(manifest, places, restored)}, and midge start with the same`,
  );
}

/** What the broker has to be started with. */
function startFlags({ config }: Manifest, { base, data }: Places, { notes }: Restored): string {
  const file = config === null ? "" : ` -c ${join(base, config)}`;
  const isElsewhere = config === null || notes.some((note) => note.includes("--data-dir"));
  return isElsewhere ? `${file} --data-dir ${data}` : file;
}

function list(manifest: Manifest): void {
  const { from, config, entries, missing } = manifest;
  printLine(`${summaryOf(manifest)}; of ${join(from.base, config ?? "")}, data in ${from.data}`);
  for (const { kind, name, size, mode } of entries) {
    const bytes = kind === "folder" ? "folder" : String(size);
    printLine(`${mode.toString(8).padStart(3, "0")} ${bytes.padStart(12)}  ${name}`);
  }
  for (const line of missing) printLine(`not in it: ${line}`);
}

async function check(file: string, backup: OpenBackup): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "midge_restore_" });
  try {
    const store = await tryOut(backup, folder);
    printLine(`${file}: whole; ${summaryOf(backup.manifest)}`);
    reportStore(store);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function summaryOf({ entries, created, midge }: Manifest): string {
  const files = entries.filter(({ kind }) => kind === "file");
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  return `${numbered(files.length, "file")}, ${
    bytesText(bytes)
  }, made ${created} by Midge ${midge}`;
}

function report({ store, aside, notes }: Restored): void {
  reportStore(store);
  for (const folder of aside) printLine(`moved aside: what was there is in ${folder}`);
  for (const line of notes) printLine(`note: ${line}`);
}

function reportStore(store: StoreContent | undefined): void {
  if (store !== undefined) printLine(`store: ${countsText(countsOf(store.replayed.state))}`);
}
