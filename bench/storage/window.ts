/**
 * How long one message waits for its acknowledgement, one at a time, beside a bare program that writes and flushes as
 * many bytes. Invariant: the program's bytes are those that Midge has written for a message in the same run.
 */
import type { Measured } from "../../lib/cli/load/run.ts";
import { measure } from "../measure.ts";
import { storingMidge, storingMosquitto } from "./brokers.ts";
import { medianOf, runsTable, type Shown } from "./medians.ts";
import { allOf, type PartOptions, type Side, startAll, takeTurns } from "./part.ts";

const RUNS = 5;
/** Before Midge has told. */
const FIRST_BYTES = 200;
const FLOOR = new URL("floor.ts", import.meta.url).href;
const SHOWN: readonly Shown[] = [
  { value: "p50", title: "p50, µs" },
  { value: "p90", title: "p90, µs" },
  { value: "p99", title: "p99, µs" },
  { value: "bytes", title: "bytes given to write() for a message" },
];

/** The subscriber acknowledges when the publisher has its PUBACK, or never. */
export async function durable(options: PartOptions): Promise<string> {
  const tables: string[] = [];
  for (const load of ["durable", "durable-unanswered"]) {
    await using stack = new AsyncDisposableStack();
    const kinds = await allOf(
      stack,
      storingMidge("off", options),
      storingMidge("os", options),
      storingMidge("full", options),
      storingMosquitto("default", options),
      storingMosquitto("onChanges", options),
    );
    const how = { duration: undefined, mqtt: undefined, stop: options.stop };
    let bytes = FIRST_BYTES;
    const sides: Side[] = (await startAll(stack, kinds)).map((broker) => ({
      name: broker.name,
      measure: async () => {
        const measured = await measure(load, broker, how);
        if (broker.name === "Midge, full") bytes = Math.round(measured["bytes"]!);
        return measured;
      },
    }));
    sides.push({ name: "write and flush", measure: () => floor(kinds[0]!.folder, bytes) });
    const runs = await takeTurns(load, options.runs ?? RUNS, sides, options);
    const [off, full, bare] = ["Midge, off", "Midge, full", "write and flush"]
      .map((name) => medianOf(runs, name, "p50"));
    const ratio = full! / (off! + bare!);
    const title = load === "durable" ? "acknowledged behind the PUBACK" : "never acknowledged";
    tables.push(
      `${runsTable(`one message at a time, ${title}`, runs, SHOWN)}\n\n` +
        `p50 full / (write and flush + off): ${ratio.toFixed(2)}.`,
    );
  }
  return tables.join("\n\n");
}

/** The bare program, in a process of its own as a broker is. */
async function floor(folder: string, bytes: number): Promise<Measured> {
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--allow-write", FLOOR, `${folder}/floor`, `${bytes}`],
    stderr: "inherit",
  }).output();
  if (!success) throw new Error("the bare program failed");
  return JSON.parse(new TextDecoder().decode(stdout)) as Measured;
}
