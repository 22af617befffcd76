/**
 * A file that the broker keeps for itself: bans, tokens. Invariant: its folder is made where it is missing; a link stays
 * one.
 */
import { dirname } from "node:path";
import { replaceFile } from "./replaced_file.ts";
import { whyUnwritable } from "./text_file.ts";
import { UserError } from "./user_error.ts";

/** Replaces the file. @throws {UserError} that names it and says why not */
export async function writeOwnFile(path: string, text: string): Promise<void> {
  try {
    await Deno.mkdir(dirname(path), { recursive: true });
    await replaceFile(await Deno.realPath(path).catch(() => path), text); // it may not be there
  } catch (cause) {
    const why = cause instanceof UserError ? cause.message : whyUnwritable(cause);
    throw new UserError(`${path}: ${why}`, { cause });
  }
}
