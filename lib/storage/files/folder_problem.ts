/** What is said about a store's folder that cannot be used: where, what the system says, what to do. */
import { dirname } from "node:path";
import { messageOf } from "../../user_error.ts";
import { ownerText, whyUnwritable } from "../../text_file.ts";

const WAYS_OUT =
  "expected a folder that the broker can write: name another with --data-dir or storage.path, " +
  "or keep nothing with `storage: null`";

/** One line. `cause`: what was thrown when it was made, locked or written. */
export function folderProblem(path: string, cause: unknown): string {
  if (cause instanceof Deno.errors.NotCapable) {
    return `storage.path ${path}: Deno was not given the right to write there; start it with --allow-write=${path}, ` +
      "name another storage.path, or keep nothing with `storage: null`";
  }
  return `storage.path ${path} cannot be used: ${whyNot(path, cause)}; ${WAYS_OUT}`;
}

/** The system's word, and where it helps whose folder it is. */
function whyNot(path: string, cause: unknown): string {
  if (cause instanceof Deno.errors.PermissionDenied) return `permission denied${ownerOf(path)}`;
  const { code } = Object(cause) as { code?: unknown };
  if (code === undefined) return messageOf(cause);
  return whyUnwritable(cause).replace("cannot be written: ", "");
}

/** Of the folder itself, or of the nearest one above it that is there. */
function ownerOf(path: string): string {
  try {
    const owner = ownerText(Deno.statSync(path));
    return owner === undefined ? "" : ` (${path} belongs to ${owner})`;
  } catch (error) {
    const isMissing = error instanceof Deno.errors.NotFound && dirname(path) !== path;
    return isMissing ? ownerOf(dirname(path)) : "";
  }
}
