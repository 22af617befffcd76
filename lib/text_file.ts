/**
 * A file that a person named, as text. Invariant: what cannot be read is a UserError that names the file and says
 * why in words; there is no partial text.
 */
import { messageOf, UserError } from "./user_error.ts";
import { readWhole } from "./whole_file.ts";

/** Why a file could not be read, in words that follow its name. */
export function whyUnreadable(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "no such file";
  if (error instanceof Deno.errors.NotCapable) return "may not be read; --allow-read is needed";
  if (error instanceof Deno.errors.PermissionDenied) return "may not be read: permission denied";
  if (error instanceof Deno.errors.IsADirectory) return "is a folder; expected a file";
  return `cannot be read: ${messageOf(error)}`;
}

/** Has a text nothing but white space? Then it is no decision of anyone's: an editor or a full disk has emptied it. */
export function isBlank(text: string): boolean {
  return text.trim() === "";
}

const UNWRITABLE: Readonly<Record<string, string>> = {
  EACCES: "may not be written: permission denied",
  EPERM: "may not be written: permission denied",
  EROFS: "cannot be written: the disk is read-only",
  ENOSPC: "cannot be written: the disk is full",
  EDQUOT: "cannot be written: the disk quota is used up",
  ENOENT: "cannot be written: its folder is not there",
  ENOTDIR: "cannot be written: a part of its path is no folder",
  EISDIR: "is a folder; expected a file",
};

/** Why a file could not be written, in words that follow its name. */
export function whyUnwritable(error: unknown): string {
  if (error instanceof Deno.errors.NotCapable) {
    return "may not be written; --allow-write is needed";
  }
  const { code } = Object(error) as { code?: unknown };
  return UNWRITABLE[String(code)] ?? `cannot be written: ${messageOf(error)}`;
}

/** Who a file or folder belongs to, and who may do what: `user 12, mode 750`; undefined on Windows. */
export function ownerText({ uid, mode }: Deno.FileInfo): string | undefined {
  if (uid === null || mode === null) return undefined;
  return `user ${uid}, mode ${(mode & 0o777).toString(8)}`;
}

/**
 * The text of a file.
 * @throws UserError when it cannot be read, or is not UTF-8
 */
export async function readText(file: string): Promise<string> {
  const bytes = await readWhole(file).catch((cause) => {
    throw new UserError(`${file}: ${whyUnreadable(cause)}`, { cause });
  });
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new UserError(`${file}: is not UTF-8 text`, { cause });
  }
}
