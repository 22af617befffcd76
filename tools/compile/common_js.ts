/**
 * What bundlers of older Denos (2.6) leave undone where packages are CommonJS. Invariant: what a newer one has done
 * stays as it is.
 */
import { join } from "node:path";

/** Of the bundler's stand-in for require(), which uses one that is in its module. */
const STAND_IN = "Dynamic require of";
const REQUIRE =
  `import{createRequire}from"node:module";const require=createRequire(import.meta.url);`;
/** Where the bundler decides what the default export of a CommonJS module is. */
const DEFAULT_EXPORT = /\|\|!(\w+)\|\|!\1\.__esModule\?/g;

/** The text of a bundled module with both: Node's require(), and Node's default export where a module names none. */
export function mended(text: string): string {
  const isBare = text.includes(STAND_IN) && !text.includes("createRequire");
  return `${isBare ? REQUIRE : ""}${text}`
    .replace(DEFAULT_EXPORT, '||!$1||!$1.__esModule||!("default"in $1)?');
}

/** Mends the modules in a folder, where it is needed. */
export async function mendCommonJs(folder: string): Promise<void> {
  for (const { name, isFile } of Deno.readDirSync(folder)) {
    if (!isFile || !name.endsWith(".js")) continue;
    const path = join(folder, name);
    const text = await Deno.readTextFile(path);
    const better = mended(text);
    if (better !== text) await Deno.writeTextFile(path, better);
  }
}
