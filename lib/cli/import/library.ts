/**
 * The files of an import: those that people named, and those that they name in turn. Invariant: a file
 * that a configuration names and that decides who may do what is read or is an error; it is never taken
 * for empty.
 */
import { UserError } from "../../user_error.ts";
import { showPlace, type SourceFile } from "./draft.ts";
import type { Statement } from "./statements.ts";

/** What an importer may read. */
export interface Library {
  /** The files on the command line, in order. */
  readonly files: readonly SourceFile[];
  /**
   * A file that `from` names: one of `files` with the same last part, else where the path says, else beside
   * `from`. Undefined when there is none.
   */
  find(reference: string, from: SourceFile): Promise<SourceFile | undefined>;
  /** The `*.conf` files of a folder that `from` names, in mosquitto's order; undefined: no such folder. */
  folder(reference: string, from: SourceFile): Promise<readonly SourceFile[] | undefined>;
}

/**
 * The file that a setting names. `among` are the files that settings come from.
 * @throws UserError when there is none
 */
export async function findOrFail(
  library: Library,
  { key, value, place }: Statement,
  among: readonly SourceFile[],
): Promise<SourceFile> {
  const from = among.find(({ name }) => name === place.file) ?? among[0]!;
  const file = await library.find(value, from);
  if (file !== undefined) return file;
  throw new UserError([
    `${showPlace(place)}: ${key}: there is no file ${JSON.stringify(value)} here; ` +
    "name it on the command line too, wherever it is",
  ]);
}
