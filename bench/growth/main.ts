/**
 * `deno task bench:growth`: what a message and other work cost while there is more and more of something, Midge beside
 * mosquitto. Invariant: every cell is a fresh process, and it ends by itself.
 *
 *     deno task bench:growth [--only PART]... [--broker Midge|mosquitto] [--sizes N,N] [--quick] [--write]
 */
import { parseArgs } from "node:util";
import type { Measured } from "../../lib/cli/load/run.ts";
import { messageOf } from "../../lib/user_error.ts";
import { type BrokerKind, midge, mosquitto } from "../brokers.ts";
import { note, print, stopSignal } from "../terminal.ts";
import { measureCell } from "./cell.ts";
import { pageOf, writePage } from "./page.ts";
import { type Part, PARTS } from "./parts.ts";
import { keepResults, type PartResult, type Results, type Row } from "./results.ts";

/** Limits that are in the way of the largest sizes, and a $SYS that is published while pauses are measured. */
const MIDGE = `max_retained: 2000000
max_retained_bytes: 1GiB
max_sessions: 200000
plugins: {event_logger: , packet_logger: , auth_anonymous: , broker_sys: {sys_interval: 1}}
`;
const MOSQUITTO = "sys_interval 1\n";
/** The largest size of a quick look. */
const QUICK = 10_000;

const { values } = parseArgs({
  options: {
    only: { type: "string", multiple: true },
    broker: { type: "string" },
    sizes: { type: "string" },
    quick: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
  },
});

function chosenParts(): readonly Part[] {
  const names = PARTS.map(({ name }) => name);
  const unknown = values.only?.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new Error(`--only ${unknown}: expected one of ${names.join(", ")}`);
  }
  return PARTS.filter(({ name }) => values.only?.includes(name) ?? true);
}

function chosenBrokers(): BrokerKind[] {
  const all = [midge(MIDGE), mosquitto(MOSQUITTO)];
  return all.filter(({ name }) => values.broker === undefined || name === values.broker);
}

function sizesOf({ sizes }: Part): readonly number[] {
  const given = values.sizes?.split(",").map(Number);
  return given ?? sizes.filter((size) => !values.quick || size <= QUICK);
}

/** All sizes of one part, the brokers by turns. */
async function measurePart(part: Part, stop: AbortSignal): Promise<PartResult> {
  const rows: Row[] = [];
  for (const size of sizesOf(part)) {
    const brokers: Record<string, Measured> = {};
    for (const kind of chosenBrokers()) {
      stop.throwIfAborted();
      const measured = brokers[kind.name] = await measureCell(part, size, kind, values.quick);
      note(`${part.name} ${size} ${kind.name}: ${JSON.stringify(measured)}`);
    }
    rows.push({ size, brokers });
  }
  return { conditions: await conditions(), rows };
}

/** The day, the machine and the versions. */
async function conditions(): Promise<string> {
  const { stdout } = await new Deno.Command("mosquitto", { args: ["-h"] }).output();
  const [version = ""] = new TextDecoder().decode(stdout).split("\n");
  const { os, arch } = Deno.build;
  return `${
    new Date().toISOString().slice(0, 10)
  }, ${navigator.hardwareConcurrency} cores, ${os} ` +
    `${arch}, Deno ${Deno.version.deno}, ${version.replace(" version", "")}.`;
}

try {
  const stop = stopSignal();
  const measured: Record<string, PartResult> = {};
  for (const part of chosenParts()) {
    measured[part.name] = await measurePart(part, stop);
    if (!values.write) continue;
    await keepResults({ [part.name]: measured[part.name]! }, values.sizes !== undefined);
  }
  if (values.write) await writePage(await keepResults({}));
  print(pageOf(measured as Results).page);
} catch (error) {
  note(`bench:growth: ${messageOf(error)}`);
  Deno.exitCode = 1;
}
Deno.exit();
