/**
 * What differs between the systems that Midge runs on. Invariant: each function takes the system it is for, so that a test
 * on one system can ask for another.
 */

/** A system, as Deno names it. */
export type System = typeof Deno.build.os;

/**
 * Names that were made, changed or removed in a folder are on the disk. Windows cannot open a folder, and keeps names in
 * its own journal.
 */
export async function syncFolder(path: string, system: System = Deno.build.os): Promise<void> {
  if (system === "windows") return;
  using folder = await Deno.open(path, { read: true });
  await folder.sync();
}
