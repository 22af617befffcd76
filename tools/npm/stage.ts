/**
 * Writes the folder that becomes the npm package. Invariants: nothing of the tests, the tools and the documentation is
 * in it; each import of a file in it is met by a file in it, by a dependency of package.json, or by Deno.
 */
import { bareImports, javascriptOf, type NpmTarget, npmTarget } from "./javascript.ts";
import { denoJson, flagsOf, packageJson, type ProjectManifest } from "./manifest.ts";

const FOLDERS = ["lib", "plugins"];
const DOORS = ["main.ts", "mod.ts", "plugin.ts", "sources.ts", "manage.ts"];
/** In the examples of comments, and in plugins of people. */
const OWN_NAME = "@midge/midge";
/** Files as they are, and where they go. */
const COPIES: Readonly<Record<string, string>> = {
  "LICENSE": "LICENSE",
  "config.yaml": "config.yaml",
  "import_map.json": "import_map.json",
  "packaging/npm/README.md": "README.md",
  "packaging/npm/midge.cjs": "bin/midge.cjs",
};

/**
 * Makes the folder `target` anew.
 * @param root the project's folder, with its last slash
 */
export async function stagePackage(root: URL, target: URL): Promise<void> {
  await Deno.remove(target, { recursive: true }).catch(ignoreMissing);
  const manifest = JSON.parse(await Deno.readTextFile(new URL("deno.json", root)));
  const { imports } = JSON.parse(await Deno.readTextFile(new URL("import_map.json", root)));
  const stage = new Stage(root, target, manifest, imports);
  for (const door of DOORS) await stage.add(door);
  for (const folder of FOLDERS) await stage.addFolder(folder);
  for (const [from, to] of Object.entries(COPIES)) await stage.copy(from, to);
  await Deno.chmod(new URL("bin/midge.cjs", target), 0o755);
  await stage.finish();
}

class Stage {
  readonly #root: URL;
  readonly #target: URL;
  readonly #manifest: ProjectManifest;
  readonly #map: ReadonlyMap<string, NpmTarget>;
  readonly #used = new Map<string, NpmTarget>();

  constructor(
    root: URL,
    target: URL,
    manifest: ProjectManifest,
    imports: Readonly<Record<string, string>>,
  ) {
    this.#root = root;
    this.#target = target;
    this.#manifest = manifest;
    this.#map = new Map(
      Object.entries(imports).map(([name, value]) => [name, npmTarget(value)]),
    );
  }

  /** Everything below a folder. */
  async addFolder(path: string): Promise<void> {
    for await (const { name, isDirectory } of Deno.readDir(new URL(path, this.#root))) {
      const below = `${path}/${name}`;
      await (isDirectory ? this.addFolder(below) : this.add(below));
    }
  }

  /** One file; TypeScript becomes JavaScript. */
  async add(path: string): Promise<void> {
    if (!path.endsWith(".ts")) return await this.copy(path, path);
    const source = await Deno.readTextFile(new URL(path, this.#root));
    const javascript = javascriptOf(source, this.#map);
    for (const specifier of bareImports(javascript)) this.#note(specifier, path);
    await this.write(path.replace(/\.ts$/, ".js"), javascript);
  }

  async copy(from: string, to: string): Promise<void> {
    const content = await Deno.readFile(new URL(from, this.#root));
    await this.write(to, content);
  }

  /** Both manifests, and what the launcher reads. */
  async finish(): Promise<void> {
    const targets = this.#used.values();
    await this.write("package.json", json(packageJson(this.#manifest, targets)));
    await this.write("deno.json", json(denoJson(this.#manifest)));
    await this.write("bin/flags.json", json(flagsOf(this.#manifest)));
  }

  async write(path: string, content: string | Uint8Array): Promise<void> {
    const file = new URL(path, this.#target);
    await Deno.mkdir(new URL(".", file), { recursive: true });
    await (typeof content === "string"
      ? Deno.writeTextFile(file, content)
      : Deno.writeFile(file, content));
  }

  #note(specifier: string, path: string): void {
    if (specifier.startsWith("node:") || specifier.startsWith(OWN_NAME)) return;
    const [name = ""] = /^(?:@[^/]+\/)?[^/]+/.exec(specifier) ?? [];
    const target = [...this.#map.values()].find((one) => one.name === name);
    if (target === undefined) {
      throw new Error(`${path} imports ${specifier}: not in import_map.json`);
    }
    this.#used.set(name, target);
  }
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
