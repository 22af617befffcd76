/**
 * A plan becomes files. Invariants: nothing that is there is overwritten, not even what another process makes at this
 * moment; all of it is written or nothing; what root writes belongs to the owner of the folder.
 */
import { SYSTEM_CLOCK } from "../../clock.ts";
import { join, resolve } from "../../config/paths.ts";
import { loadConfig } from "../../config/load.ts";
import { lockedFolder } from "../../locked_folder.ts";
import { replaceFiles } from "../../replaced_file.ts";
import { whyUnwritable } from "../../text_file.ts";
import { UserError } from "../../user_error.ts";
import { CERTIFICATES, CONFIG, fileNames, type NewFile, newFiles } from "./files.ts";
import type { InitPlan, InitResult } from "./plan.ts";
import { Undo } from "./undo.ts";

/**
 * Writes config.yaml, and as the plan wants them passwords, certs/ and a token in `data_dir`; what was written passes
 * `midge check`.
 * @throws {UserError} where one of the files is there already, or cannot be written; nothing is left then
 */
export async function carryOut(plan: InitPlan): Promise<InitResult> {
  await refuseOverwriting(plan);
  const files = await newFiles(plan);
  const undo = new Undo();
  try {
    await writeAll(plan, files, undo);
    const token = await checkedToken(plan, undo);
    return { files: files.map(({ name }) => join(plan.folder, name)), token };
  } catch (cause) {
    await undo.all();
    if (cause instanceof UserError) throw cause;
    throw new UserError(`${plan.folder}: ${whyUnwritable(cause)}; nothing was written`, { cause });
  }
}

/** @throws {UserError} where one of the plan's files is there already. Asked before anything is asked of a person. */
export async function refuseOverwriting(plan: InitPlan): Promise<void> {
  const { folder } = plan;
  const info = await Deno.stat(folder).catch(() => undefined); // what is wrong is said when it is written
  if (info !== undefined && !info.isDirectory) {
    throw new UserError(`${folder}: is a file; expected a folder: midge init DIR`);
  }
  const present: string[] = [];
  for (const name of fileNames(plan)) {
    if (await Deno.lstat(join(folder, name)).then(() => true, () => false)) present.push(name);
  }
  if (present.length === 0) return;
  const what = present.length === 1 ? `${present[0]} is` : `${listed(present)} are`;
  throw new UserError(
    `${folder}: ${what} there already; nothing was written. Name another folder (midge init DIR), or move ` +
      `${present.length === 1 ? "it" : "them"} away first`,
  );
}

function listed(names: readonly string[]): string {
  return `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

async function writeAll(plan: InitPlan, files: readonly NewFile[], undo: Undo): Promise<void> {
  const folder = resolve(plan.folder);
  await undo.folder(folder);
  if (plan.tls !== undefined) await undo.folder(join(folder, CERTIFICATES));
  using _lock = await lockedFolder(folder);
  const check = () => {
    for (const { name } of files) {
      if (isThereNow(join(folder, name))) {
        throw new UserError(`${folder}: ${name} has been made meanwhile; nothing was written`);
      }
    }
    for (const { name } of files) undo.note(() => Deno.remove(join(folder, name)));
  };
  const texts = files.map(({ name, text, mode }) => [join(folder, name), text, mode] as const);
  // config.yaml last: what is broken off by force has no configuration.
  await replaceFiles(texts.reverse(), check);
}

function isThereNow(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false; // what else is wrong with it is said when it is written
  }
}

/** The whole of it is a configuration that can be started; then it gets its token. */
async function checkedToken(plan: InitPlan, undo: Undo): Promise<string | undefined> {
  const config = await loadConfig(join(plan.folder, CONFIG));
  const { Broker } = await import("../../broker/life/broker.ts");
  await Broker.check(config);
  if (!plan.hasToken) return undefined;
  await undo.folder(config.dataDir);
  const { Tokens } = await import("../../broker/face/tokens.ts");
  const tokens = new Tokens(config.dataDir, SYSTEM_CLOCK);
  const { token } = await tokens.make({ name: "init" });
  return token;
}
