/**
 * A file that a person named, read whole. Invariant: what its name leads to takes bounded memory: a device without an end
 * is an error, and not the end of the broker.
 */
import { joined } from "./io.ts";

/** Of a file on the disk, bytes: more than the passwords of a million users. */
const MOST = 512 * 1024 * 1024;
/** Of a pipe or a device, which does not say how much is in it. */
const MOST_OF_OTHERS = 1024 * 1024;
const PIECE = 64 * 1024;

/**
 * The bytes of a file.
 * @throws Error when it has too many; else what Deno.readFile throws
 */
export async function readWhole(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const { isFile, isDirectory, size } = await Deno.stat(path);
  if (!isFile && !isDirectory) return await readOther(path);
  if (size > MOST) throw tooLong(MOST);
  return await Deno.readFile(path);
}

/** Its text; what is no UTF-8 in it is replaced. See `readWhole`. */
export async function readWholeText(path: string): Promise<string> {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(await readWhole(path));
}

async function readOther(path: string): Promise<Uint8Array<ArrayBuffer>> {
  using file = await Deno.open(path);
  const pieces: Uint8Array[] = [];
  for (let bytes = 0; bytes <= MOST_OF_OTHERS;) {
    const piece = new Uint8Array(PIECE);
    const count = await file.read(piece);
    if (count === null) return joined(pieces);
    pieces.push(piece.subarray(0, count));
    bytes += count;
  }
  throw tooLong(MOST_OF_OTHERS);
}

function tooLong(most: number): Error {
  return new Error(`it has more than ${most} bytes`);
}
