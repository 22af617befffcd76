/**
 * The packages of the page and of its API: Deno fetches a package when it is imported for the first time.
 * Invariants: what is there is not imported; the names are computed, so that a start needs none of them.
 */
const LIBRARIES = ["hono", "preact", "preact/hooks", "htm", "uplot"];

/**
 * Fetches those that are not there, for a broker that will be cut off from the network.
 * @param names as the import map has them
 */
export async function fetchLibraries(names: readonly string[] = LIBRARIES): Promise<void> {
  for (const name of names) {
    if (!await isThere(name)) await import(name);
  }
}

async function isThere(name: string): Promise<boolean> {
  try {
    return (await Deno.stat(new URL(import.meta.resolve(name)))).isFile;
  } catch {
    return false;
  }
}
