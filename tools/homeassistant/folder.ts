/** Copies a folder. Invariant: files keep their modes, which a script of a package needs. */

/**
 * Copies all below `from`.
 * @param from,to with their last slashes
 */
export async function copyFolder(from: URL, to: URL): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copyFolder(new URL(`${name}/`, from), new URL(`${name}/`, to));
    else await Deno.copyFile(new URL(name, from), new URL(name, to));
  }
}
