/**
 * One part of a listing. Invariants: rows are taken from the broker's iterator as far as they are wanted and not further;
 * between parts the broker has its turn.
 */
import type { Part } from "./arguments.ts";

/** What a listing answers. */
export interface Page {
  readonly items: unknown[];
  /** The offset to go on with; null: there are no more. */
  readonly next: number | null;
}

/** Rows that are passed over in one turn. */
const IN_A_TURN = 2000;

/** Takes the rows of a part. @param rows of the broker: arrays of rows */
export async function pageOf(rows: Iterator<unknown>, { offset, limit }: Part): Promise<Page> {
  const items: unknown[] = [];
  let passed = 0;
  let inTurn = 0;
  try {
    for (let step = rows.next(); step.done !== true; step = rows.next()) {
      const part = step.value as readonly unknown[];
      const from = Math.max(0, offset - passed);
      const room = limit - items.length;
      if (room === 0 && part.length > 0) return { items, next: offset + limit };
      items.push(...part.slice(from, from + room));
      passed += part.length;
      if (passed > offset + limit) return { items, next: offset + limit };
      inTurn += part.length;
      if (inTurn >= IN_A_TURN) inTurn = await aTurn();
    }
    return { items, next: null };
  } finally {
    rows.return?.();
  }
}

async function aTurn(): Promise<0> {
  await new Promise((resolve) => setTimeout(resolve, 0));
  return 0;
}
