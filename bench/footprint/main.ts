/**
 * What Midge takes at rest, beside an empty program, and what an idle client adds, beside a bare server: medians, all in
 * one run. `footprint [--runs N] [--clients N] [--executable FILE]`
 */
import { parseArgs } from "@std/cli/parse-args";
import { openAll } from "../../lib/cli/load/open.ts";
import { delay } from "../../lib/cli/load/run.ts";
import { tcpTarget } from "../../lib/cli/load/target.ts";
import { printLine } from "../../lib/cli/terminal.ts";
import { median, type Resident, residentOf } from "./memory.ts";
import { type Program, startProgram } from "./process.ts";
import { BARE, EMPTY, executable, midge } from "./programs.ts";

/** How long a program rests before it is looked at, milliseconds. */
const REST_MS = 3000;
const SMALL_BUFFER = 64;

interface Footprint {
  readonly rest: Resident;
  readonly readyAfter: number;
  /** KiB a connection, by the number of idle clients. */
  readonly perClient: readonly number[];
}

/** @param counts numbers of idle clients, growing */
async function measure(program: Program, counts: readonly number[]): Promise<Footprint> {
  const running = await startProgram(program);
  await delay(REST_MS);
  const rest = residentOf(running.pid);
  const perClient: number[] = [];
  const opened = [];
  for (const count of program.listens ? counts : []) {
    const target = tcpTarget({ hostname: "127.0.0.1", port: running.port });
    opened.push(
      ...await openAll(target, `c${count}-`, count - opened.length, SMALL_BUFFER),
    );
    await delay(REST_MS);
    perClient.push((residentOf(running.pid).rss - rest.rss) * 1024 / count);
  }
  for (const connection of opened) connection.close();
  await running.stop();
  return { rest, readyAfter: running.readyAfter, perClient };
}

function row(name: string, runs: readonly Footprint[], empty: number): string {
  const of = (value: (run: Footprint) => number) => median(runs.map(value));
  const rss = of(({ rest }) => rest.rss);
  const cells = [
    rss,
    rss - empty,
    of(({ rest }) => rest.anonymous),
    of(({ rest }) => rest.file),
    of(({ readyAfter }) => readyAfter),
    ...(runs[0]?.perClient ?? []).map((_, i) => of(({ perClient }) => perClient[i]!)),
  ];
  return `| ${name} | ${cells.map((cell) => cell.toFixed(1)).join(" | ")} |`;
}

async function main(): Promise<void> {
  const given = parseArgs(Deno.args, { string: ["runs", "clients", "executable"] });
  const runs = Number(given["runs"] ?? 5);
  const counts = String(given["clients"] ?? "1000,5000").split(",").map(Number);
  const programs = [EMPTY, BARE, midge("Midge")];
  if (given["executable"] !== undefined) {
    programs.push(executable("executable", given["executable"]));
  }
  const results = new Map<Program, Footprint[]>(programs.map((program) => [program, []]));
  for (let run = 0; run < runs; run++) {
    for (const [program, done] of results) done.push(await measure(program, counts));
  }
  const empty = median(results.get(EMPTY)!.map(({ rest }) => rest.rss));
  const clients = counts.map((count) => `KiB a client of ${count}`);
  const head = ["", "MiB at rest", "above empty", "anonymous", "file", "ready ms", ...clients];
  printLine(`| ${head.join(" | ")} |\n|${" --- |".repeat(head.length)}`);
  for (const [program, done] of results) printLine(row(program.name, done, empty));
}

if (import.meta.main) await main();
