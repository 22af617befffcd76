/**
 * A store as people ask about it: what is live in it, and what is damaged. Invariants: nothing is changed; a broker may
 * write to it meanwhile; what could be read counts, however much is damaged.
 */
import { messageOf } from "../../user_error.ts";
import { StoreError } from "../batch_log.ts";
import type { Disk } from "./disk.ts";
import { inspect, type StoreReport } from "./inspect.ts";
import { Replay } from "../replay.ts";
import type { Replayed } from "../replayed.ts";
import type { Damage, Found, PlacedBatch } from "./store_reader.ts";

/** What a store has. */
export interface StoreContent {
  readonly report: StoreReport;
  /** What its batches come to. */
  readonly replayed: Replayed;
  /** When the oldest batch that is needed was written, milliseconds since the epoch; undefined: there is none. */
  readonly oldest: number | undefined;
  /** What is damaged and from which byte on, one line each. */
  readonly damages: readonly string[];
}

/**
 * Reads all of a store.
 * @param onProgress told of bytes read so far; it begins again where a broker has changed too much meanwhile
 * @throws StoreError for a store of a newer schema; else what the system says
 */
export async function readStore(
  disk: Disk,
  onProgress: (bytes: number) => void = () => {},
): Promise<StoreContent> {
  let reading = new Reading(onProgress);
  const report = await inspect(disk, () => {
    reading = new Reading(onProgress);
    return (found) => reading.take(found);
  });
  const { replay, oldest, damages } = reading;
  return { report, replayed: replay.result, oldest, damages };
}

/**
 * The same of a store that is whole.
 * @throws StoreError for any other: the first damage
 */
export async function readWholeStore(
  disk: Disk,
  onProgress?: (bytes: number) => void,
): Promise<StoreContent> {
  const content = await readStore(disk, onProgress);
  const [damage] = content.damages;
  if (damage === undefined) return content;
  throw new StoreError(
    `${disk.path} is damaged: ${damage}; midge store check --repair keeps what can be read`,
  );
}

/** One reading. */
class Reading {
  readonly replay = new Replay();
  readonly damages: string[] = [];
  oldest: number | undefined;
  readonly #onProgress: (bytes: number) => void;
  #bytes = 0;

  constructor(onProgress: (bytes: number) => void) {
    this.#onProgress = onProgress;
  }

  take(found: Found): void {
    if (found.kind === "damage") this.damages.push(damageLine(found));
    if (found.kind === "batch") this.#add(found);
  }

  #add({ batch, segment, at }: PlacedBatch): void {
    this.oldest ??= batch.wall;
    this.#onProgress(this.#bytes += batch.body.length);
    try {
      this.replay.add(batch);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      this.damages.push(`${messageOf(error)}; ${segment.name}, from byte ${at} on`);
    }
  }
}

function damageLine({ line, segments, at }: Damage): string {
  if (at === undefined) return line;
  return segments.length > 1
    ? `${line}, from byte ${at} of the first on`
    : `${line}, from byte ${at} on`;
}
