/**
 * A password file, changed in one step. Invariants: a reader sees the old text or the new one, never half; owner,
 * group and mode stay as they were; of several changes at once each is made on what the one before has left.
 */
import { dirname, resolve } from "../config/paths.ts";
import { replaceFile } from "../replaced_file.ts";
import { whyUnreadable, whyUnwritable } from "../text_file.ts";
import { UserError } from "../user_error.ts";
import { foreignLine, HASH_LINES, type LineKind } from "./password_lines.ts";

/**
 * The text of a password file; nothing where there is no file yet.
 * @throws {UserError} where it cannot be read, or is something else than a password file
 */
export async function readPasswordFile(
  file: string,
  kind: LineKind = HASH_LINES,
): Promise<string> {
  const info = await Deno.stat(file).catch((cause) => {
    if (cause instanceof Deno.errors.NotFound) return undefined;
    throw new UserError(`${file}: ${whyUnreadable(cause)}`, { cause });
  });
  if (info === undefined) return "";
  if (info.isDirectory) throw new UserError(`${file}: is a folder; expected a file`);
  if (!info.isFile) throw new UserError(`${file}: is a device or a socket; expected a file`);
  const text = await textOf(file);
  const line = foreignLine(text, kind);
  if (line === undefined) return text;
  const why = `line ${line} is no ${kind.expected}, so this is no password file`;
  throw new UserError(`${file}: ${why}; nothing was changed`);
}

/**
 * Replaces the text of a password file, or makes the file. No other `midge passwd` changes it meanwhile.
 * @param change gets the text as it is at that moment; what it throws is thrown
 * @throws {UserError} where it cannot be read or written
 */
export async function changePasswordFile(
  file: string,
  change: (text: string) => string,
  kind: LineKind = HASH_LINES,
): Promise<void> {
  const target = await Deno.realPath(file).catch(() => resolve(file)); // a new file has no real path yet
  using _lock = await locked(file, target);
  const text = change(await readPasswordFile(file, kind));
  try {
    await replaceFile(target, text);
  } catch (cause) {
    const why = cause instanceof UserError ? cause.message : whyUnwritable(cause);
    throw new UserError(`${file}: ${why}`, { cause });
  }
}

/** A byte order mark belongs to the text: it is written back. */
async function textOf(file: string): Promise<string> {
  const bytes = await Deno.readFile(file).catch((cause) => {
    throw new UserError(`${file}: ${whyUnreadable(cause)}`, { cause });
  });
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new UserError(`${file}: is not UTF-8 text, so this is no password file`, { cause });
  }
}

/**
 * Holds the lock of the file's folder, which the system lets go with the process. A lock of the file itself would be
 * one of the old file as soon as it is replaced. On Windows a folder cannot be opened, and the last one wins.
 */
async function locked(file: string, target: string): Promise<Disposable> {
  if (Deno.build.os === "windows") return { [Symbol.dispose]() {} };
  try {
    const folder = await Deno.open(dirname(target), { read: true });
    await folder.lock(true);
    return folder;
  } catch (cause) {
    throw new UserError(`${file}: ${whyUnwritable(cause)}`, { cause });
  }
}
