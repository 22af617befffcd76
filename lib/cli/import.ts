/**
 * `midge import`: another broker's configuration as a config.yaml on stdout, and what could not be carried
 * over on stderr. Invariant: files are read, never written; exit code 1 when one cannot be read or understood.
 */
import { UserError } from "../user_error.ts";
import { DiskLibrary, readSource } from "./import/disk_library.ts";
import { type Draft, showNote, type SourceFile } from "./import/draft.ts";
import { importFiles } from "./import/importers.ts";
import { toYaml } from "./import/yaml_text.ts";
import { readOptions } from "./options.ts";
import { printProblem, printText } from "./terminal.ts";
import type { CommandShape } from "./shape.ts";

/** Printed by `midge import --help`. */
export const HELP = `Usage: midge import FILE... > config.yaml

Prints a configuration made from another broker's files, which it knows by what stands in them:

  mosquitto   mosquitto.conf; its acl_file and password_file are found by themselves
  EMQ X 3, 4  emqx.conf etc/plugins/emqx_auth_*.conf data/loaded_plugins; acl.conf is found by itself
  aMQTT       its YAML file, the style with auth and topic-check too

A file that one of them names, also one of a certificate or key, is looked for among the FILEs (by the
last part of its name), where the path says, and beside the file that names it. What could not be
carried over, and what means something else in Midge, is said on stderr. Exit code 0: made; 1: a file
cannot be read or understood.

Example:
  midge import /etc/mosquitto/mosquitto.conf > config.yaml`;

/** What it takes. */
export const SHAPE: CommandShape = { operands: ["FILE..."] };

/** All files, or all problems with them at once. */
async function readAll(names: readonly string[]): Promise<SourceFile[]> {
  const problems: string[] = [];
  const files: SourceFile[] = [];
  for (const name of names) {
    try {
      files.push(await readSource(name, name));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push(...error.problems);
    }
  }
  if (problems.length > 0) throw new UserError(problems);
  return files;
}

function headOf(broker: string, files: readonly SourceFile[], draft: Draft): string {
  const names = files.map(({ name }) => name).join(", ");
  const lines = [`Made by midge import from ${broker}'s ${names}`.replaceAll(/\s+/g, " ")];
  lines.push("The comments say where each setting was. Check it with: midge check -c FILE");
  const skipped = draft.notes.filter(({ kind }) => kind === "skipped").length;
  if (skipped > 0) lines.push(`Settings that were not carried over: ${skipped}`);
  return lines.map((line) => `# ${line}\n`).join("");
}

/** Prints the configuration and the notes. */
export async function run(args: readonly string[]): Promise<number> {
  const { operands } = readOptions(args, {}, ["FILE..."]);
  const files = await readAll(operands);
  const { broker, draft } = await importFiles(new DiskLibrary(files));
  printText(headOf(broker, files, draft) + toYaml(draft).trimEnd());
  for (const note of draft.notes) printProblem(showNote(note));
  return 0;
}
