/**
 * The files of a command line, and the disk around them. Invariant: a file that a configuration names is looked for
 * among those of the command line first.
 */
import { readText } from "../../text_file.ts";
import { basename, dirname, isAbsolute, join, resolve } from "../../config/paths.ts";
import type { SourceFile } from "./draft.ts";
import type { Library } from "./library.ts";
import { compareNames } from "./mosquitto_include.ts";

/** @throws {UserError} where it cannot be read */
export async function readSource(path: string, name: string): Promise<SourceFile> {
  return { name, path: resolve(path), text: await readText(path) };
}

/** Undefined when there is no such file; other troubles are errors. */
async function readIfThere(path: string): Promise<SourceFile | undefined> {
  const isFile = await Deno.stat(path).then((info) => !info.isDirectory, () => false);
  return isFile ? await readSource(path, path) : undefined;
}

async function pathIfThere(path: string): Promise<string | undefined> {
  return await Deno.stat(path).then(() => resolve(path), () => undefined);
}

/** Where the reference says, and beside the file that makes it. */
function placesOf(reference: string, { name }: SourceFile): [path: string, beside: string] {
  const folder = dirname(name);
  const path = isAbsolute(reference) ? reference : join(folder, reference);
  return [path, join(folder, basename(reference))];
}

/** A library on the disk. */
export class DiskLibrary implements Library {
  readonly files: readonly SourceFile[];

  constructor(files: readonly SourceFile[]) {
    this.files = files;
  }

  async find(reference: string, from: SourceFile): Promise<SourceFile | undefined> {
    const given = this.#given(reference, from);
    if (given !== undefined) return given;
    const [path, beside] = placesOf(reference, from);
    return await readIfThere(path) ?? await readIfThere(beside);
  }

  async locate(reference: string, from: SourceFile): Promise<string | undefined> {
    const given = this.#given(reference, from);
    if (given !== undefined) return given.path;
    const [path, beside] = placesOf(reference, from);
    return await pathIfThere(path) ?? await pathIfThere(beside);
  }

  #given(reference: string, from: SourceFile): SourceFile | undefined {
    const name = basename(reference);
    return this.files.find((file) => basename(file.path) === name && file !== from);
  }

  async folder(reference: string, from: SourceFile): Promise<readonly SourceFile[] | undefined> {
    const path = isAbsolute(reference) ? reference : join(dirname(from.name), reference);
    try {
      const names = [...Deno.readDirSync(path)].map(({ name }) => name)
        .filter((name) => name.length > ".conf".length && name.endsWith(".conf"))
        .sort(compareNames);
      return await Promise.all(names.map((name) => readSource(join(path, name), join(path, name))));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
        return undefined;
      }
      throw error;
    }
  }
}
