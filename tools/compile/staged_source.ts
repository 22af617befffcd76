/**
 * A source file as the bundler gets it. Bundled code stands in other files than it was written in, so what looks for a
 * neighbour says from where. Invariants: a module with a computed name that is known becomes a plain import; every
 * other place is counted from the main module, with the endings that the bundle has.
 */

/** `import(new URL("./a.ts", import.meta.url).href)`. */
const COMPUTED = /import\(\s*new URL\(("[^"]+"), import\.meta\.url\)\.href,?\s*\)/g;

/** @param path relative to the clone, such as `lib/cli/run.ts` */
export function stagedSource(path: string, text: string): string {
  return text.replace(COMPUTED, "import($1)").split("\n").map((line) => staged(path, line))
    .join("\n");
}

function staged(path: string, line: string): string {
  if (!line.includes("import.meta.url")) return line;
  return line.replace(/\.ts([`"])/g, ".js$1")
    .replace("import.meta.url", `new URL(${JSON.stringify(path)}, Deno.mainModule)`);
}
