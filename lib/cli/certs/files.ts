/**
 * Certificates and keys as files. Invariant: a key is readable by its owner only from its first byte on; a file
 * that is there stays unless told otherwise.
 */
import { lockedFolder } from "../../locked_folder.ts";
import { UserError } from "../../user_error.ts";
import { readText, whyUnwritable } from "../../text_file.ts";
import { join } from "../../config/paths.ts";
import type { Issued } from "./issue.ts";

const KEY_MODE = 0o600;
const CERTIFICATE_MODE = 0o644;

/** Reads an authority's two files; throws UserError, which says how to make one. */
export async function readAuthority(certificateFile: string, keyFile: string): Promise<Issued> {
  for (const file of [certificateFile, keyFile]) {
    if (await exists(file)) continue;
    throw new UserError(
      `${file}: no such file; midge certs ca --cn NAME makes an authority, --ca-crt and --ca-key name another`,
    );
  }
  return { certificate: await readText(certificateFile), key: await readText(keyFile) };
}

function exists(file: string): Promise<boolean> {
  return Deno.lstat(file).then(() => true, (error) => !(error instanceof Deno.errors.NotFound));
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
  using _lock = await locked(folder);
  await refuseOverwriting(files.map(([path]) => path), force);
  const drafts: [draft: string, path: string][] = [];
  try {
    for (const [path, text, mode] of files) {
      const draft = `${path}.${crypto.randomUUID()}.new`;
      drafts.push([draft, path]);
      await writeDraft({ draft, path, text, mode });
    }
    for (const [draft, path] of drafts) await moved(draft, path);
  } finally {
    for (const [draft] of drafts) await Deno.remove(draft).catch(() => {}); // mostly moved away
  }
  return files.map(([path]) => path);
}

/** Of two at once each writes a whole pair, and the second sees the first's. */
async function locked(folder: string): Promise<Disposable> {
  try {
    await Deno.mkdir(folder, { recursive: true });
    return await lockedFolder(folder);
  } catch (cause) {
    throw new UserError(`${folder}: ${whyUnwritable(cause)}`, { cause });
  }
}

interface Draft {
  readonly draft: string;
  /** Where it is to stand. */
  readonly path: string;
  readonly text: string;
  readonly mode: number;
}

async function writeDraft({ draft, path, text, mode }: Draft): Promise<void> {
  try {
    await Deno.writeTextFile(draft, text, { mode, createNew: true });
  } catch (cause) {
    throw new UserError(`${path}: ${whyUnwritable(cause)}`, { cause });
  }
}

/** What was there is replaced only now, by something whole. */
async function moved(draft: string, path: string): Promise<void> {
  try {
    await Deno.rename(draft, path);
  } catch (cause) {
    throw new UserError(`${path}: ${whyUnwritable(cause)}`, { cause });
  }
}

async function refuseOverwriting(paths: readonly string[], force: boolean): Promise<void> {
  if (force) return;
  for (const path of paths) {
    const isThere = await Deno.lstat(path).then(() => true, () => false);
    if (isThere) throw new UserError(`${path}: exists already; --force replaces it`);
  }
}
