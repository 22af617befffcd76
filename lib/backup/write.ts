/**
 * Writes a prepared backup as a tar file, compressed or not. Invariants: the list of what is in it comes first; pieces are
 * written as fast as they are taken.
 */
import { piecesOf } from "./copy_file.ts";
import type { Prepared } from "./make.ts";
import { MANIFEST_NAME, manifestText } from "./manifest.ts";
import { BLOCK_SIZE, encodeHeader, paddingOf } from "./tar.ts";

const ENTRY_MODE = 0o600;

/** The bytes of the file. */
export async function* backupBytes(
  prepared: Prepared,
  isGzip: boolean,
): AsyncGenerator<Uint8Array, void> {
  if (!isGzip) return yield* tarBytes(prepared);
  const stream = ReadableStream.from(copied(tarBytes(prepared)));
  yield* stream.pipeThrough(new CompressionStream("gzip"));
}

/** A stream may hold on to a piece while the next one is made. */
async function* copied(
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  for await (const piece of pieces) yield piece.slice();
}

async function* tarBytes({ manifest, paths }: Prepared): AsyncGenerator<Uint8Array, void> {
  const mtime = Math.floor(Date.parse(manifest.created) / 1000);
  const list = new TextEncoder().encode(manifestText(manifest));
  const standing = { uid: 0, gid: 0, mtime };
  yield encodeHeader({
    kind: "file",
    name: MANIFEST_NAME,
    size: list.length,
    mode: ENTRY_MODE,
    ...standing,
  });
  yield list;
  yield new Uint8Array(paddingOf(list.length));
  for (const { kind, name, size, mode, uid, gid } of manifest.entries) {
    yield encodeHeader({ kind, name, size, mode, uid: uid ?? 0, gid: gid ?? 0, mtime });
    if (kind === "folder") continue;
    yield* piecesOf(paths.get(name)!);
    yield new Uint8Array(paddingOf(size));
  }
  yield new Uint8Array(2 * BLOCK_SIZE);
}
