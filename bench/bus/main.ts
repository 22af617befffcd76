/**
 * `deno task bench:bus`: what a message costs from one worker to another, by transport and size of the batch (both ends
 * and what is between them), how long there and back takes, and what an idle bus costs. Only numbers of one table belong
 * together. It needs Linux, and nats-server for that row.
 *
 *     deno task bench:bus [--only TRANSPORT]... [--runs N] [--duration MS]
 */
import { parseArgs } from "node:util";
import { delay } from "../../lib/cli/load/run.ts";
import { messageOf } from "../../lib/user_error.ts";
import { note, print } from "../terminal.ts";
import { Ends } from "./processes.ts";
import { BETWEEN_PROCESSES, IN_PROCESS } from "./transports.ts";

const TRANSPORTS = [...IN_PROCESS, ...BETWEEN_PROCESSES];
const SIZES = [1, 16, 64];
const WARM_UP = 300;
const TRIPS = 8000;
const IDLE = 3000;

/**
 * By name: `rate 16` (messages a second), `cpu 16` (microseconds a message), `cpu alone` (of a message that no other is
 * near), `p50`, `p99`, `idle`, `wake`.
 */
type Figures = Map<string, number[]>;

function add(figures: Figures, name: string, value: number): void {
  const known = figures.get(name);
  if (known === undefined) figures.set(name, [value]);
  else known.push(value);
}

async function look(transport: string, duration: number, figures: Figures): Promise<void> {
  await using ends = await Ends.start(transport);
  for (const size of SIZES) {
    await ends.ask(`rate ${size} ${WARM_UP}`);
    const before = await ends.use();
    const { messages, seconds } = await ends.ask(`rate ${size} ${duration}`);
    const cpu = (await ends.use()).cpu - before.cpu;
    add(figures, `rate ${size}`, messages! / seconds!);
    add(figures, `cpu ${size}`, cpu / messages! * 1e6);
  }
  await ends.ask(`trips ${TRIPS / 4}`);
  const start = await ends.use();
  const { p50, p99 } = await ends.ask(`trips ${TRIPS}`);
  add(figures, "cpu alone", ((await ends.use()).cpu - start.cpu) / TRIPS / 2 * 1e6);
  add(figures, "p50", p50!);
  add(figures, "p99", p99!);
  await delay(1000);
  const before = await ends.use();
  await delay(IDLE);
  const after = await ends.use();
  add(figures, "idle", (after.cpu - before.cpu) * 1e6 / IDLE);
  add(figures, "wake", (after.wakeUps - before.wakeUps) * 1000 / IDLE);
}

function median(values: readonly number[] = []): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? NaN;
}

function table(results: ReadonlyMap<string, Figures>): string {
  const columns = [
    ...SIZES.map((size) => `rate ${size}`),
    ...SIZES.map((size) => `cpu ${size}`),
    "cpu alone",
    "p50",
    "p99",
    "idle",
    "wake",
  ];
  const rows = [...results].map(([transport, figures]) => [
    transport,
    ...columns.map((name) => {
      const value = median(figures.get(name));
      if (name.startsWith("rate")) return Math.round(value / 1000).toLocaleString("en");
      return value.toFixed(name.startsWith("cpu") ? 2 : 0);
    }),
  ]);
  const head = ["", ...columns];
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map((_, i) => i === 0 ? "---" : "---:")), ...rows.map(line)]
    .join("\n");
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: "string", multiple: true },
      runs: { type: "string", default: "3" },
      duration: { type: "string", default: "1000" },
    },
  });
  const chosen = values.only ?? TRANSPORTS;
  const unknown = chosen.find((name) => !TRANSPORTS.includes(name));
  if (unknown !== undefined) {
    throw new Error(`--only ${unknown}: expected one of ${TRANSPORTS.join(", ")}`);
  }
  const results = new Map(chosen.map((name): [string, Figures] => [name, new Map()]));
  for (let run = 1; run <= Number(values.runs); run++) {
    for (const [transport, figures] of results) {
      try {
        await look(transport, Number(values.duration), figures);
        note(`run ${run}, ${transport}`);
      } catch (error) {
        note(`run ${run}, ${transport}: left out: ${messageOf(error)}`);
      }
    }
  }
  print("thousands of messages a second, microseconds of processor time a message, by the size of");
  print(
    "a batch, and of one alone; there and back, microseconds; idle: microseconds of processor time and threads",
  );
  print("that are woken, a second\n");
  print(table(results));
}

try {
  await main();
} catch (error) {
  note(`bench:bus: ${messageOf(error)}`);
  Deno.exitCode = 1;
}
Deno.exit();
