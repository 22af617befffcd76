/**
 * Is a folder that is there this process's own? Where others may write too, they may have put a link or a folder under its
 * name. Invariant: what another user made is neither emptied, followed nor believed.
 */
import { dirname } from "node:path";
import { ownUser } from "../own_user.ts";
import { hasModes } from "../platform.ts";
import { UserError } from "../user_error.ts";

/** It is another user's, or no folder. */
export class ForeignFolderError extends UserError {}

/** @throws ForeignFolderError that names it; else what the system says */
export async function checkOwnFolder(path: string): Promise<void> {
  const { isDirectory, uid } = await Deno.lstat(path);
  if (!isDirectory) {
    throw new ForeignFolderError(
      `${path}: is a link or a file, which midge has not made; expected a folder: remove it`,
    );
  }
  if (!hasModes(Deno.build.os) || uid === await ownUser(dirname(path))) return;
  throw new ForeignFolderError(
    `${path}: belongs to user ${uid}; run this as that user, or remove it`,
  );
}
