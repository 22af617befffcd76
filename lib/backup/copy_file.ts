/**
 * Copies of files, with what they come to. Invariants: a copy is its owner's alone until it is given away; it has all bytes
 * and is on the disk, or there is an error that names the file.
 */
import { createHash } from "node:crypto";
import { writeAll } from "../io.ts";
import { whyUnreadable, whyUnwritable } from "../text_file.ts";
import { UserError } from "../user_error.ts";

/** What was copied. */
export interface Copied {
  readonly size: number;
  /** SHA-256, hexadecimal. */
  readonly sha256: string;
}

const MODE = 0o600;
const PIECE = 256 * 1024;

/** What is written, piece by piece. */
type Pieces = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** Writes a new file, like `writeNew`. */
export type WriteFile = typeof writeNew;

/** Writes a new file. @throws UserError where it cannot be written; else what reading the pieces throws */
export async function writeNew(path: string, pieces: Pieces): Promise<Copied> {
  const hash = createHash("sha256");
  let size = 0;
  using file = await writing(
    path,
    () => Deno.open(path, { write: true, createNew: true, mode: MODE }),
  );
  for await (const piece of pieces) {
    hash.update(piece);
    size += piece.length;
    await writing(path, () => writeAll(file, piece));
  }
  await writing(path, () => file.sync());
  return { size, sha256: hash.digest("hex") };
}

async function writing<T>(path: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (cause) {
    throw new UserError(`${path}: ${whyUnwritable(cause)}`, { cause });
  }
}

/** The bytes of a file. @throws UserError that names it */
export async function* piecesOf(path: string): AsyncGenerator<Uint8Array, void> {
  try {
    using file = await Deno.open(path);
    const piece = new Uint8Array(PIECE);
    for (;;) {
      const count = await file.read(piece);
      if (count === null) return;
      yield piece.subarray(0, count);
    }
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw new UserError(`${path}: ${whyUnreadable(cause)}`, { cause });
  }
}

/** Changes whenever the file is replaced or written to; empty: it is not there. */
export async function stampOf(path: string): Promise<string> {
  try {
    const { mtime, ctime, size, ino } = await Deno.stat(path);
    return [mtime?.getTime(), ctime?.getTime(), size, ino].join();
  } catch {
    return "";
  }
}
