/** Backups of small brokers, made and put back in this process, and tar files with whatever a test wants in them. */
import { type OpenBackup, openBackup } from "../../lib/backup/open.ts";
import type { Manifest, ManifestEntry } from "../../lib/backup/manifest.ts";
import { MANIFEST_NAME, manifestText } from "../../lib/backup/manifest.ts";
import { prepareBackup } from "../../lib/backup/make.ts";
import { placesOf, type Wanted } from "../../lib/backup/places.ts";
import { restore, type Restored, type RestoreTask } from "../../lib/backup/restore.ts";
import { Stage } from "../../lib/backup/stage.ts";
import { encodeHeader, paddingOf, type TarEntry } from "../../lib/backup/tar.ts";
import { backupBytes } from "../../lib/backup/write.ts";
import { loadConfig } from "../../lib/config/load.ts";
import { parseConfig } from "../../lib/config/yaml.ts";
import { sha256Hex } from "../../lib/digest.ts";
import { joined } from "../../lib/io.ts";
import { pathsBelow } from "../../lib/backup/looking.ts";

/** When backups are made. */
export const NOW = Date.UTC(2026, 10, 28, 10, 15);

/** The bytes of a backup of this configuration. */
export async function backupOf(
  file: string,
  isGzip = true,
  dataDir?: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const config = await loadConfig(file, { dataDir });
  const raw = parseConfig(await Deno.readTextFile(file), file);
  await using stage = await Stage.make(await Deno.makeTempDir());
  const prepared = await prepareBackup({ config, raw, stage: stage.path, now: NOW });
  return joined(await Array.fromAsync(backupBytes(prepared, isGzip), (piece) => piece.slice()));
}

/** Opens a backup that is in memory. */
export function opened(bytes: Uint8Array<ArrayBuffer>): Promise<OpenBackup> {
  return openBackup(new Blob([bytes]).stream());
}

/** Puts it back. */
export async function restored(
  bytes: Uint8Array<ArrayBuffer>,
  wanted: Partial<Wanted>,
  more: Partial<RestoreTask> = {},
): Promise<Restored> {
  const backup = await opened(bytes);
  const places = placesOf(backup.manifest, {
    to: undefined,
    dataDir: undefined,
    outside: false,
    ...wanted,
  });
  try {
    return await restore({ backup, places, force: false, now: NOW, ...more });
  } finally {
    await backup.close();
  }
}

/** The files below a folder by their path from there, with their texts; locks are left out. */
export async function filesBelow(folder: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  const below = pathsBelow(folder, (_, name) => name === "lock");
  for await (const { path, info } of below) {
    if (info.isFile) found[path.slice(folder.length + 1)] = await Deno.readTextFile(path);
  }
  return found;
}

/** A tar file of these entries. */
export function tarOf(
  entries: readonly (readonly [Partial<TarEntry>, string])[],
): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  for (const [entry, content] of entries) {
    const bytes = new TextEncoder().encode(content);
    const all = {
      kind: "file",
      name: "x",
      size: bytes.length,
      mode: 0o600,
      uid: 0,
      gid: 0,
      mtime: 0,
      ...entry,
    };
    parts.push(encodeHeader(all as TarEntry), bytes, new Uint8Array(paddingOf(bytes.length)));
  }
  return joined([...parts, new Uint8Array(1024)]);
}

/** A manifest as Midge writes it, for these files. */
export async function manifestOf(
  base: string,
  files: Readonly<Record<string, string>>,
  more: Partial<Manifest> = {},
): Promise<Manifest> {
  const entries: ManifestEntry[] = [];
  for (const [name, text] of Object.entries(files)) {
    const size = new TextEncoder().encode(text).length;
    entries.push({
      kind: "file",
      name,
      size,
      sha256: await sha256Hex(text),
      mode: 0o600,
      uid: null,
      gid: null,
    });
  }
  return {
    format: "midge-backup",
    version: 1,
    midge: "0.1.0",
    created: new Date(NOW).toISOString(),
    from: { base, data: `${base}/data`, store: `${base}/data/store` },
    config: null,
    absolute: [],
    missing: [],
    entries,
    ...more,
  };
}

/** A backup with these files, and a list that may say something else. */
export async function forged(
  base: string,
  files: Readonly<Record<string, string>>,
  more: Partial<Manifest> = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const list = manifestText(await manifestOf(base, files, more));
  const entries = Object.entries(files).map(([name, text]) => [{ name }, text] as const);
  return tarOf([[{ name: MANIFEST_NAME }, list], ...entries]);
}
