/**
 * The files of plugins as they were when they were first imported: modules and what those import by relative paths.
 * Invariants: a module that has changed since gets a name of its own, under which it is read anew; what it imports is
 * kept by the platform until the next start. What cannot be read counts as empty, for importing it says what is wrong.
 */
import { sha256Hex } from "../digest.ts";

/** A plugin's module as it is now. */
export interface ModuleState {
  /** Changes with the module's text; undefined where it is not a file. */
  readonly version: string | undefined;
  /** What to import. */
  readonly specifier: string;
  /** URLs of what it imports that are not as they were when they were imported. */
  readonly stale: readonly string[];
}

const RELATIVE_IMPORT = /\b(?:from|import)\s*\(?\s*["'](\.{1,2}\/[^"'\n]+)["']/g;
/** More than any plugin has. */
const MAX_FILES = 200;

/** The files of all plugins of one host. */
export class PluginFiles {
  /** A digest of each file at its first import, by URL. */
  readonly #first = new Map<string, string>();

  /** Looks at a module's files, which are imported afterwards. */
  async look(module: string): Promise<ModuleState> {
    const files = await digestsOf(module);
    const stale: string[] = [];
    for (const [url, digest] of files) {
      const first = this.#first.get(url);
      if (first === undefined) this.#first.set(url, digest);
      else if (url !== module && first !== digest) stale.push(url);
    }
    const version = files.get(module);
    const isFirst = version === this.#first.get(module);
    return { version, stale, specifier: isFirst ? module : `${module}#${version}` };
  }
}

/** URLs of the files that a module is made of: itself, and what it imports by relative paths. None where it is no file. */
export async function moduleFiles(module: string): Promise<string[]> {
  return [...(await digestsOf(module)).keys()];
}

async function digestsOf(module: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  const waiting = module.startsWith("file:") ? [module] : [];
  for (let url = waiting.shift(); url !== undefined; url = waiting.shift()) {
    if (files.has(url) || files.size >= MAX_FILES) continue;
    const source = await Deno.readFile(new URL(url)).catch(() => new Uint8Array(0));
    files.set(url, await sha256Hex(source, 8));
    const imports = new TextDecoder().decode(source).matchAll(RELATIVE_IMPORT);
    for (const [, path = ""] of imports) waiting.push(new URL(path, url).href);
  }
  return files;
}
