/**
 * Is there room for a worker? Deno's runtime for one opens files when it starts, and ends the whole process where it
 * cannot (2.9.6 panics: "Too many open files"): a client that opens connections enough and logs in once would stop the broker.
 * Invariant: what is opened here is closed before the answer.
 */

/** What a worker opens at its start, with as many again for connections that come at the same time. */
const NEEDED = 32;
/** EMFILE and ENFILE: of the process, of the system. */
const TOO_MANY = new Set(["EMFILE", "ENFILE"]);

/**
 * Tries whether a worker could start.
 * @throws Error when there are too many open files
 */
export function checkDescriptors(): void {
  const files: Deno.FsFile[] = [];
  try {
    for (let i = 0; i < NEEDED; i++) files.push(Deno.openSync(Deno.execPath()));
  } catch (cause) {
    // Without the permission to read there is nothing to find out.
    if (!isTooMany(cause)) return;
    throw new Error("too many open files to check a slow password hash", { cause });
  } finally {
    for (const file of files) file.close();
  }
}

function isTooMany(error: unknown): boolean {
  return error instanceof Error && "code" in error && TOO_MANY.has(String(error.code));
}
