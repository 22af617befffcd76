/**
 * What a plugin needs beside itself, and whether an executable has it. Invariant: it goes by what the sources say; what a
 * plugin makes up while it runs is not known.
 */
import manifest from "../../../deno.json" with { type: "json" };
import { fromFileUrl } from "../../config/paths.ts";
import { DRIVERS, SHARED_PACKAGES } from "../../executable_packages.ts";
import { importsOf } from "../../plugin/imports.ts";
import { moduleFiles } from "../../plugin/plugin_files.ts";

/** What a plugin is made of, and what it imports. */
export interface Needs {
  /** Paths of its files, its module first. */
  readonly files: readonly string[];
  /** Packages and URLs: `npm:ms@2`, `valibot`, `node:fs`. */
  readonly packages: readonly string[];
  /** Why it does not work in an executable, a line each, with what to do; none: it does. */
  readonly obstacles: readonly string[];
}

const DOORS = manifest.name;

/** Looks into a module and what it imports by relative paths. */
export async function needsOf(module: string): Promise<Needs> {
  const urls = await moduleFiles(module);
  const found = new Set<string>();
  for (const url of urls) {
    const source = await Deno.readTextFile(new URL(url)).catch(() => ""); // importing it says what is wrong
    for (const specifier of importsOf(source)) {
      if (!/^\.{1,2}\//.test(specifier)) found.add(specifier);
    }
  }
  const packages = [...found].sort();
  const obstacles = packages.flatMap(obstacleOf);
  if (urls.length > 1 && urls.some((url) => /\.m?ts$/.test(url))) {
    obstacles.push(
      "it is TypeScript in several files, which an executable does not put together: make it one file, or JavaScript",
    );
  }
  return { files: urls.map(fromFileUrl), packages, obstacles };
}

function obstacleOf(specifier: string): string[] {
  if (/^https?:/.test(specifier)) {
    return [
      `it imports ${specifier}, and an executable imports files only: save that beside the plugin`,
    ];
  }
  const isKnown = specifier.startsWith("node:") || isDoor(specifier) || isInside(specifier);
  if (isKnown) return [];
  return [
    `it imports ${specifier}, which an executable does not have: run Midge with Deno, or put the package's code ` +
    "beside the plugin (deno bundle)",
  ];
}

function isDoor(specifier: string): boolean {
  return specifier === DOORS || specifier.startsWith(`${DOORS}/`);
}

/** By its name; a version (`npm:pg@8`) is not looked for inside. */
function isInside(specifier: string): boolean {
  return SHARED_PACKAGES.includes(specifier) || Object.values(DRIVERS).includes(specifier);
}
