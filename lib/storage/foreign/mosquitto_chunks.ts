/**
 * mosquitto.db as chunks: what `persistence true` writes (src/persist.h of mosquitto 2.0 and 2.1). Invariant: a chunk is
 * whole; what is not is a UserError with its place. Only format versions 5 and 6 are read, the ones of mosquitto 2.
 */
import { UserError } from "../../user_error.ts";
import { MalformedPacketError } from "../../wire/errors.ts";
import { Reader } from "../../wire/reader.ts";

/** `\0\xB5\0mosquitto db`. */
export const MAGIC: Uint8Array = Uint8Array.from(
  "\0\u00b5\0mosquitto db",
  (letter) => letter.charCodeAt(0),
);
/** Behind the magic a checksum, which is 0, and the version. */
const HEADER_BYTES = MAGIC.length + 8;

/** `DB_CHUNK_*`. */
export const ChunkType = {
  CONFIG: 1,
  MESSAGE: 2,
  CLIENT_MESSAGE: 3,
  RETAINED: 4,
  SUBSCRIPTION: 5,
  CLIENT: 6,
} as const;

/** One chunk. */
export interface Chunk {
  readonly type: number;
  /** Its bytes, without the head. */
  readonly reader: Reader;
}

/** Is this the beginning of such a file? */
export function isMosquittoDb(start: Uint8Array): boolean {
  return start.length >= MAGIC.length && MAGIC.every((byte, at) => start[at] === byte);
}

/**
 * Calls `read` with each chunk, in their order; what it throws for bytes that are missing gets the place.
 * @param name of the file, for errors
 * @throws UserError for a file that is not of mosquitto 2, or cut off
 */
export function eachChunk(
  bytes: Uint8Array,
  name: string,
  read: (chunk: Chunk, version: number) => void,
): void {
  const version = versionOf(bytes, name);
  for (let at = HEADER_BYTES; at < bytes.length;) {
    const where = `${name}: byte ${at}`;
    if (bytes.length - at < 8) throw new UserError(`${where}: expected a chunk, got the end`);
    const head = new Reader(bytes, at, bytes.length);
    const type = head.uint32("type");
    const length = head.uint32("length");
    if (length > head.left) {
      throw new UserError(`${where}: expected a chunk of ${length} bytes, got ${head.left}`);
    }
    try {
      read({ type, reader: new Reader(bytes, head.at, head.at + length) }, version);
    } catch (cause) {
      if (!(cause instanceof MalformedPacketError)) throw cause;
      const what = `a chunk of type ${type} that mosquitto 2 writes`;
      throw new UserError(`${where}: expected ${what}: ${cause.message}`, { cause });
    }
    at = head.at + length;
  }
}

function versionOf(bytes: Uint8Array, name: string): number {
  if (!isMosquittoDb(bytes)) {
    throw new UserError(`${name}: expected a mosquitto.db, got another file`);
  }
  if (bytes.length < HEADER_BYTES) {
    throw new UserError(`${name}: expected a mosquitto.db, got its head`);
  }
  const version = new Reader(bytes, HEADER_BYTES - 4, HEADER_BYTES).uint32("version");
  if (version === 5 || version === 6) return version;
  const how = version < 5 ? "; mosquitto 2, started and stopped with it once, makes one of it" : "";
  throw new UserError(`${name}: expected format version 5 or 6, got ${version}${how}`);
}
