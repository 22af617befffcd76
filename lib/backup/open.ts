/**
 * Opens a backup: finds out what the file is, and reads its list. Invariant: what is no backup is said with what it seems to
 * be; a problem names the file.
 */
import { messageOf, UserError } from "../user_error.ts";
import { ByteSource } from "./byte_source.ts";
import { type Manifest, MANIFEST_NAME, MOST_MANIFEST, parseManifest } from "./manifest.ts";
import { TarReader } from "./tar_reader.ts";

/** An open backup: its list was read, its files come next. */
export interface OpenBackup {
  readonly manifest: Manifest;
  readonly tar: TarReader;
  close(): Promise<void>;
}

const PEEKED = 32;

/** How other files begin, and what to do about them. */
const STRANGERS: readonly (readonly [start: string, what: string])[] = [
  ["age-encryption.org", "is encrypted by age: age -d FILE | midge restore -"],
  ["-----BEGIN AGE", "is encrypted by age: age -d FILE | midge restore -"],
  ["-----BEGIN PGP", "is encrypted by gpg: gpg -d FILE | midge restore -"],
  ["\x85", "is encrypted by gpg: gpg -d FILE | midge restore -"],
  ["\x8c", "is encrypted by gpg: gpg -d FILE | midge restore -"],
  ["Salted__", "is encrypted by openssl; decrypt it first"],
  ["PK\x03\x04", "is a zip file"],
  ["MidgeLog", "is a file of a store: midge store check FOLDER looks into one"],
  ['{"midge":"store"', "is an export of a store: midge store import takes it"],
  ["BZh", "is compressed by bzip2; unpack it first"],
  ["\xfd7zXZ", "is compressed by xz; unpack it first"],
  ["\x28\xb5\x2f\xfd", "is compressed by zstd; unpack it first"],
];

/**
 * Opens it and reads its list.
 * @throws UserError without the file's name
 */
export async function openBackup(stream: ReadableStream<Uint8Array>): Promise<OpenBackup> {
  const [start, whole] = await peek(stream);
  const isGzip = start[0] === 0x1f && start[1] === 0x8b;
  if (!isGzip) refuseStranger(start);
  const source = new ByteSource(
    isGzip ? whole.pipeThrough(new DecompressionStream("gzip")) : whole,
  );
  const tar = new TarReader(source);
  try {
    return { manifest: await readManifest(tar), tar, close: () => source.close() };
  } catch (error) {
    await source.close();
    throw error;
  }
}

async function peek(
  stream: ReadableStream<Uint8Array>,
): Promise<[start: Uint8Array, whole: ReadableStream<Uint8Array<ArrayBuffer>>]> {
  const reader = stream.getReader();
  const { value: first = new Uint8Array(0) } = await reader.read();
  if (first.length === 0) {
    await reader.cancel();
    throw new UserError("is empty; expected a file that midge backup made");
  }
  async function* pieces(): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
    try {
      yield first.slice();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        yield value.slice();
      }
    } finally {
      await reader.cancel();
    }
  }
  return [first.subarray(0, PEEKED), ReadableStream.from(pieces())];
}

function refuseStranger(start: Uint8Array): void {
  const text = String.fromCharCode(...start);
  const found = STRANGERS.find(([beginning]) => text.startsWith(beginning));
  if (found !== undefined) throw new UserError(found[1]);
}

async function readManifest(tar: TarReader): Promise<Manifest> {
  const entry = await tar.next().catch((cause) => {
    if (!messageOf(cause).includes("header")) throw cause;
    throw new UserError("is no backup; expected a file that midge backup made", { cause });
  });
  if (entry?.name !== MANIFEST_NAME || entry.kind !== "file") {
    throw new UserError(`is a tar file, but no backup: it does not begin with ${MANIFEST_NAME}`);
  }
  if (entry.size > MOST_MANIFEST) throw new UserError("is damaged: its list is too long");
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for await (const piece of tar.content()) parts.push(piece.slice());
  return parseManifest(await new Blob(parts).text());
}
