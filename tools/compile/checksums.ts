/**
 * The file that says whether a download is whole: SHA256SUMS, as sha256sum -c reads it.
 */
import { basename, join } from "node:path";
import { encodeHex } from "../../lib/encoding.ts";

/** @param paths of the files, all in `folder` */
export async function writeChecksums(folder: string, paths: readonly string[]): Promise<void> {
  const lines = await Promise.all(paths.map(async (path) => {
    const digest = await crypto.subtle.digest("SHA-256", await Deno.readFile(path));
    return `${encodeHex(new Uint8Array(digest))}  ${basename(path)}\n`;
  }));
  await Deno.writeTextFile(join(folder, "SHA256SUMS"), lines.join(""));
}
