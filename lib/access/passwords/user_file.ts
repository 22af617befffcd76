/**
 * A password file, read and changed. Invariants: what is something else than a password file is refused; a change is
 * that of lib/edited_file.ts.
 */
import { editFile } from "../../edited_file.ts";
import { whyUnreadable } from "../../text_file.ts";
import { UserError } from "../../user_error.ts";
import { readWhole } from "../../whole_file.ts";
import { foreignLine, HASH_LINES, type LineKind } from "./user_lines.ts";

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
 * Replaces the text of a password file, or makes the file. No other program of Midge's changes it meanwhile.
 * @param change gets the text as it is at that moment; what it throws is thrown
 * @param forbidden see lib/edited_file.ts
 * @throws {UserError} where it cannot be read or written
 */
export async function changePasswordFile(
  file: string,
  change: (text: string) => string,
  kind: LineKind = HASH_LINES,
  forbidden?: string,
): Promise<void> {
  await editFile(file, { read: (path) => readPasswordFile(path, kind), change, forbidden });
}

/** A byte order mark belongs to the text: it is written back. */
async function textOf(file: string): Promise<string> {
  const bytes = await readWhole(file).catch((cause) => {
    throw new UserError(`${file}: ${whyUnreadable(cause)}`, { cause });
  });
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new UserError(`${file}: is not UTF-8 text, so this is no password file`, { cause });
  }
}
