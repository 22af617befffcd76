/**
 * `deno task bench:storage`: what storage costs, and what it gives beside mosquitto with persistence. Each part starts
 * its brokers, measures them in turn and prints a table of medians with their spread: only numbers of one table belong
 * together.
 *
 *     deno task bench:storage [--only PART]... [--runs N] [--duration MS] [--dir FOLDER]
 */
import { parseArgs } from "node:util";
import { messageOf } from "../../lib/user_error.ts";
import { beside } from "./beside.ts";
import type { Part } from "./part.ts";
import { clean, kept } from "./rates.ts";
import { rest } from "./rest.ts";
import { restart } from "./restart.ts";
import { durable } from "./window.ts";
import { idle, written } from "./written.ts";
import { note, print, stopSignal } from "../terminal.ts";

const PARTS: Readonly<Record<string, Part>> = {
  kept,
  clean,
  durable,
  rest,
  restart,
  written,
  idle,
  beside,
};

async function main(stop: AbortSignal): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: "string", multiple: true },
      runs: { type: "string" },
      duration: { type: "string" },
      dir: { type: "string" },
    },
  });
  const names = Object.keys(PARTS);
  const unknown = values.only?.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new Error(`--only ${unknown}: expected one of ${names.join(", ")}`);
  }
  const { duration, dir } = values;
  const runs = values.runs === undefined ? undefined : Number(values.runs);
  for (const name of values.only ?? names) {
    print(`${await PARTS[name]!({ runs, duration, dir, stop, note })}\n`);
  }
}

try {
  await main(stopSignal());
} catch (error) {
  note(`bench:storage: ${messageOf(error)}`);
  Deno.exitCode = 1;
}
Deno.exit();
