/**
 * `deno task bench:footprint`: what a broker takes of a small machine. `rest`: memory of a fresh process, time to its
 * first CONNACK; `clients`: memory with a thousand idle clients; `written`: what goes to the disk an hour. Midge is
 * measured as `deno run` and, where dist/midge is there, as executable, beside other brokers that are found and programs that do
 * nothing. Invariant: candidates take turns, each run is a fresh process on an empty folder.
 *
 *     deno task bench:footprint [--only PART]... [--runs N] [--peers FOLDER] [--clients N] [--seconds N]
 */
import { parseArgs } from "node:util";
import type { Measured } from "../../lib/cli/load/run.ts";
import { medianOf, type Runs, runsTable, type Shown } from "../storage/medians.ts";
import { isPresent } from "../peers/present.ts";
import { takeTurns } from "../storage/part.ts";
import { note, print, stopSignal } from "../terminal.ts";
import { bare, type Candidate, midges, OTHERS } from "./candidates.ts";
import { atRest, type Fresh, fresh, withClients, writes } from "./looks.ts";

const { values } = parseArgs({
  options: {
    only: { type: "string", multiple: true },
    runs: { type: "string" },
    peers: { type: "string", default: "" },
    clients: { type: "string", default: "1000" },
    seconds: { type: "string", default: "120" },
  },
});

/** What is looked at, on which candidates, how often. */
interface Part {
  readonly title: string;
  readonly kinds: readonly Candidate["kind"][];
  readonly runs: number;
  readonly shown: readonly Shown[];
  readonly look: (candidate: Candidate, running: Fresh) => Promise<Measured>;
}

const PARTS: Readonly<Record<string, Part>> = {
  rest: {
    title: "a fresh process at rest",
    kinds: ["empty", "listener", "broker"],
    runs: 5,
    shown: [
      { value: "rss", title: "RSS, MB" },
      { value: "anonymous", title: "of it not mapped from files, MB" },
      { value: "ready", title: "exec to CONNACK, ms" },
      { value: "cpu", title: "processor time of that, ms" },
    ],
    look: atRest,
  },
  clients: {
    title: `idle clients: ${values.clients}, and then four times as many more`,
    kinds: ["listener", "broker"],
    runs: 3,
    shown: [
      { value: "with", title: "RSS with the first, MB" },
      { value: "each", title: "KiB for each of those more" },
    ],
    look: (candidate, running) => withClients(Number(values.clients), candidate, running),
  },
  written: {
    title: "KB to the disk an hour",
    kinds: ["broker"],
    runs: 1,
    shown: [
      { value: "idle", title: "at rest" },
      { value: "retained", title: "with a retained message a second" },
    ],
    look: (_candidate, running) => writes(Number(values.seconds), running),
  },
};

/** Those that are there. */
async function present(): Promise<Candidate[]> {
  const found: Candidate[] = [];
  for (const candidate of [...await bare(), ...await midges(), ...OTHERS]) {
    if (await isPresent(candidate, values.peers)) found.push(candidate);
    else note(`left out, not there: ${candidate.name}`);
  }
  return found;
}

async function measured(part: Part, candidates: readonly Candidate[], stop: AbortSignal) {
  const sides = candidates.filter(({ kind }) => part.kinds.includes(kind)).map((candidate) => ({
    name: candidate.name,
    measure: () => fresh(values.peers, candidate, (running) => part.look(candidate, running)),
  }));
  return await takeTurns(part.title, Number(values.runs ?? part.runs), sides, { note, stop });
}

/** What the goals are about: how much is above a program that does nothing. */
function above(runs: Runs): string {
  const rows = [
    ["Midge, deno run", "an empty program, deno run", "rss"],
    ["Midge, executable", "an empty program, compiled", "rss"],
    ["Midge, deno run", "accepts and reads, deno run", "each"],
  ] as const;
  return rows.flatMap(([name, floor, value]) => {
    const more = medianOf(runs, name, value) - medianOf(runs, floor, value);
    return isNaN(more) ? [] : [`${name} - ${floor}: ${more.toFixed(2)}`];
  }).join("\n");
}

const stop = stopSignal();
const candidates = await present();
for (const [name, part] of Object.entries(PARTS)) {
  if (values.only !== undefined && !values.only.includes(name)) continue;
  const runs = await measured(part, candidates, stop);
  print(`${runsTable(part.title, runs, part.shown)}\n\n${above(runs)}\n`);
}
