/**
 * A text file that is changed by a program. Invariants: a reader sees the old text or the new one, never half; owner,
 * group and mode stay as they were; of several changes at once each is made on what the one before has left; what
 * another hand has written meanwhile is not overwritten.
 */
import { dirname, resolve } from "node:path";
import { lockedFor } from "./locked_folder.ts";
import { replaceFile } from "./replaced_file.ts";
import { whyUnwritable } from "./text_file.ts";
import { UserError } from "./user_error.ts";

/** How a file is changed. */
export interface FileEdit {
  /** The text as it is; what it throws is thrown. */
  read(file: string): Promise<string>;
  /** The text as it is to be; what it throws is thrown, and nothing is written. */
  change(text: string): string;
  /** What to say where Deno gives no right to write there, behind the file's name. Absent: which flag is needed. */
  readonly forbidden?: string | undefined;
}

/**
 * Changes a file, or makes it.
 * @throws UserError where it cannot be written, or has changed while it was being written
 */
export async function editFile(
  file: string,
  { read, change, forbidden }: FileEdit,
): Promise<void> {
  const target = await Deno.realPath(file).catch(() => resolve(file)); // a new file has no real path yet
  using _lock = await lockedFor(file, dirname(target));
  const stamp = stampOf(target);
  const text = change(await read(file));
  try {
    await replaceFile(target, text, () => {
      if (stampOf(target) === stamp) return;
      throw new UserError("has been changed meanwhile by another hand; nothing was written");
    });
  } catch (cause) {
    throw new UserError(`${file}: ${whyNot(cause, forbidden)}`, { cause });
  }
}

/** For `forbidden`, in a process that runs on: which right is missing, and what helps. */
export function rightToWrite(file: string): string {
  return "may not be written: this process has the right to write elsewhere only; start it with " +
    `--allow-write=${dirname(resolve(file))} too, or keep the file below its data folder`;
}

function whyNot(cause: unknown, forbidden: string | undefined): string {
  if (cause instanceof UserError) return cause.message;
  if (forbidden !== undefined && cause instanceof Deno.errors.NotCapable) return forbidden;
  return whyUnwritable(cause);
}

/** Empty where there is no file. */
function stampOf(target: string): string {
  try {
    const { mtime, ctime, size, ino } = Deno.statSync(target);
    return [mtime?.getTime(), ctime?.getTime(), size, ino].join();
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return "";
    throw cause;
  }
}
