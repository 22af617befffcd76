/**
 * One part of a listing. Invariants: rows are taken from the broker's iterator as far as they are wanted and not further;
 * the broker has its turn between parts, also where none of them has a row.
 */
import { inSteps } from "../../manage.ts";
import type { Part } from "./arguments.ts";

/** What a listing answers. */
export interface Page {
  readonly items: unknown[];
  /** The offset to go on with; null: there are no more. */
  readonly next: number | null;
}

/** Takes the rows of a part. @param rows of the broker: arrays of rows */
export async function pageOf(
  rows: Iterable<readonly unknown[]>,
  { offset, limit }: Part,
): Promise<Page> {
  const items: unknown[] = [];
  const end = offset + limit;
  let passed = 0;
  await inSteps(rows, (part) => {
    const from = Math.max(0, offset - passed);
    items.push(...part.slice(from, from + limit - items.length));
    passed += part.length;
    return passed <= end;
  });
  return { items, next: passed > end ? end : null };
}
