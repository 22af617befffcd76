/**
 * The files of a mosquitto.conf, with those of `include_dir` in their place. Invariant: each file is read once, where
 * mosquitto reads it; a folder that is not here is never taken for empty.
 */
import { UserError } from "../../user_error.ts";
import { basename, dirname } from "../../config/paths.ts";
import { type Draft, showPlace, type SourceFile } from "./draft.ts";
import type { Library } from "./library.ts";
import { spacedStatements, type Statement } from "./statements.ts";

/** One file: its statements, and in the place of `include_dir` the files that it brings. */
export type ConfFile = readonly (Statement | readonly ConfFile[])[];

const isInclude = ({ key }: Statement) => key === "include_dir";

/** @throws {UserError} for a folder that is not here and has no files on the command line in its stead */
export async function readConfs(
  confs: readonly SourceFile[],
  library: Library,
  draft: Draft,
): Promise<ConfFile[]> {
  const includes = await Promise.all(
    confs.flatMap((from) =>
      spacedStatements(from).filter(isInclude).map(async (statement) => ({
        statement,
        from,
        files: await library.folder(statement.value, from),
      }))
    ),
  );
  const brought = bringFiles(includes, confs, draft);
  const used = new Set([...brought.values()].flat().map(({ path }) => path));
  const isMain = (file: SourceFile) => !used.has(file.path);
  return confs.filter(isMain).map((file) =>
    spacedStatements(file).map((statement) =>
      isInclude(statement)
        ? (brought.get(showPlace(statement.place)) ?? []).map((one) => included(one, draft))
        : statement
    )
  );
}

interface Include {
  readonly statement: Statement;
  readonly from: SourceFile;
  /** Undefined: the folder is not here. */
  readonly files: readonly SourceFile[] | undefined;
}

/** Files by the place of their include_dir. */
function bringFiles(
  includes: readonly Include[],
  confs: readonly SourceFile[],
  draft: Draft,
): Map<string, readonly SourceFile[]> {
  const brought = new Map<string, readonly SourceFile[]>();
  const mains = new Set(includes.map(({ from }) => from));
  for (const { statement, files } of includes) {
    if (files !== undefined) brought.set(showPlace(statement.place), files);
  }
  const missing = includes.filter(({ files }) => files === undefined);
  const taken = new Set([...brought.values()].flat().map(({ path }) => path));
  const others = confs.filter((file) => !mains.has(file) && !taken.has(file.path));
  for (const { statement } of missing) {
    const own = standIns(statement, others, missing.length);
    const { key, place, value } = statement;
    const why = `there is no folder ${JSON.stringify(value)} here`;
    if (own.length === 0) {
      const what = `${why}; name its files on the command line too, or take the line out`;
      throw new UserError([`${showPlace(place)}: ${key}: ${what}`]);
    }
    draft.skip(key, place, `${why}; the other files on the command line stand for it`);
    brought.set(showPlace(place), own);
  }
  return brought;
}

/** In mosquitto's order. Of several folders that are not here, each has the files that lay in one of its name. */
function standIns(
  { value }: Statement,
  others: readonly SourceFile[],
  folders: number,
): readonly SourceFile[] {
  const isOfFolder = ({ path }: SourceFile) =>
    basename(dirname(path)) === basename(value.replace(/\/+$/, ""));
  const own = folders === 1 ? others : others.filter(isOfFolder);
  return [...own].sort((a, b) => compareNames(basename(a.path), basename(b.path)));
}

/** An include_dir in a file that is included is passed over, as mosquitto does. */
function included(file: SourceFile, draft: Draft): ConfFile {
  return spacedStatements(file).filter((statement) => {
    if (!isInclude(statement)) return true;
    const why = "mosquitto follows it in the main file only";
    draft.skip(statement.key, statement.place, why);
    return false;
  });
}

/** mosquitto's order of names: character by character, capitals beside their small letters. */
export function compareNames(a: string, b: string): number {
  for (let at = 0; at < a.length && at < b.length; at++) {
    const [one, other] = [a.charCodeAt(at), b.charCodeAt(at)];
    const upper = (code: number) => code >= 97 && code <= 122 ? code - 32 : code;
    const difference = upper(one) - upper(other) || one - other;
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
