/**
 * The files of the page, as a browser gets them: ours from the folder `page`, those of libraries from their packages.
 * Invariants: a path that is not of the shape below is no file; what our modules import by a package's name is
 * imported by a relative path, so that no import map is needed.
 */
import { fetchLibraries } from "./libraries.ts";

/** A file to serve. */
export interface Asset {
  /** For `Content-Type`. */
  readonly type: string;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** The libraries: what our modules call them, where their files are, and what a module of them lacks. */
const VENDOR: Readonly<
  Record<string, { readonly name: string; readonly file: () => URL; readonly suffix?: string }>
> = {
  "preact": { name: "preact.js", file: () => new URL(import.meta.resolve("preact")) },
  "preact/hooks": { name: "hooks.js", file: () => new URL(import.meta.resolve("preact/hooks")) },
  "htm": { name: "htm.js", file: () => new URL(import.meta.resolve("htm")) },
  "uplot": {
    name: "uplot.js",
    file: () => new URL("uPlot.iife.min.js", import.meta.resolve("uplot")),
    suffix: "\nexport default uPlot;\n", // half the size of its own module, which is not minified
  },
};

const STYLES = { "uplot.css": () => new URL("uPlot.min.css", import.meta.resolve("uplot")) };

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
};

const SHAPE = /^(?:[a-z][a-z0-9_]*\/){0,2}[a-z][a-z0-9_]*\.(html|js|css|svg)$/;

/**
 * Reads a file of the page.
 * @param path such as `index.html`, `views/clients.js`, `vendor/preact.js`; relative to the page's place
 * @returns undefined: there is none
 */
export async function readAsset(path: string): Promise<Asset | undefined> {
  const type = TYPES[SHAPE.exec(path)?.[1] ?? ""];
  if (type === undefined) return undefined;
  const text = await (path.startsWith("vendor/") ? readVendor(path.slice(7)) : readOwn(path));
  if (text === undefined) return undefined;
  const linked = type.startsWith("text/javascript") ? linkedModule(path, text) : text;
  return { type, body: new TextEncoder().encode(linked) };
}

function readOwn(path: string): Promise<string | undefined> {
  return readText(new URL(`./page/${path}`, import.meta.url));
}

async function readVendor(name: string): Promise<string | undefined> {
  if (name === "uplot.css") return await readPackaged("uplot", STYLES[name]);
  const [specifier, library] = Object.entries(VENDOR).find(([, one]) => one.name === name) ?? [];
  if (specifier === undefined || library === undefined) return undefined;
  const text = await readPackaged(specifier, library.file);
  return text?.replace(/\/\/# sourceMappingURL=.*/, "").concat(library.suffix ?? "");
}

/** Under `deno run` a package may not have been fetched yet, and where its files are is known after that. */
async function readPackaged(specifier: string, file: () => URL): Promise<string | undefined> {
  const text = await readText(file());
  if (text !== undefined) return text;
  await fetchLibraries([specifier]);
  return await readText(file());
}

async function readText(file: URL): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** `from "preact"` and `import("uplot")` become paths from where the module is. */
function linkedModule(path: string, source: string): string {
  const up = "../".repeat(path.split("/").length - 1) || "./";
  return source.replace(/\b(from\s*|import\()"([a-z/]+)"/g, (all, before: string, name: string) => {
    const library = VENDOR[name];
    return library === undefined ? all : `${before}"${up}vendor/${library.name}"`;
  });
}
