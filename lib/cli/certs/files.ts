/**
 * Certificates and keys as files. Invariant: a key is readable by its owner only from its first byte on;
 * a file that is there stays unless told otherwise.
 */
import { messageOf, UserError } from "../../user_error.ts";
import { readText } from "../../config/load.ts";
import { join } from "../../config/paths.ts";
import type { Issued } from "./issue.ts";

const KEY_MODE = 0o600;
const CERTIFICATE_MODE = 0o644;

/** Reads an authority's two files; throws UserError. */
export async function readAuthority(certificateFile: string, keyFile: string): Promise<Issued> {
  return { certificate: await readText(certificateFile), key: await readText(keyFile) };
}

/**
 * Writes `NAME.key` and `NAME.crt` into the folder, which is made if it is not there.
 * @returns the two paths
 * @throws UserError; without `force` also when one of them exists
 */
export async function writeIssued(
  folder: string,
  name: string,
  { certificate, key }: Issued,
  force: boolean,
): Promise<string[]> {
  const files: [path: string, text: string, mode: number][] = [
    [join(folder, `${name}.key`), key, KEY_MODE],
    [join(folder, `${name}.crt`), certificate, CERTIFICATE_MODE],
  ];
  await refuseOverwriting(files.map(([path]) => path), force);
  for (const [path, text, mode] of files) {
    try {
      await Deno.mkdir(folder, { recursive: true });
      // An old file would keep its own mode.
      await Deno.remove(path).catch(() => {}); // mostly there is none
      await Deno.writeTextFile(path, text, { mode, createNew: true });
    } catch (cause) {
      throw new UserError(`${path}: cannot be written: ${messageOf(cause)}`, { cause });
    }
  }
  return files.map(([path]) => path);
}

async function refuseOverwriting(paths: readonly string[], force: boolean): Promise<void> {
  if (force) return;
  for (const path of paths) {
    const isThere = await Deno.lstat(path).then(() => true, () => false);
    if (isThere) throw new UserError(`${path}: exists already; --force replaces it`);
  }
}
