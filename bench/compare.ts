/**
 * `deno task bench`: Midge beside mosquitto (and others) on this machine, as a table of ratios in
 * Markdown. Every load runs several times on each broker, the brokers taking turns, and medians are
 * compared: only numbers of one run of this program belong together.
 *
 *     deno task bench [--transports] [--only LOAD]... [--runs N] [--duration MS] [--mqtt 5]
 *         [--broker NAME=HOST:PORT]... [--peers [FOLDER]] [--json]
 */
import { parseArgs } from "node:util";
import type { Door } from "./doors.ts";
import { type BrokerKind, external, midge, mosquitto, type RunningBroker } from "./brokers.ts";
import type { Measured } from "../lib/cli/load/run.ts";
import { ALL_ROWS, needsFresh, partsOf, type Row, ROWS, runsOf, TRANSPORT_ROWS } from "./rows.ts";
import { markdown, type Results } from "./table.ts";
import { measure } from "./measure.ts";
import { peerKinds, withPeersFolder } from "./peers/kind.ts";
import { messageOf } from "../lib/user_error.ts";
import { note, print, stopSignal } from "./terminal.ts";

interface Options {
  readonly loads: readonly string[];
  readonly runs: number | undefined;
  readonly duration: string | undefined;
  /** What the clients of the loads speak; undefined: MQTT 3.1.1. */
  readonly mqtt: string | undefined;
  readonly brokers: readonly BrokerKind[];
  readonly json: boolean;
  /** Fires when somebody wants the comparison to end. */
  readonly stop: AbortSignal;
}

async function main(): Promise<void> {
  const options = await parseOptions(Deno.args, stopSignal());
  const results: Results = {};
  for (const load of options.loads) {
    results[load] = await runLoad(load, options);
  }
  const names = options.brokers.map(({ name }) => name);
  if (options.json) return print(JSON.stringify(results, null, 2));
  print(`${markdown(results, names)}\n\n${await conditions()}`);
}

/** What was compared and on what, for the line under the table. */
async function conditions(): Promise<string> {
  const { stdout } = await new Deno.Command("mosquitto", { args: ["-h"] }).output();
  const version = new TextDecoder().decode(stdout).split("\n")[0]?.replace(" version", "");
  const { os, arch } = Deno.build;
  const cores = `${navigator.hardwareConcurrency} cores`;
  return `Medians of one run on ${cores}, ${os} ${arch}: ${version}, Midge on Deno ${Deno.version.deno}.`;
}

/** All runs of one load: for each broker, what each run measured. */
async function runLoad(load: string, options: Options): Promise<Record<string, Measured[]>> {
  const fresh = needsFresh(load);
  const doors = doorsOf(load);
  // What someone else runs has one listener here.
  const kinds = options.brokers.filter((kind) =>
    (kind.fresh || (!fresh && doors.length === 1)) &&
    doors.every((door) => kind.doors?.includes(door) ?? true)
  );
  const measured = Object.fromEntries(kinds.map(({ name }) => [name, [] as Measured[]]));
  const runs = options.runs ?? runsOf(load);
  const running = fresh ? [] : await startAll(kinds, doors);
  try {
    for (let run = 1; run <= runs; run++) {
      for (const [i, kind] of kinds.entries()) {
        const result = fresh
          ? await withFresh(kind, doors, (broker) => measure(load, broker, options))
          : await measure(load, running[i]!, options);
        measured[kind.name]!.push(result);
        note(`${load} ${run}/${runs} ${kind.name}: ${JSON.stringify(result)}`);
      }
    }
  } finally {
    await Promise.all(running.map((broker) => broker.stop()));
  }
  return measured;
}

/** The listeners that a load needs. */
function doorsOf(load: string): Door[] {
  const { transport } = partsOf(load);
  return transport === "tcp" ? ["tcp"] : ["tcp", transport];
}

async function startAll(
  kinds: readonly BrokerKind[],
  doors: readonly Door[],
): Promise<RunningBroker[]> {
  const started: RunningBroker[] = [];
  try {
    for (const kind of kinds) started.push(await kind.start(doors));
  } catch (error) {
    await Promise.all(started.map((broker) => broker.stop()));
    throw error;
  }
  return started;
}

async function withFresh<T>(
  kind: BrokerKind,
  doors: readonly Door[],
  body: (broker: RunningBroker) => Promise<T>,
): Promise<T> {
  const broker = await kind.start(doors);
  try {
    return await body(broker);
  } finally {
    await broker.stop();
  }
}

async function parseOptions(args: string[], stop: AbortSignal): Promise<Options> {
  const { values } = parseArgs({
    args: withPeersFolder(args),
    options: {
      only: { type: "string", multiple: true },
      transports: { type: "boolean", default: false },
      runs: { type: "string" },
      duration: { type: "string" },
      peers: { type: "string" },
      broker: { type: "string", multiple: true, default: [] },
      json: { type: "boolean", default: false },
      mqtt: { type: "string" },
    },
  });
  const all = loadsOf(ALL_ROWS);
  const unknown = values.only?.find((load) => !all.includes(load));
  if (unknown !== undefined) {
    throw new Error(`--only ${unknown}: expected one of ${all.join(", ")}`);
  }
  return {
    loads: values.only ?? loadsOf(values.transports ? TRANSPORT_ROWS : ROWS),
    runs: values.runs === undefined ? undefined : positive("--runs", values.runs),
    duration: values.duration,
    mqtt: values.mqtt,
    brokers: [
      mosquitto(),
      midge(),
      ...await peerKinds(values.peers, note),
      ...values.broker.map(external),
    ],
    json: values.json,
    stop,
  };
}

function loadsOf(rows: readonly Row[]): string[] {
  return [...new Set(rows.map((row) => row.load))];
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`${name} ${text}: expected 1 or more`);
  return value;
}

try {
  await main();
} catch (error) {
  note(`bench: ${messageOf(error)}`);
  Deno.exitCode = 1;
}
Deno.exit();
