/**
 * How batches stand in segments, by the schema that a segment's header names. Invariants: a new way to write them is a new
 * row, and `SCHEMA` (segment.ts) its number; what older rows read comes out as batches of today.
 */
import { type Frame, type FrameMark, framesOf, markIn, type Torn, tornAt } from "./batch_frame.ts";
import { SCHEMA, type SegmentHeader } from "./segment.ts";

/** Reads the segments of one schema. */
export interface Schema {
  /** All batches, in their order; what is between them, and no batch, is passed over. */
  framesOf(bytes: Uint8Array, mark: FrameMark): Generator<Frame, undefined>;
  /** The mark of a segment that has no header. */
  markIn(bytes: Uint8Array, segment: number, id: Uint8Array | undefined): FrameMark;
  /** What is behind the last batch, which ends here, and not whole. */
  tornAt(bytes: Uint8Array, at: number, mark: FrameMark): Torn;
}

const SCHEMAS: Readonly<Record<number, Schema>> = {
  1: { framesOf, markIn, tornAt },
};

/** Can this Midge read it? */
export function isKnownSchema(number: number): boolean {
  return number in SCHEMAS;
}

/** The schema of a segment; that of today where no header says it. */
export function schemaOf(header: SegmentHeader | undefined): Schema {
  return SCHEMAS[header?.schema ?? SCHEMA]!;
}
