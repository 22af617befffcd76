/**
 * A TypeScript file as JavaScript, for executables, in which Deno takes no types away. Invariants: a file that it
 * imports from beside it is the same module for all that import it; files that import each other are refused by name.
 */

/** How types are taken away, and files are read. */
export interface Stripping {
  strip(source: string): string;
  read(url: URL): Promise<string>;
}

/** `from "./a.ts"`, `import "./a.ts"`, `import("./a.ts")`. */
const RELATIVE = /(\bfrom\s*|\bimport\s*\(?\s*)(["'])(\.{1,2}\/[^"'\n]+)\2/g;

/**
 * A `data:` URL with the module; what it imports from beside it has its whole URL, or is one itself.
 * @param url of the file
 * @param above the files on the way to this one
 */
export async function strippedModule(
  url: URL,
  stripping: Stripping,
  above: readonly string[] = [],
): Promise<string> {
  if (above.includes(url.href)) {
    throw new Error(`${url.href} imports itself by way of ${above.at(-1)}; ${BUNDLE_IT}`);
  }
  const source = stripping.strip(await stripping.read(url));
  const wholes = new Map<string, string>();
  for (const [, , , path = ""] of source.matchAll(RELATIVE)) {
    const target = new URL(path, url);
    const isTyped = /\.m?ts$/.test(target.pathname);
    wholes.set(
      path,
      isTyped ? await strippedModule(target, stripping, [...above, url.href]) : target.href,
    );
  }
  const whole = source.replace(
    RELATIVE,
    (_, before: string, mark: string, path: string) => before + mark + wholes.get(path) + mark,
  );
  return `data:text/javascript,${encodeURIComponent(whole)}`;
}

/** What makes one file of a plugin, its types, its files and its packages. */
export const BUNDLE_IT = "`deno bundle --external '@midge/*' -o PLUGIN.js FILE` makes one " +
  "JavaScript file of it, with all that it imports";
