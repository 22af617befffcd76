/**
 * Which connection makes room for a new one where there are too many. Pure. Invariants: one whose answer is being made
 * never does; who holds many without a request to show keeps no one else out.
 */
import { networkOf } from "../network.ts";

/** What is looked at of a connection. */
export interface Held {
  readonly address: string;
  readonly isIdle: boolean;
  /** Since when its peer has been waited for, on the clock of `now`; Infinity: it is not. */
  readonly waitsSince: number;
}

/** A peer that is there sends its request, and takes its answer, in this time; milliseconds. */
const PATIENCE_MS = 1000;

/**
 * The one of the network that holds the most: late with its request or its answer, else between two requests. One that
 * has only just begun to wait makes room where its network holds more than that of the new one.
 * @param open the oldest first
 * @param address of the new one
 */
export function whoMakesRoom<One extends Held>(
  open: Iterable<One>,
  address: string,
  now: number,
): One | undefined {
  const all = [...open];
  const held = Map.groupBy(all, (one) => networkOf(one.address));
  const own = held.get(networkOf(address))?.length ?? 0;
  let best: One | undefined;
  let most = -1;
  for (const one of all) {
    const ofNetwork = held.get(networkOf(one.address))?.length ?? 0;
    const rank = rankOf(one, now, ofNetwork > own + 1);
    if (rank === 0) continue;
    const value = ofNetwork * RANKS + rank;
    if (value > most) [best, most] = [one, value];
  }
  return best;
}

const RANKS = 4;

/** 0: not this one. */
function rankOf({ isIdle, waitsSince }: Held, now: number, isGreedy: boolean): number {
  if (waitsSince === Infinity) return 0;
  if (isIdle) return 2;
  if (now - waitsSince >= PATIENCE_MS) return 3;
  return isGreedy ? 1 : 0;
}
