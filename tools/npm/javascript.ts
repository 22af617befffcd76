/**
 * A TypeScript file of Midge as JavaScript that runs from inside a node_modules folder, where Deno strips no types.
 * Invariants: lines and columns stay; a relative path that named a .ts file names the .js file beside it, and a name of
 * the import map is the file of the npm package that it stands for.
 */
import { stripTypeScriptTypes } from "node:module";

/** A name of the import map, as npm packages have it. */
export interface NpmTarget {
  /** `deno-std` */
  readonly name: string;
  /** `1.4.0` */
  readonly version: string;
  /** What a module in node_modules writes: `deno-std/yaml/mod.js`. */
  readonly specifier: string;
}

/** A module's own path to another, in an import or in what a URL is made of. */
const RELATIVE = /((?:\bfrom|\bimport)\s*\(?\s*|\bnew URL\(\s*)(["'`])(\.{1,2}\/[^"'`\n]*)\.ts\2/g;
const BARE = /((?:\bfrom|\bimport)\s*\(?\s*|import\.meta\.resolve\()"(@?[a-z][a-z0-9/:._-]*)"/gi;

/**
 * Reads the value of an entry of the import map.
 * @throws Error for what is no npm package of an exact version
 */
export function npmTarget(value: string): NpmTarget {
  const [, name, version, path = ""] =
    /^npm:((?:@[^/@]+\/)?[^/@]+)@(\d+\.\d+\.\d+[^/]*)(\/.*)?$/.exec(value) ?? [];
  if (name === undefined || version === undefined) {
    throw new Error(`the import map has ${JSON.stringify(value)}; expected npm:NAME@X.Y.Z`);
  }
  return { name, version, specifier: name + path };
}

/** The packages that JavaScript imports by their names, as it writes them: `hono`, `preact/hooks`, `node:path`. */
export function bareImports(javascript: string): string[] {
  return [...javascript.matchAll(BARE)].map(([, , specifier = ""]) => specifier);
}

/** The JavaScript of a TypeScript source. */
export function javascriptOf(source: string, map: ReadonlyMap<string, NpmTarget>): string {
  return stripTypeScriptTypes(source)
    .replaceAll(
      RELATIVE,
      (_all, before: string, quote: string, path: string) => `${before}${quote}${path}.js${quote}`,
    )
    .replaceAll(BARE, (all, before: string, name: string) => {
      const target = map.get(name);
      return target === undefined ? all : `${before}"${target.specifier}"`;
    })
    .replaceAll(/[ \t]+$/gm, "");
}
