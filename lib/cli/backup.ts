/**
 * `midge backup`: all that a broker is made of, in one file. Invariants: the broker runs on; the file is its owner's alone,
 * for it has keys and passwords; nothing is overwritten; what goes to stdout is the backup and nothing else.
 */
import { backupBytes } from "../backup/write.ts";
import { writeNew } from "../backup/copy_file.ts";
import { lookAt } from "../backup/looking.ts";
import { prepareBackup, type Prepared } from "../backup/make.ts";
import type { Manifest } from "../backup/manifest.ts";
import { pathWithin } from "../backup/names.ts";
import { BACKUP_PREFIX } from "../backup/own_names.ts";
import { Stage } from "../backup/stage.ts";
import { SYSTEM_CLOCK } from "../clock.ts";
import { loadConfig } from "../config/load.ts";
import { dirname, join, resolve } from "../config/paths.ts";
import type { BrokerConfig } from "../config/types.ts";
import { parseConfig } from "../config/yaml.ts";
import { writeAll } from "../io.ts";
import { serviceFolders } from "../service/environment.ts";
import { readText, whyUnwritable } from "../text_file.ts";
import { UserError } from "../user_error.ts";
import { describeOptions } from "./option_table.ts";
import { readOptions } from "./options.ts";
import type { CommandShape } from "./shape.ts";
import { withProgress } from "./store/folder.ts";
import { BROKER_OPTIONS } from "./store/options.ts";
import { bytesText, countsOf, countsText, numbered } from "./store/text.ts";
import { printLine, printProblem } from "./terminal.ts";

/** Printed by `midge backup --help`. */
export const HELP = `Usage: midge backup [FILE] [--config FILE] [--data-dir DIR]

Writes all that a broker is made of into FILE, while it runs or while it is stopped: the configuration and the
files that it names (passwords, rules, certificates with their keys, plugins with what they import by relative
paths), and data_dir with the store, bans, tokens, and certificates by ACME. midge restore puts it back.

FILE is a tar file, compressed unless its name ends with .tar. Without it: midge-backup-DATE.tar.gz in the working
directory; a folder: that name in it; -: to stdout. It has keys and passwords, and is its owner's alone; encrypt it
on the way with another program (docs/BACKUP.md). A file that is there is not overwritten.

${describeOptions(BROKER_OPTIONS)}

Examples:
  midge backup -c config.yaml /var/backups
  midge backup -c config.yaml - | age -p -o midge.tar.gz.age`;

/** What it takes. */
export const SHAPE: CommandShape = { operands: ["[FILE]"], options: BROKER_OPTIONS };

const STDOUT = "-";
/** What to do, by how a problem ends (lib/text_file.ts). */
const ADVICE = [
  ["the disk is full", "make room, or name a FILE on another disk"],
  ["may not be read: permission denied", "run this as the user of the broker, or as root"],
] as const;
/** Of the service that `midge service install` and the Debian package make. */
const SERVICE_DATA = "/var/lib/midge";

/** Writes it; throws UserError. */
export async function run(args: readonly string[]): Promise<number> {
  const given = readOptions(args, BROKER_OPTIONS, ["[FILE]"]);
  const file = given.last("config");
  const raw = file === undefined ? undefined : parseConfig(await readText(file), file);
  const config = await configOf(file, given.last("dataDir"), raw);
  const now = SYSTEM_CLOCK.epoch();
  const [wanted = "."] = given.operands;
  const target = wanted === STDOUT ? STDOUT : await targetOf(wanted, now, config);
  const place = target === STDOUT ? await ownFolder(config) : dirname(target);
  await Stage.sweep(place, BACKUP_PREFIX);
  await using stage = await stageIn(place);
  const prepared = await withProgress(
    "copying the store",
    (onProgress) => prepareBackup({ config, raw, stage: stage.path, now, onProgress }),
  ).catch(withAdvice);
  refuseEmpty(prepared.manifest);
  if (target === STDOUT) await toStdout(prepared);
  else await toFile(prepared, stage, target).catch(withAdvice);
  report(prepared, target);
  return 0;
}

/** A service has its data where systemd says, which its configuration does not repeat. */
async function configOf(
  file: string | undefined,
  dataDir: string | undefined,
  raw: unknown,
): Promise<BrokerConfig> {
  const folders = serviceFolders();
  const config = await loadConfig(file, { dataDir, folders });
  const isSaid = dataDir !== undefined || Reflect.get(Object(raw), "data_dir") !== undefined;
  if (file === undefined || isSaid || await lookAt(config.dataDir) !== undefined) return config;
  const isService = await lookAt(SERVICE_DATA) !== undefined;
  return isService ? await loadConfig(file, { dataDir: SERVICE_DATA }) : config;
}

async function targetOf(wanted: string, now: number, { dataDir }: BrokerConfig): Promise<string> {
  const isFolder = await Deno.stat(wanted).then((info) => info.isDirectory, () => false);
  const time = new Date(now).toISOString().slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "-");
  const target = resolve(isFolder ? join(wanted, `midge-backup-${time}.tar.gz`) : wanted);
  if (await lookAt(target) !== undefined) {
    throw new UserError(
      `${target}: is there already; expected the name of a new file, or a folder`,
    );
  }
  if (pathWithin(dataDir, target) !== undefined) {
    throw new UserError(
      `${target}: is in the broker's own folder ${dataDir}, and would be in the next backup; expected another place`,
    );
  }
  return target;
}

/** Where there is room for a copy of the store, and no one else reads. */
async function ownFolder({ dataDir, directory }: BrokerConfig): Promise<string> {
  return await lookAt(dataDir) === undefined ? directory : dataDir;
}

async function stageIn(place: string): Promise<Stage> {
  const path = join(place, BACKUP_PREFIX + crypto.randomUUID().slice(0, 8));
  try {
    await Deno.stat(place);
    return await Stage.make(path);
  } catch (cause) {
    throw new UserError(`${place}: ${whyUnwritable(cause)}; expected a folder for the backup`, {
      cause,
    });
  }
}

/** A backup of nothing would be taken for one until it is needed. */
function refuseEmpty({ entries, from }: Manifest): void {
  if (entries.some(({ kind }) => kind === "file")) return;
  throw new UserError(
    `there is nothing to back up: ${from.data} has no files, or is not there; name the broker's configuration with -c FILE, or its folder with --data-dir DIR`,
  );
}

function withAdvice(cause: unknown): never {
  if (!(cause instanceof UserError)) throw cause;
  const found = ADVICE.find(([ending]) => cause.message.endsWith(ending));
  throw found === undefined ? cause : new UserError(`${cause.message}; ${found[1]}`, { cause });
}

/** Moved to its place when it is whole. */
async function toFile(prepared: Prepared, stage: Stage, target: string): Promise<void> {
  const draft = join(stage.path, "backup");
  await writeNew(draft, backupBytes(prepared, !target.endsWith(".tar")));
  try {
    await Deno.link(draft, target); // a rename would overwrite
  } catch (cause) {
    if (cause instanceof Deno.errors.AlreadyExists) {
      throw new UserError(`${target}: is there already; nothing was overwritten`, { cause });
    }
    await Deno.rename(draft, target); // a disk without links
  }
}

async function toStdout(prepared: Prepared): Promise<void> {
  for await (const piece of backupBytes(prepared, true)) await writeAll(Deno.stdout, piece);
}

function report({ manifest, store }: Prepared, target: string): void {
  const { entries, missing, from, config } = manifest;
  const files = entries.filter(({ kind }) => kind === "file");
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  const say = target === STDOUT ? printProblem : printLine;
  say(
    `${target === STDOUT ? "stdout" : target}: ${numbered(files.length, "file")}, ${
      bytesText(bytes)
    }`,
  );
  if (config === null) {
    say(`of ${from.data} alone: name the configuration of the broker with -c FILE, if it has one`);
  } else say(`of ${join(from.base, config)} and ${from.data}`);
  if (store !== undefined) say(`store: ${countsText(countsOf(store.replayed.state))}`);
  const hasData = entries.some(({ name }) => name === "data" || name.startsWith("store/"));
  if (!hasData) {
    say(
      `not in it: ${from.data} is not there; name the folder that the broker writes to with --data-dir`,
    );
  }
  for (const line of missing) say(`not in it: ${line}`);
  if (target !== STDOUT) {
    say("it has secrets, and is its owner's alone; to try it: midge restore --check FILE");
  }
}
