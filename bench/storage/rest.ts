/** What storage takes of memory at rest: fresh processes with the default plugins, in turn. */
import type { Measured } from "../../lib/cli/load/run.ts";
import { delay } from "../../lib/cli/load/run.ts";
import { residentBytes } from "../memory.ts";
import { type StoringKind, storingMidge, storingMosquitto } from "./brokers.ts";
import { medianOf, runsTable, type Shown } from "./medians.ts";
import { allOf, type PartOptions, takeTurns } from "./part.ts";

const RUNS = 7;
/** Milliseconds for a broker to come to rest. */
const SETTLE = 3000;
const SHOWN: readonly Shown[] = [
  { value: "rest", title: "RSS, MB" },
  { value: "start", title: "start to the open listener, ms" },
];

/** Memory and start with an empty store. */
export async function rest(options: PartOptions): Promise<string> {
  await using stack = new AsyncDisposableStack();
  const kinds = await allOf(
    stack,
    storingMidge("off", options),
    storingMidge("full", options),
    storingMosquitto("default", options),
  );
  const sides = kinds.map((kind) => ({ name: kind.name, measure: () => atRest(kind) }));
  const runs = await takeTurns("rest", options.runs ?? RUNS, sides, options);
  const [off, full] = ["Midge, off", "Midge, full"].map((name) => medianOf(runs, name, "rest"));
  return `${runsTable("a fresh process at rest", runs, SHOWN)}\n\n` +
    `full - off: ${(full! - off!).toFixed(1)} MB.`;
}

/** Starts one, looks, ends it. */
export async function atRest(kind: StoringKind): Promise<Measured> {
  const from = performance.now();
  const broker = await kind.start();
  try {
    const start = performance.now() - from;
    await delay(SETTLE);
    return { rest: residentBytes(broker.pid!) / 1e6, start };
  } finally {
    await broker.stop();
  }
}
