/**
 * `deno task bench:soak`: does a broker grow? The shipped plugins and storage under a steady load, its memory looked at
 * every ten seconds; at the end the slope of it an hour, from when it has warmed up. Invariant: it ends by itself.
 *
 *     deno task bench:soak [--minutes 60] [--rate 1000] [--warm-up 10] [--samples FILE]
 */
import { parseArgs } from "node:util";
import { delay } from "../../lib/cli/load/run.ts";
import { tcpTarget } from "../../lib/cli/load/target.ts";
import type { RunningBroker } from "../brokers.ts";
import { freePorts } from "../doors.ts";
import { residentBytes } from "../memory.ts";
import { type StoringKind, storingMidge } from "../storage/brokers.ts";
import { note, print, stopSignal } from "../terminal.ts";
import { bytesWritten } from "../written_bytes.ts";
import { meanBetween, type Sample, slopeOf } from "./slope.ts";
import { type Tally, traffic } from "./traffic.ts";

const EVERY = 10_000;
const HOUR = 3_600_000;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "60" },
    rate: { type: "string", default: "1000" },
    "warm-up": { type: "string", default: "10" },
    samples: { type: "string" },
  },
});
const [minutes, rate, warmUp] = [
  Number(values.minutes),
  Number(values.rate),
  Number(values["warm-up"]) / 60,
];

/** Midge with the plugins of the shipped configuration and storage. */
function shippedMidge(): Promise<StoringKind> {
  const [port] = [...freePorts(["ws"]).values()];
  const plugins = "plugins: {event_logger: , packet_logger: , auth_anonymous: , broker_sys: , " +
    `dashboard: {bind: "127.0.0.1:${port}"}}\n`;
  return storingMidge("full", { more: plugins });
}

/** Looks at the broker's memory until the time is over; MB (10^6). */
async function watch(pid: number, tally: Tally, stop: AbortSignal): Promise<Sample[]> {
  const samples: Sample[] = [];
  const start = performance.now();
  const elapsed = () => (performance.now() - start) / HOUR;
  while (elapsed() * 60 < minutes && !stop.aborted) {
    await delay(EVERY);
    samples.push({ at: elapsed(), value: residentBytes(pid) / 1e6 });
    if (samples.length % 6 === 0) note(`${shown(samples.at(-1)!)}, ${JSON.stringify(tally)}`);
  }
  return samples;
}

function shown({ at, value }: Sample): string {
  return `${(at * 60).toFixed(0)} min: ${value.toFixed(1)} MB`;
}

function report(samples: readonly Sample[]): string {
  const warm = samples.filter(({ at }) => at >= warmUp);
  const { perHour, within } = slopeOf(warm);
  const half = (warmUp + samples.at(-1)!.at) / 2;
  const [early, late] = [meanBetween(warm, 0, half), meanBetween(warm, half, Infinity)];
  const sizes = warm.map(({ value }) => value);
  return [
    `RSS, from minute ${(warmUp * 60).toFixed(0)} on: slope ${perHour.toFixed(2)} MB an hour`,
    `(95 % within ${within.toFixed(2)})`,
    `first half ${early.toFixed(1)} MB, second half ${late.toFixed(1)} MB`,
    `least ${Math.min(...sizes).toFixed(1)}, most ${Math.max(...sizes).toFixed(1)}`,
  ].join(", ");
}

/** The load on a running broker, and what became of its memory. */
async function soak(broker: RunningBroker, stop: AbortSignal): Promise<void> {
  const tally: Tally = { sent: 0, received: 0, visits: 0 };
  const over = new AbortController();
  const ended = AbortSignal.any([over.signal, stop]);
  const sending = traffic(tcpTarget(broker.address), rate, tally, ended);
  sending.catch(() => over.abort());
  const samples = await watch(broker.pid!, tally, ended);
  over.abort();
  await sending;
  if (values.samples !== undefined) {
    await Deno.writeTextFile(values.samples, JSON.stringify(samples));
  }
  const written = (bytesWritten(broker.pid!).toDisk / 1e6).toFixed(0);
  print(`${JSON.stringify(tally)}, ${rate} messages a second, ${written} MB written to the disk`);
  print(report(samples));
}

await using kind = await shippedMidge();
const broker = await kind.start();
try {
  await soak(broker, stopSignal());
} finally {
  await broker.stop();
}
