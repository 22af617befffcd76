/**
 * Makes the folder that an executable is compiled from: Midge's modules and the packages that they need as a few
 * minified modules without types, the page's files, an import map. Invariants: versions are those of deno.lock; a
 * module that two others share is there once, so a stranger's plugin gets the Midge that is running.
 */
import { join } from "node:path";
import { runDeno } from "./deno.ts";
import { packed, readFolder } from "../../lib/cli/help/library.ts";
import { mendCommonJs } from "./common_js.ts";
import { bundledName, entryModules, FILES } from "./plan.ts";
import { type PackageModule, packageModules, PAGE_PACKAGES } from "./packages.ts";
import { stagedSource } from "./staged_source.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
/** What Deno is told of the bundled modules' sources. */
const KEPT_SETTINGS = ["name", "version", "exports", "nodeModulesDir"];

/** What `midge help TOPIC` prints. */
const HELP_TEXTS = "dist/help.json.gz";

/** The folder, and its modules: the main one first. */
export interface Bundle {
  readonly folder: string;
  readonly modules: readonly string[];
  /** Files and folders that go inside as they are. */
  readonly files: readonly string[];
}

/**
 * @param work an empty folder
 * @param chosen the plugins whose drivers go inside
 */
export async function makeBundle(work: string, chosen: readonly string[]): Promise<Bundle> {
  const [stage, folder] = [join(work, "stage"), join(work, "bundle")];
  const sources = await stageSources(stage);
  const specifiers: Record<string, string> = (await readJson("import_map.json")).imports;
  const packages = await packageModules(chosen, specifiers);
  await stagePackages(stage, packages, specifiers);
  const read = (path: string) => Deno.readTextFileSync(join(ROOT, path));
  const entries = [...entryModules(sources, read), ...packages.map(({ path }) => path)];
  await runDeno(
    ["bundle", "--lock=deno.lock", "--platform=deno", "--minify", "--code-splitting"]
      .concat("--outdir", folder, entries),
    stage,
    "the bundler",
  );
  await mendCommonJs(folder);
  await copyPage(folder);
  await writeHelp(folder);
  await writeSettings(folder, packages);
  return { folder, modules: entries.map(bundledName), files: [...FILES, "page", HELP_TEXTS] };
}

async function readJson(name: string) {
  return JSON.parse(await Deno.readTextFile(join(ROOT, name)));
}

/** Writes the modules without what tells where they were; their paths. */
async function stageSources(stage: string): Promise<string[]> {
  const paths = sourcesIn("").concat(sourcesIn("lib"), sourcesIn("plugins"));
  for (const path of paths) {
    await Deno.mkdir(join(stage, path, ".."), { recursive: true });
    const text = await Deno.readTextFile(join(ROOT, path));
    await Deno.writeTextFile(join(stage, path), stagedSource(path, text));
  }
  return paths;
}

/** Modules in a folder of the clone and below it; only those beside deno.json for the clone itself. */
function sourcesIn(folder: string): string[] {
  return [...Deno.readDirSync(join(ROOT, folder))].flatMap(({ name, isDirectory }) => {
    const path = folder === "" ? name : `${folder}/${name}`;
    if (isDirectory) return folder === "" ? [] : sourcesIn(path);
    return name.endsWith(".ts") ? [path] : [];
  });
}

async function stagePackages(
  stage: string,
  packages: readonly PackageModule[],
  specifiers: Readonly<Record<string, string>>,
): Promise<void> {
  await Deno.mkdir(join(stage, "packages"));
  for (const { path, text } of packages) await Deno.writeTextFile(join(stage, path), text);
  const own = packages.map(({ name, path }) => [name, `./${path}`]);
  await writeJson(stage, "import_map.json", {
    imports: { ...specifiers, ...Object.fromEntries(own) },
  });
  const settings = await readJson("deno.json");
  await writeJson(stage, "deno.json", {
    ...Object.fromEntries(KEPT_SETTINGS.map((name) => [name, settings[name]])),
    importMap: "import_map.json",
  });
  await Deno.copyFile(join(ROOT, "deno.lock"), join(stage, "deno.lock"));
}

/** The page's files, and those of its libraries in a folder each. */
async function copyPage(folder: string): Promise<void> {
  for (const path of FILES) await copyFolder(join(ROOT, path), join(folder, path));
  for (const [name, files] of Object.entries(PAGE_PACKAGES)) {
    const place = join(folder, "page", name);
    await Deno.mkdir(place, { recursive: true });
    await import(name); // fetches it, where it is not there yet
    const main = new URL(import.meta.resolve(name));
    if (files.length === 0) await Deno.copyFile(main, join(place, "main.js"));
    for (const file of files) await Deno.copyFile(new URL(file, main), join(place, file));
  }
}

async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for (const { name, isDirectory } of Deno.readDirSync(from)) {
    const [source, target] = [join(from, name), join(to, name)];
    if (isDirectory) await copyFolder(source, target);
    else await Deno.copyFile(source, target);
  }
}

async function writeHelp(folder: string): Promise<void> {
  const pages = await readFolder(new URL("../../", import.meta.url)) ?? {};
  await Deno.mkdir(join(folder, HELP_TEXTS, ".."), { recursive: true });
  await Deno.writeFile(join(folder, HELP_TEXTS), await packed(pages));
}

/** What the modules in the executable, and a stranger's plugin, find by names. */
async function writeSettings(folder: string, packages: readonly PackageModule[]): Promise<void> {
  const { name, version, exports } = await readJson("deno.json");
  const doors = Object.entries<string>(exports).filter(([, path]) => !path.includes("tests/"));
  const page = Object.keys(PAGE_PACKAGES).map((one) => [one, `./page/${one}/main.js`]);
  const own = packages.map((one) => [one.name, `./${bundledName(one.path)}`]);
  await writeJson(folder, "deno.json", {
    name,
    version,
    exports: Object.fromEntries(doors.map(([door, path]) => [door, bundledName(path)])),
    imports: Object.fromEntries([...page, ...own]),
    nodeModulesDir: "none",
    lock: false,
  });
}

async function writeJson(folder: string, name: string, value: unknown): Promise<void> {
  await Deno.writeTextFile(join(folder, name), JSON.stringify(value));
}
