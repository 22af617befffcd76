/** What is said about a store's folder that cannot be used: where, what the system says, what to do. */
import { messageOf } from "../../user_error.ts";

const WAYS_OUT = "expected a folder that the broker can write: name another storage.path, " +
  "or keep nothing with `storage: null`";

/** One line. `cause`: what was thrown when it was made, locked or written. */
export function folderProblem(path: string, cause: unknown): string {
  if (cause instanceof Deno.errors.NotCapable) {
    return `storage.path ${path}: Deno was not given the right to write there; start it with --allow-write=${path}, ` +
      "name another storage.path, or keep nothing with `storage: null`";
  }
  return `storage.path ${path} cannot be used: ${messageOf(cause)}; ${WAYS_OUT}`;
}
