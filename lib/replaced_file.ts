/**
 * Files that are replaced in one step. Invariants: a reader sees the old text or the new one, never half; owner, group
 * and mode stay as they were; a new file is its owner's alone, and one that root makes belongs to the owner of its folder.
 */
import { basename, dirname, join } from "node:path";
import { hasModes } from "./platform.ts";
import { UserError } from "./user_error.ts";

const NEW_FILE_MODE = 0o600;
const PERMISSION_BITS = 0o7777;

/** Who a file belongs to, and who may read it. */
interface Standing {
  readonly uid: number | null;
  readonly gid: number | null;
  readonly mode: number;
  /** There is no file yet: these are its folder's, whose owner is to read it. */
  readonly isNew: boolean;
}

/** A file as it is to be. `mode`: of a new one; absent: it is its owner's alone. */
export type NewText = readonly [target: string, text: string, mode?: number];

/**
 * Replaces the text of a file, or makes the file.
 * @param target its real path: a link would be replaced
 * @param check called in the turn in which it is replaced; what it throws is thrown, and what was there stays
 * @throws {UserError} without the file's name, where its owner cannot be kept; else what the system says
 */
export function replaceFile(
  target: string,
  text: string,
  check: () => void = () => {},
): Promise<void> {
  return replaceFiles([[target, text]], check);
}

/**
 * The same of files that belong together: none is replaced before all are written, and then all in one turn.
 * @throws as `replaceFile`; what was there stays, but for a failure between the last steps
 */
export async function replaceFiles(
  files: readonly NewText[],
  check: () => void = () => {},
): Promise<void> {
  const drafts: [draft: string, target: string][] = [];
  try {
    for (const [target, text, mode] of files) {
      const draft = join(dirname(target), `.${basename(target)}.${crypto.randomUUID()}`);
      drafts.push([draft, target]);
      await writeDraft(draft, text, await standingOf(target, mode));
    }
    check();
    for (const [draft, target] of drafts) Deno.renameSync(draft, target);
  } catch (error) {
    for (const [draft] of drafts) await Deno.remove(draft).catch(() => {}); // it may never have been made
    throw error;
  }
}

async function standingOf(target: string, modeOfNew = NEW_FILE_MODE): Promise<Standing> {
  try {
    const { uid, gid, mode } = await Deno.stat(target);
    return { uid, gid, mode: (mode ?? NEW_FILE_MODE) & PERMISSION_BITS, isNew: false };
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    const { uid, gid } = await Deno.stat(dirname(target));
    return { uid, gid, mode: modeOfNew, isNew: true };
  }
}

/** By its descriptor: in a folder of another user a name may be a link to anything by the next moment. */
async function writeDraft(draft: string, text: string, standing: Standing): Promise<void> {
  const { closeSync, fchmodSync, fsyncSync, openSync, writeFileSync } = await import("node:fs");
  const descriptor = openSync(draft, "wx", NEW_FILE_MODE);
  try {
    await giveTo(descriptor, standing);
    if (hasModes(Deno.build.os)) fchmodSync(descriptor, standing.mode);
    writeFileSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Only root can give a file away. */
async function giveTo(descriptor: number, { uid, gid, isNew }: Standing): Promise<void> {
  const { fchownSync, fstatSync } = await import("node:fs");
  const own = fstatSync(descriptor);
  if (uid === null || gid === null || (own.uid === uid && own.gid === gid)) return;
  if (isNew && own.uid !== 0) return;
  try {
    fchownSync(descriptor, uid, gid);
  } catch (cause) {
    const problem = `belongs to user ${uid}, group ${gid}; only root or that user can replace it`;
    throw new UserError(problem, { cause });
  }
}
