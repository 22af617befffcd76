/**
 * Does a slow disk hold up those who do not need it? Latency at QoS 0 of another pair while each commit takes 50 ms, in
 * windows that take turns with windows without the delay, on one broker under one load. Invariant: a pair of windows is
 * compared, which of the two goes first changes.
 */
import type { Measured } from "../../lib/cli/load/run.ts";
import { DiskFaults, type DiskRule } from "../../tests/support/disk_faults.ts";
import { kill } from "../../tests/support/kill.ts";
import { measure } from "../measure.ts";
import { startScript } from "../script.ts";
import { storingMidge } from "./brokers.ts";
import { median, runsTable, type Shown } from "./medians.ts";
import { type PartOptions, takeTurns } from "./part.ts";

const RUNS = 15;
const BACKGROUND = new URL("background.ts", import.meta.url).href;
const PATIENT = "no delay";
const CASES: readonly { name: string; rules: readonly DiskRule[] }[] = [
  { name: PATIENT, rules: [] },
  { name: "flush 50 ms", rules: ["sync delay=50"] },
  { name: "flush and write 50 ms each", rules: ["sync delay=50", "write delay=50"] },
];
const SHOWN: readonly Shown[] = [
  { value: "p50", title: "p50, µs" },
  { value: "p99", title: "p99, µs" },
  { value: "max", title: "most, µs" },
  { value: "slowed", title: "calls that were slowed in a window" },
];

/** QoS 0 beside slow commits. */
export async function beside(options: PartOptions): Promise<string> {
  await using stack = new AsyncDisposableStack();
  const dir = stack.use(await Folder.make(options.dir));
  const faults = stack.use(await DiskFaults.build(dir.path));
  const env = faults.env;
  const kind = stack.use(await storingMidge("full", { dir: dir.path, env }));
  const broker = await kind.start();
  stack.defer(() => broker.stop());
  const background = await startScript(BACKGROUND, broker.address);
  stack.defer(() => endOf(background));
  const how = { duration: undefined, mqtt: undefined, stop: options.stop };
  const sides = CASES.map(({ name, rules }) => ({
    name,
    measure: async (): Promise<Measured> => {
      faults.set(...rules);
      const before = faults.struck().length;
      const measured = await measure("latency", broker, how);
      return { ...measured, slowed: faults.struck().length - before };
    },
  }));
  return await report(sides, options);
}

async function report(
  sides: Parameters<typeof takeTurns>[2],
  options: PartOptions,
): Promise<string> {
  const runs = await takeTurns("beside", options.runs ?? RUNS, sides, options);
  const ratios = CASES.slice(1).map(({ name }) => {
    const pairs = runs[name]!.map((run, i) => run["p99"]! / runs[PATIENT]![i]!["p99"]!);
    return `${name}: ${median(pairs).toFixed(2)} times (median of ${pairs.length} pairs)`;
  });
  return `${runsTable("QoS 0 beside 1,000 stored messages a second", runs, SHOWN)}\n\n` +
    `p99 against no delay: ${ratios.join(", ")}.`;
}

async function endOf({ process, output }: Awaited<ReturnType<typeof startScript>>): Promise<void> {
  kill(process);
  await process.status;
  await process.stdin.close().catch(() => {});
  await output.cancel();
}

/** A folder that is gone afterwards. */
class Folder implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async make(dir: string | undefined): Promise<Folder> {
    return new Folder(await Deno.makeTempDir({ prefix: "midge-storage-", ...(dir && { dir }) }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
  }
}
