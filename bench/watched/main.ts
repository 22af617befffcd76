/**
 * `deno task bench:watched`: what dashboard and metrics cost. `looked`: the CPU of a message while the dashboard is open
 * in Chromium and the metrics are scraped each second, beside a broker that has neither, in pairs; `loaded`: the same
 * while no one looks; `rest`: memory and start of fresh processes; `page`: its first paint. Invariant: only runs of one pair are compared.
 *
 *     deno task bench:watched [--only PART]... [--runs N] [--duration MS] [--view HASH]
 */
import { parseArgs } from "node:util";
import { messageOf } from "../../lib/user_error.ts";
import { measure } from "../measure.ts";
import { type Pair, pairTable } from "../pair_table.ts";
import { medianOf, runsTable } from "../storage/medians.ts";
import { takeTurns } from "../storage/part.ts";
import { atRest } from "../storage/rest.ts";
import { note, print, stopSignal } from "../terminal.ts";
import { plainMidge, tokenOf, watchedMidge } from "./brokers.ts";
import { Watcher } from "./watcher.ts";

const LOADS = ["pairs-qos0", "pairs-qos1"];

const { values } = parseArgs({
  options: {
    only: { type: "string", multiple: true },
    runs: { type: "string", default: "9" },
    duration: { type: "string" },
    view: { type: "string", default: "#/" },
  },
});

/** Pairs: a broker without the two plugins, one with them. */
async function pairs(isLookedAt: boolean, stop: AbortSignal): Promise<string> {
  await using stack = new AsyncDisposableStack();
  const kinds = [stack.use(await plainMidge()), stack.use(await watchedMidge())] as const;
  const [plain, watched] = [await kinds[0].start(), await kinds[1].start()];
  stack.defer(() => plain.stop());
  stack.defer(() => watched.stop());
  const watcher = stack.use(await Watcher.open());
  const places = { ...kinds[1].urls, token: await tokenOf(kinds[1]) };
  const how = { duration: values.duration, mqtt: undefined, stop };
  const sides = {
    before: (load: string) => measure(load, plain, how),
    after: async (load: string) => {
      if (isLookedAt) await watcher.look(places, values.view);
      const measured = await measure(load, watched, how);
      if (isLookedAt) await watcher.rest();
      return measured;
    },
  };
  const results: Record<string, Pair[]> = {};
  for (const load of LOADS) {
    const done: Pair[] = results[load] = [];
    for (let run = 0; run < Number(values.runs); run++) {
      const order = run % 2 === 0 ? ["before", "after"] as const : ["after", "before"] as const;
      const pair: Record<string, Pair["before"]> = {};
      for (const side of order) pair[side] = await sides[side](load);
      done.push({ before: pair["before"]!, after: pair["after"]! });
      note(`${load} ${run + 1}/${values.runs}: ${JSON.stringify(pair)}`);
    }
  }
  const scrapes = isLookedAt ? `\n\n${watcher.scrapes} scrapes.` : "";
  return `${isLookedAt ? "looked at" : "loaded, no one looks"}\n\n${pairTable(results)}${scrapes}`;
}

/** Memory at rest and the start. */
async function rest(stop: AbortSignal): Promise<string> {
  await using stack = new AsyncDisposableStack();
  const [plain, watched] = [stack.use(await plainMidge()), stack.use(await watchedMidge())];
  const sides = [
    { name: "without", measure: () => atRest(plain) },
    { name: "with", measure: () => atRest(watched) },
  ];
  const runs = await takeTurns("rest", Number(values.runs), sides, { note, stop });
  const shown = [
    { value: "rest", title: "RSS, MB" },
    { value: "start", title: "start to the open listener, ms" },
  ];
  const more = (value: string) => medianOf(runs, "with", value) - medianOf(runs, "without", value);
  return `${runsTable("a fresh process at rest", runs, shown)}\n\nwith - without: ` +
    `${more("rest").toFixed(1)} MB, ${more("start").toFixed(0)} ms.`;
}

/** How long the page takes to its first paint. */
async function page(): Promise<string> {
  await using stack = new AsyncDisposableStack();
  const kind = stack.use(await watchedMidge());
  const broker = await kind.start();
  stack.defer(() => broker.stop());
  const watcher = stack.use(await Watcher.open());
  const runs: Record<string, { paint: number }[]> = { first: [], "later ones": [] };
  for (let run = 0; run <= Number(values.runs); run++) {
    const paint = await watcher.firstPaint({ ...kind.urls, token: "" });
    runs[run === 0 ? "first" : "later ones"]!.push({ paint });
  }
  return runsTable("the page, cold cache", runs, [{ value: "paint", title: "first paint, ms" }]);
}

const PARTS: Readonly<Record<string, (stop: AbortSignal) => Promise<string>>> = {
  looked: (stop) => pairs(true, stop),
  loaded: (stop) => pairs(false, stop),
  rest,
  page,
};

async function main(stop: AbortSignal): Promise<void> {
  const names = Object.keys(PARTS);
  const unknown = values.only?.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new Error(`--only ${unknown}: expected one of ${names.join(", ")}`);
  }
  for (const name of values.only ?? names) print(`${await PARTS[name]!(stop)}\n`);
}

try {
  await main(stopSignal());
} catch (error) {
  note(`bench:watched: ${messageOf(error)}`);
  Deno.exitCode = 1;
}
Deno.exit();
