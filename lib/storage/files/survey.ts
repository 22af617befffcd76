/**
 * What a store's folder holds, from the names and headers of its segments. Invariants: nothing is changed; a file that
 * a header cannot vouch for is listed, for its batches may speak for themselves.
 */
import type { Disk } from "./disk.ts";
import { StoreError } from "../batch_log.ts";
import { newerFormat } from "../../formats.ts";
import { isKnownSchema } from "./schemas.ts";
import {
  decodeHeader,
  SCHEMA,
  SEGMENT_HEADER_SIZE,
  type SegmentHeader,
  segmentNumberOf,
} from "./segment.ts";

/** Stands for bytes that the disk does not give. */
const UNREADABLE = 0xff;

/** A segment's file. */
export interface SegmentFile {
  readonly name: string;
  readonly number: number;
  /** Bytes. */
  readonly size: number;
  /** Undefined: there is none, or it is damaged. */
  readonly header: SegmentHeader | undefined;
  /** It begins with nothing but zeros, or has less than a header. */
  readonly isBlank: boolean;
  /** What the disk said when it was to give the header; undefined: it did. */
  readonly problem: unknown;
}

/** A segment whose header is its own. */
export type BegunSegment = SegmentFile & { readonly header: SegmentHeader };

/** Was it written to since it got its name? */
export function isBegun(segment: SegmentFile): segment is BegunSegment {
  return segment.header?.number === segment.number;
}

/** All segments of a folder, the oldest first. */
export interface Survey {
  /** Those that count. */
  readonly segments: readonly SegmentFile[];
  /** Those that hold nothing that counts. */
  readonly spares: readonly SegmentFile[];
  /** Those of another store, and those under a name that is not theirs. */
  readonly strangers: readonly SegmentFile[];
  /** The store's id; undefined: no header says it. */
  readonly id: Uint8Array | undefined;
  /** The highest number of any name; 0: there is none. */
  readonly highest: number;
}

/**
 * Looks at all segments.
 * @throws StoreError where one is of a newer schema; else what the disk says
 */
export async function surveyOf(disk: Disk): Promise<Survey> {
  const files: SegmentFile[] = [];
  for (const name of await disk.list()) {
    const number = segmentNumberOf(name);
    if (number !== undefined) files.push(await lookAt(disk, name, number));
  }
  files.sort((a, b) => a.number - b.number);
  refuseUnknown(disk, files);
  return { ...sortedOut(files), highest: files.at(-1)?.number ?? 0 };
}

async function lookAt(disk: Disk, name: string, number: number): Promise<SegmentFile> {
  let problem: unknown;
  const bytes = new Uint8Array(SEGMENT_HEADER_SIZE);
  const file = await disk.open(name, "read");
  try {
    await file.read(bytes, 0);
  } catch (error) {
    problem = error;
    bytes.fill(UNREADABLE);
  } finally {
    file.close();
  }
  const size = await disk.size(name);
  const isBlank = size < SEGMENT_HEADER_SIZE || bytes.every((byte) => byte === 0);
  return { name, number, size, header: decodeHeader(bytes), isBlank, problem };
}

function refuseUnknown(disk: Disk, files: readonly SegmentFile[]): void {
  for (const { name, header } of files) {
    if (header === undefined || isKnownSchema(header.schema)) continue;
    const line = newerFormat(header.schema, SCHEMA, header.writer, "schema");
    throw new StoreError(
      `${disk.path}/${name}: ${line ?? `no Midge knows schema ${header.schema}`}`,
    );
  }
}

function sortedOut(files: readonly SegmentFile[]): Omit<Survey, "highest"> {
  const id = idOf(files);
  const base = files.filter(isBegun).findLast(({ header }) => sameId(header.id, id))?.header.base ??
    0;
  const segments: SegmentFile[] = [];
  const spares: SegmentFile[] = [];
  const strangers: SegmentFile[] = [];
  for (const file of files) {
    const { number, header } = file;
    if (header !== undefined && !(sameId(header.id, id) && header.number <= number)) {
      strangers.push(file);
    } else if (number < base || (header !== undefined && header.number < number)) spares.push(file);
    else segments.push(file);
  }
  return { segments, spares, strangers, id };
}

/** That of most segments; of the newest of them where two are as many. */
function idOf(files: readonly SegmentFile[]): Uint8Array | undefined {
  const counts = new Map<string, number>();
  let best: Uint8Array | undefined;
  for (const { header } of files) {
    if (header === undefined) continue;
    const key = header.id.join();
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    if (count >= (counts.get(best?.join() ?? "") ?? 0)) best = header.id;
  }
  return best;
}

function sameId(a: Uint8Array, b: Uint8Array | undefined): boolean {
  return b !== undefined && a.every((byte, at) => byte === b[at]);
}
