/** One cell of the table: a fresh broker, a state of one size, and what is measured beside it. */
import { delay, type Measured } from "../../lib/cli/load/run.ts";
import type { BrokerKind } from "../brokers.ts";
import { residentBytes } from "../memory.ts";
import type { Part } from "./parts.ts";
import { latency, type Probed } from "./probes.ts";

/** Milliseconds for a broker to come to rest. */
const SETTLE_MS = 1500;
const REPEATS = 3;

/** Medians of what is repeated, and what is measured once. */
export async function measureCell(
  part: Part,
  size: number,
  kind: BrokerKind,
  isQuick: boolean,
): Promise<Measured> {
  const broker = await kind.start();
  try {
    const probed: Probed = { ...broker, pid: broker.pid!, isQuick };
    const state = await part.make(probed, size);
    await delay(SETTLE_MS);
    const rss = residentBytes(probed.pid) / 1e6;
    const runs: Measured[] = [];
    for (let run = 0; run < (isQuick ? 1 : REPEATS); run++) {
      runs.push({ ...await part.repeated(probed, size), ...await latency(probed) });
    }
    const after = part.name === "topics" ? residentBytes(probed.pid) / 1e6 : rss;
    return { ...medians(runs), rss: after, ...await state.once(probed) };
  } finally {
    await broker.stop();
  }
}

/** Of each number by itself. */
export function medians(runs: readonly Measured[]): Measured {
  const keys = Object.keys(runs[0] ?? {});
  return Object.fromEntries(keys.map((key) => {
    const values = runs.map((run) => run[key]!).sort((a, b) => a - b);
    return [key, values[values.length >> 1]!];
  }));
}
