/**
 * What belongs into a backup, but for the store. Invariants: a file comes once, whatever names it; nothing of a running
 * broker's own (sockets, locks, drafts) is in it; what cannot be copied is said.
 */
import { basename, dirname, join, resolve } from "node:path";
import type { BrokerConfig } from "../config/types.ts";
import { maskedUrls } from "../secrets.ts";
import { isFileThere, lookAt, pathsBelow } from "./looking.ts";
import { namedFiles } from "./named_files.ts";
import { nameOf, nameProblem, pathWithin, type Place, splitName } from "./names.ts";
import { DATA_NAMES, isLeftOut } from "./own_names.ts";

/** Of the authority of one's own, beside the certificates that it signed. */
const AUTHORITY_NAMES = ["ca.crt", "ca.key"];

/** A file or a folder to copy. */
export interface Source {
  readonly kind: "file" | "folder";
  /** In the backup. */
  readonly name: string;
  /** Absolute. */
  readonly path: string;
}

/** What there is to copy. */
export interface Sources {
  readonly sources: readonly Source[];
  /** See Manifest. */
  readonly absolute: readonly string[];
  /** What is left out, a line each. */
  readonly missing: readonly string[];
}

/** Finds it. `raw`: the configuration as it was parsed. */
export async function sourcesOf(config: BrokerConfig, raw: unknown): Promise<Sources> {
  const found = new Finding(config);
  if (config.file !== undefined) found.add("file", resolve(config.file));
  const { files, absolute } = await namedFiles(config, raw);
  for (const path of files) if (!found.isStore(path)) found.add("file", path);
  await found.addData();
  found.addFolders();
  found.addPluginNotes();
  await found.addAuthorityNotes(files);
  const sources = [...found.sources.values()].sort((a, b) => a.name < b.name ? -1 : 1);
  return { sources, absolute, missing: found.missing };
}

/** One search. */
class Finding {
  /** By name. */
  readonly sources = new Map<string, Source>();
  readonly missing: string[] = [];
  readonly #config: BrokerConfig;
  readonly #places: (readonly [Place, string])[];
  /** data_dir has the configuration in it, and what else there may be: only what Midge writes there counts. */
  readonly #isShared: boolean;

  constructor(config: BrokerConfig) {
    this.#config = config;
    const { directory, dataDir } = config;
    this.#isShared = pathWithin(dataDir, directory) !== undefined;
    const places = [["data", dataDir], ["base", directory]] as const;
    this.#places = this.#isShared ? places.toReversed() : [...places];
  }

  isStore(path: string): boolean {
    const { storage } = this.#config;
    return storage?.plugin === undefined && storage !== undefined &&
      pathWithin(storage.path, path) !== undefined;
  }

  add(kind: Source["kind"], path: string, name = nameOf(path, this.#places)): void {
    const problem = nameProblem(name);
    if (problem === undefined) this.sources.set(name, { kind, name, path });
    else this.missing.push(`${JSON.stringify(path)}: its name ${problem}`);
  }

  async addData(): Promise<void> {
    const { dataDir } = this.#config;
    if (await lookAt(dataDir) !== undefined) this.add("folder", dataDir, "data");
    const leftOut = (path: string, name: string) => isLeftOut(name) || this.isStore(path);
    const strange = (path: string) => this.#isShared && !DATA_NAMES.includes(basename(path));
    for await (const { path, info } of pathsBelow(dataDir, leftOut)) {
      const [top = ""] = (pathWithin(dataDir, path) ?? "").split(/[\\/]/);
      if (strange(join(dataDir, top))) continue;
      const name = `data/${pathWithin(dataDir, path)!.replaceAll("\\", "/")}`;
      if (info.isDirectory) this.add("folder", path, name);
      else if (info.isFile || await isFileThere(path)) this.add("file", path, name);
      else if (info.isSymlink) this.missing.push(`${path}: a link to no file`);
    }
  }

  /** Those that files of the configuration are in: their owners and modes. */
  addFolders(): void {
    const { directory, dataDir } = this.#config;
    for (const { name, path } of [...this.sources.values()]) {
      const [place] = splitName(name);
      const root = place === "data" ? dataDir : directory;
      if (place === "outside" || pathWithin(root, path) === undefined) continue;
      for (let at = path; at !== root;) {
        this.add("folder", at = dirname(at), folderName(at, root, name));
      }
    }
  }

  /** What `midge init --secure` and `midge certs ca` make, and a broker does without: clients and the next certificate do not. */
  async addAuthorityNotes(files: readonly string[]): Promise<void> {
    const copied = new Set([...this.sources.values()].map(({ path }) => path));
    for (const folder of new Set(files.map((file) => dirname(file)))) {
      for (const path of AUTHORITY_NAMES.map((name) => join(folder, name))) {
        if (copied.has(path) || !await isFileThere(path)) continue;
        this.missing.push(`${path}: the configuration does not name it; keep a copy elsewhere`);
      }
    }
  }

  addPluginNotes(): void {
    const { storage, plugins } = this.#config;
    if (storage?.plugin !== undefined) {
      this.missing.push(`what the storage of the plugin ${maskedUrls(storage.plugin)} keeps`);
    }
    const servers = ["mysql", "postgres", "redis", "mongodb"];
    for (const { name, packaged } of plugins) {
      if (packaged && servers.includes(name)) this.missing.push(`the database of ${name}`);
    }
  }
}

/** A folder of a file with this name. */
function folderName(path: string, root: string, name: string): string {
  const place = name.slice(0, name.indexOf("/"));
  const way = pathWithin(root, path)!.replaceAll("\\", "/");
  return way === "" ? place : `${place}/${way}`;
}
