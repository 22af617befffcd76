/**
 * Unpacks a backup into drafts. Invariants: an entry is the next one of the list, of its kind and size, or all is refused;
 * bytes that do not have their checksum are refused; no draft has another one's place, and none is a link.
 */
import { dirname } from "node:path";
import { whyUnwritable } from "../text_file.ts";
import { UserError } from "../user_error.ts";
import { type WriteFile, writeNew } from "./copy_file.ts";
import type { Manifest, ManifestEntry } from "./manifest.ts";
import type { TarEntry } from "./tar.ts";
import type { TarReader } from "./tar_reader.ts";

const FOLDER_MODE = 0o700;

/** Where drafts go. */
export interface Drafts {
  /** The path of an entry's draft. */
  draftOf(name: string): string;
  readonly write?: WriteFile;
}

/** Unpacks all. @throws UserError: without the backup's name for what is wrong with it, else with a draft's */
export async function extract(manifest: Manifest, tar: TarReader, drafts: Drafts): Promise<void> {
  const { write = writeNew } = drafts;
  for (const expected of manifest.entries) {
    const entry = await tar.next();
    checkEntry(entry, expected);
    const path = drafts.draftOf(expected.name);
    if (expected.kind === "folder") {
      await made(path, () => Deno.mkdir(path, { recursive: true, mode: FOLDER_MODE }));
      continue;
    }
    await made(path, () => Deno.mkdir(dirname(path), { recursive: true, mode: FOLDER_MODE }));
    const { sha256 } = await write(path, tar.content());
    if (sha256 === expected.sha256) continue;
    throw new UserError(`is damaged: ${shown(expected)} does not have its checksum`);
  }
  const more = await tar.next();
  if (more !== undefined) {
    throw new UserError(`has ${shown(more)} in it, which its list does not have`);
  }
}

function checkEntry(entry: TarEntry | undefined, expected: ManifestEntry): void {
  if (entry === undefined) throw new UserError(`is not whole: ${shown(expected)} is missing`);
  if (entry.name !== expected.name || entry.kind !== expected.kind) {
    throw new UserError(`is damaged: ${shown(entry)} stands where ${shown(expected)} is expected`);
  }
  if (entry.size !== expected.size) {
    throw new UserError(`is damaged: ${shown(entry)} has another size than its list says`);
  }
}

async function made(path: string, make: () => Promise<void>): Promise<void> {
  try {
    await make();
  } catch (cause) {
    throw new UserError(`${path}: ${whyUnwritable(cause)}`, { cause });
  }
}

function shown({ name }: { readonly name: string }): string {
  return JSON.stringify(name);
}
