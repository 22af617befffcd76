/**
 * The pages of the documentation that a Midge brings along: files of the repository, or, in an executable or a package,
 * one compressed file. Invariant: they are read when they are asked for.
 */

/** Markdown by path, such as `docs/TLS.md`. */
export type Pages = Readonly<Record<string, string>>;

const ROOT = new URL("../../../", import.meta.url);
/** Written by `deno task help-texts`. */
const PACKED = new URL("dist/help.json.gz", ROOT);
const BESIDE = ["README.md"];
/** Tables for implementers: a third of all. */
const LEFT_OUT = /^docs\/CONFORMANCE(_5)?\.md$/;

/** All pages; without any where this Midge has none. */
export async function readPages(): Promise<Pages> {
  return await readFolder(ROOT) ?? await readPacked(PACKED) ?? {};
}

/** The pages of a clone of the repository; undefined: `root` is none. */
export async function readFolder(root: URL): Promise<Pages | undefined> {
  try {
    const paths = [...BESIDE, ...await markdownIn(root, "docs/")].filter((path) =>
      !LEFT_OUT.test(path)
    );
    const texts = paths.map(async (path) =>
      [path, await Deno.readTextFile(new URL(path, root))] as const
    );
    return Object.fromEntries(await Promise.all(texts));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function markdownIn(root: URL, folder: string): Promise<string[]> {
  const paths: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(new URL(folder, root))) {
    if (isDirectory) paths.push(...await markdownIn(root, `${folder}${name}/`));
    else if (name.endsWith(".md")) paths.push(folder + name);
  }
  return paths.sort();
}

/** The bytes of the compressed file. */
export async function packed(pages: Pages): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([JSON.stringify(pages)]).stream()
    .pipeThrough(new CompressionStream("gzip"));
  return await new Response(stream).bytes();
}

/** The pages of a compressed file; undefined: it is not there. */
export async function readPacked(file: URL): Promise<Pages | undefined> {
  try {
    const bytes = await Deno.readFile(file);
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return await new Response(stream).json();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
