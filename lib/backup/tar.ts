/**
 * The header blocks of a tar file: POSIX ustar, and pax records for what does not fit into them. Pure. Invariants: what is
 * encoded reads back as it was; what is neither a file nor a folder has no header here, and is refused by its kind.
 */
import { joined } from "../io.ts";
import { UserError } from "../user_error.ts";

/** Bytes of a block; headers are blocks, and contents are filled up to whole ones. */
export const BLOCK_SIZE = 512;

/** A file or a folder of a tar file. */
export interface TarEntry {
  readonly kind: "file" | "folder";
  /** A path with `/`; of a folder without one at its end. */
  readonly name: string;
  /** Bytes of its content. */
  readonly size: number;
  /** Permissions. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since 1970. */
  readonly mtime: number;
}

/** What a header block says. `pax`: what follows it are records for the next one. */
export type TarHeader = TarEntry | { readonly kind: "pax"; readonly size: number };

const NAME = [0, 100] as const;
const MODE = [100, 8] as const;
const UID = [108, 8] as const;
const GID = [116, 8] as const;
const SIZE = [124, 12] as const;
const MTIME = [136, 12] as const;
const CHECKSUM = [148, 8] as const;
const TYPE_AT = 156;
const MAGIC_AT = 257;
const MAGIC = "ustar\x0000";
const SPACE = 0x20;

const TYPES = { file: "0", folder: "5", pax: "x" } as const;
const REFUSED: Readonly<Record<string, string>> = {
  "1": "a link",
  "2": "a symbolic link",
  "3": "a device",
  "4": "a device",
  "6": "a pipe",
};

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder("utf-8", { fatal: true });

/** The blocks in front of a content: one, or three with records for what is too long or too large for one. */
export function encodeHeader(entry: TarEntry): Uint8Array<ArrayBuffer> {
  const name = entry.kind === "folder" ? `${entry.name}/` : entry.name;
  const records: string[] = [];
  if (ENCODER.encode(name).length > NAME[1]) records.push(record("path", name));
  for (const [key, [, width]] of [["size", SIZE], ["uid", UID], ["gid", GID]] as const) {
    if (!fits(entry[key], width)) records.push(record(key, String(entry[key])));
  }
  const header = blockOf(TYPES[entry.kind], name, entry);
  if (records.length === 0) return header;
  const content = filled(ENCODER.encode(records.join("")));
  const size = ENCODER.encode(records.join("")).length;
  const pax = { mode: 0o600, uid: 0, gid: 0, mtime: 0, size };
  return joined([blockOf(TYPES.pax, "pax", pax), content, header]);
}

/** How many bytes fill a content of this size up to whole blocks. */
export function paddingOf(size: number): number {
  return (BLOCK_SIZE - size % BLOCK_SIZE) % BLOCK_SIZE;
}

function filled(bytes: Uint8Array): Uint8Array {
  return joined([bytes, new Uint8Array(paddingOf(bytes.length))]);
}

function fits(value: number, width: number): boolean {
  return value < 8 ** (width - 1);
}

/** `27 path=a/b/c\n`: its length counts itself. */
function record(key: string, value: string): string {
  const rest = ENCODER.encode(` ${key}=${value}\n`).length;
  let length = rest + String(rest).length;
  if (rest + String(length).length !== length) length = rest + String(length).length;
  return `${length} ${key}=${value}\n`;
}

function blockOf(
  type: string,
  name: string,
  { size, mode, uid, gid, mtime }: Omit<TarEntry, "kind" | "name">,
): Uint8Array<ArrayBuffer> {
  const block = new Uint8Array(BLOCK_SIZE);
  block.set(ENCODER.encode(name).subarray(0, NAME[1]));
  const numbers = [[MODE, mode], [UID, uid], [GID, gid], [SIZE, size], [MTIME, mtime]] as const;
  for (const [[at, width], value] of numbers) {
    const digits = (fits(value, width) ? value : 0).toString(8);
    block.set(ENCODER.encode(digits.padStart(width - 1, "0")), at);
  }
  block.set(ENCODER.encode(type), TYPE_AT);
  block.set(ENCODER.encode(MAGIC), MAGIC_AT);
  block.set(ENCODER.encode(sumOf(block).toString(8).padStart(6, "0") + "\0 "), CHECKSUM[0]);
  return block;
}

/** The checksum's own bytes count as spaces. */
function sumOf(block: Uint8Array): number {
  const [start, width] = CHECKSUM;
  return block.reduce((sum, byte, at) => {
    return sum + (at >= start && at < start + width ? SPACE : byte);
  }, 0);
}

/**
 * Reads a header block.
 * @param records what a pax header has said of this entry
 * @returns undefined for a block of zeros, the end of the file
 * @throws UserError without the file's name, for what is no header of a file or a folder
 */
export function decodeHeader(
  block: Uint8Array,
  records: ReadonlyMap<string, string> = new Map(),
): TarHeader | undefined {
  if (block.every((byte) => byte === 0)) return undefined;
  if (octal(block, CHECKSUM) !== sumOf(block)) {
    throw new UserError("is damaged: a header is not whole");
  }
  const type = String.fromCharCode(block[TYPE_AT]!);
  const name = (records.get("path") ?? textAt(block, NAME)).replace(/\/$/, "");
  const refused = REFUSED[type];
  if (refused !== undefined) {
    throw new UserError(
      `has ${refused} in it (${JSON.stringify(name)}); expected files and folders`,
    );
  }
  const number = (key: string, field: Field) => Number(records.get(key) ?? octal(block, field));
  const size = number("size", SIZE);
  if (!(Number.isSafeInteger(size) && size >= 0)) {
    throw new UserError("is damaged: a size is no number");
  }
  if (type === TYPES.pax) return { kind: "pax", size };
  const kind = type === TYPES.folder
    ? "folder"
    : type === "0" || type === "\0"
    ? "file"
    : undefined;
  if (kind === undefined) {
    throw new UserError(
      `has an entry of type ${JSON.stringify(type)} in it; expected files and folders`,
    );
  }
  const standing = { mode: octal(block, MODE), uid: number("uid", UID), gid: number("gid", GID) };
  return { kind, name, size, ...standing, mtime: octal(block, MTIME) };
}

type Field = readonly [at: number, width: number];

function textAt(block: Uint8Array, [at, width]: Field): string {
  const bytes = block.subarray(at, at + width);
  const end = bytes.indexOf(0);
  try {
    return DECODER.decode(end < 0 ? bytes : bytes.subarray(0, end));
  } catch (cause) {
    throw new UserError("is damaged: a name is no UTF-8", { cause });
  }
}

function octal(block: Uint8Array, field: Field): number {
  const digits = textAt(block, field).trim();
  return digits === "" ? 0 : /^[0-7]+$/.test(digits) ? parseInt(digits, 8) : NaN;
}

/** The records of a pax header, which are for the entry behind it. */
export function decodeRecords(content: Uint8Array): Map<string, string> {
  const found = new Map<string, string>();
  for (let at = 0; at < content.length;) {
    const space = content.indexOf(SPACE, at);
    const length = Number(new TextDecoder().decode(content.subarray(at, space)));
    const isWhole = space > at && length > space - at && at + length <= content.length;
    if (!isWhole) throw new UserError("is damaged: a pax record is not whole");
    const text = new TextDecoder().decode(content.subarray(space + 1, at + length - 1));
    const split = text.indexOf("=");
    found.set(text.slice(0, split), text.slice(split + 1));
    at += length;
  }
  return found;
}
