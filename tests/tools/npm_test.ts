/** The npm package: JavaScript from TypeScript, its manifests, and that what is in it imports what is in it. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import manifest from "../../deno.json" with { type: "json" };
import { TempFolder } from "../support/midge_process.ts";
import { bareImports, javascriptOf, npmTarget } from "../../tools/npm/javascript.ts";
import { denoJson, flagsOf, packageJson } from "../../tools/npm/manifest.ts";
import { stagePackage } from "../../tools/npm/stage.ts";

const MAP = new Map([
  ["@std/yaml", npmTarget("npm:deno-std@1.4.0/yaml/mod.js")],
  ["hono", npmTarget("npm:hono@4.13.19")],
]);

Deno.test("types go, lines and columns stay, names become what node_modules has", () => {
  const source = [
    'import { parse } from "@std/yaml";',
    'import type { Clock } from "./clock.ts";',
    'import { wait } from "../wait.ts"; // see ./wait.ts',
    'const late = (name: string) => import("./late.ts");',
    "const computed = new URL(`./${name}.ts`, import.meta.url);",
    'const { Hono } = await import("hono");',
    'const text = "./my_store.ts";',
  ].join("\n");
  assertEquals(javascriptOf(source, MAP).split("\n"), [
    'import { parse } from "deno-std/yaml/mod.js";',
    "",
    'import { wait } from "../wait.js"; // see ./wait.ts',
    'const late = (name        ) => import("./late.js");',
    "const computed = new URL(`./${name}.js`, import.meta.url);",
    'const { Hono } = await import("hono");',
    'const text = "./my_store.ts";',
  ]);
});

Deno.test("an entry of the import map is a package of an exact version, or an error", () => {
  const target = { name: "@a/b", version: "1.2.3-rc.1", specifier: "@a/b/c.js" };
  assertEquals(npmTarget("npm:@a/b@1.2.3-rc.1/c.js"), target);
  for (const value of ["jsr:@std/yaml@1", "npm:hono", "npm:hono@^4.0.0", "./a.ts"]) {
    assertThrows(() => npmTarget(value), Error, "expected npm:NAME@X.Y.Z");
  }
});

Deno.test("what imports a package by its name is found in every form", () => {
  const source = `import "a"; export { b } from "@c/b/sub.js"; await import("d");
    import.meta.resolve("e"); import "./f.js"; import "node:path"; const g = ["g"];`;
  assertEquals(bareImports(source), ["a", "@c/b/sub.js", "d", "e", "node:path"]);
});

Deno.test("package.json has the project's version, exact dependencies and the same Deno for every machine", () => {
  const made = packageJson(manifest, MAP.values());
  assertEquals([made.name, made.version, made.license], [
    "midge-broker",
    manifest.version,
    manifest.license,
  ]);
  assertEquals(made.dependencies, { "deno-std": "1.4.0", hono: "4.13.19" });
  const denos = Object.values(made.optionalDependencies ?? {});
  assertEquals([denos.length, new Set(denos)], [6, new Set(["2.9.6"])]);
  assert(!JSON.stringify(denoJson(manifest)).includes(".ts"), "doors are JavaScript");
});

Deno.test("the flags are those of deno task midge; a task of another shape is an error", () => {
  const command = manifest.tasks.midge.command.replace("--lock=deno.lock ", "");
  assertEquals(`deno run ${flagsOf(manifest).join(" ")} main.ts`, command);
  assert(command.includes(" --no-prompt ") && command.includes(" --ignore-env "), command);
  const tasks = { midge: "deno run main.ts start" };
  assertThrows(() => flagsOf({ ...manifest, tasks }), Error, "the task midge is");
});

Deno.test("the package has no tests and no TypeScript, and every relative import in it is met", async () => {
  await using folder = new TempFolder();
  const target = new URL(`file://${folder.path}/package/`);
  await stagePackage(new URL("../../", import.meta.url), target);
  const files = await filesBelow(target);
  assert(files.has("dist/help.json.gz") && files.has("bin/flags.json"));
  assert(files.size > 400, `${files.size} files`);
  assertEquals([...files].filter((path) => /\.ts$|^(tests|docs|tools|bench)\//.test(path)), []);
  const unmet: string[] = [];
  for (const path of files) {
    if (!/^(?:lib|plugins)\/.*\.js$|^\w+\.js$/.test(path) || path.includes("/page/")) continue;
    const text = withoutComments(await Deno.readTextFile(new URL(path, target)));
    for (const [, specifier = ""] of text.matchAll(/(?:from|import\()\s*"(\.{1,2}\/[\w./]+\w)"/g)) {
      const met = new URL(specifier, `file:///${path}`).pathname.slice(1);
      if (!files.has(met)) unmet.push(`${path} imports ${specifier}`);
    }
  }
  assertEquals(unmet, []);
});

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[^]*?\*\//g, "");
}

async function filesBelow(folder: URL, below = ""): Promise<Set<string>> {
  const found = new Set<string>();
  for await (const { name, isDirectory } of Deno.readDir(new URL(below, folder))) {
    if (!isDirectory) found.add(below + name);
    else for (const one of await filesBelow(folder, `${below}${name}/`)) found.add(one);
  }
  return found;
}
