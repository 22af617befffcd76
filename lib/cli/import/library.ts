/**
 * The files of an import: those that people named, and those that they name in turn. Invariant: a file that a
 * configuration names and that decides who may do what is read or is an error; it is never taken for empty.
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
  /** Where a file or folder that `from` names is, found in the same order and not read; undefined: nowhere. */
  locate(reference: string, from: SourceFile): Promise<string | undefined>;
  /** The `*.conf` files of a folder that `from` names, in mosquitto's order; undefined: no such folder. */
  folder(reference: string, from: SourceFile): Promise<readonly SourceFile[] | undefined>;
}

/**
 * The file that a setting names. `among` are the files that settings come from.
 * @throws UserError when there is none
 */
export async function findOrFail(
  library: Library,
  statement: Statement,
  among: readonly SourceFile[],
): Promise<SourceFile> {
  const file = await library.find(statement.value, sourceOf(statement, among));
  if (file !== undefined) return file;
  throw missing(statement);
}

/**
 * The absolute path of the file or folder that a setting names: of certificates and keys, which an import does not
 * read.
 * @throws UserError when there is none
 */
export async function locateOrFail(
  library: Library,
  statement: Statement,
  among: readonly SourceFile[],
): Promise<string> {
  const path = await library.locate(statement.value, sourceOf(statement, among));
  if (path !== undefined) return path;
  throw missing(statement);
}

function sourceOf({ place }: Statement, among: readonly SourceFile[]): SourceFile {
  return among.find(({ name }) => name === place.file) ?? among[0]!;
}

function missing({ key, value, place }: Statement): UserError {
  return new UserError([
    `${showPlace(place)}: ${key}: there is no file ${JSON.stringify(value)} here; ` +
    "name it on the command line too, wherever it is",
  ]);
}
