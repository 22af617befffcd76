/**
 * `midge top`: the broker and its clients in a terminal. Invariant: a broker that cannot be asked at the beginning is an
 * error like that of `midge ctl`, before anything of the terminal is touched.
 */
import { SYSTEM_CLOCK } from "../clock.ts";
import { readDuration } from "../config/units.ts";
import { ADDRESS_OPTIONS, addressOf } from "./ctl/address.ts";
import { describeOptions, type OptionTable } from "./option_table.ts";
import { readOptions } from "./options.ts";
import { printText } from "./terminal.ts";
import { ORDERS, render, roomIn, type Size } from "./top/render.ts";
import { windowSize } from "./top/screen.ts";
import { sourceAt, type TopSource } from "./top/source.ts";
import { newState, type TopState, withAnswer } from "./top/state.ts";
import { watch } from "./top/watch.ts";
import type { CommandShape } from "./shape.ts";

const OPTIONS = {
  ...ADDRESS_OPTIONS,
  interval: {
    names: ["interval"],
    value: "TIME",
    default: "2s",
    filled: true,
    help: "between two pictures",
  },
  sort: {
    names: ["sort"],
    value: "ORDER",
    default: "traffic",
    filled: true,
    choices: ORDERS,
    help: "the clients' order: traffic, queue, backlog, clientId or since",
  },
  once: {
    names: ["once"],
    help: "print one picture after one interval and end; so without a\nterminal, too",
  },
} as const satisfies OptionTable;

/** Printed by `midge top --help`. */
export const HELP =
  `Usage: midge top [-c FILE] [--data-dir DIR] [--interval TIME] [--sort ORDER] [--once]
       midge top --socket PATH ...

Shows the running broker and its clients, anew every two seconds. Keys: m traffic (messages), w queue,
b backlog, c client id, s since; arrows choose, Enter opens a client with its session, its
subscriptions and what was refused to it; ? help; q ends.

${describeOptions(OPTIONS)}

Example:
  midge top -c config.yaml --sort queue

Exit code 0: ended by q, or printed; 1: no broker answers; 130: ended by Ctrl-C.`;

/** What it takes. */
export const SHAPE: CommandShape = { options: OPTIONS };

const SHORTEST_MS = 200;
/** What is no terminal gets this picture. */
const PAPER: Size = { columns: 120, rows: 30 };

/** Shows it. */
export async function run(args: readonly string[]): Promise<number> {
  const given = readOptions(args, OPTIONS);
  const interval = readDuration(given.last("interval"));
  if (interval === undefined || interval < SHORTEST_MS || interval > 3_600_000) {
    throw given.wrong("interval", "a time from 200ms to 1h");
  }
  const sort = given.choice("sort", ORDERS);
  const source = sourceAt(await addressOf(given));
  const isOnce = given.has("once") || !Deno.stdin.isTerminal() || !Deno.stdout.isTerminal();
  const size = isOnce ? PAPER : windowSize() ?? PAPER;
  const state = await asked(newState(sort), source, size);
  if (!isOnce) return await watch(state, { source, clock: SYSTEM_CLOCK, interval });
  await new Promise((resolve) => setTimeout(resolve, interval));
  print(await asked(state, source, size), size);
  return 0;
}

async function asked(state: TopState, source: TopSource, size: Size): Promise<TopState> {
  const { sort, offset } = state;
  const { now, rows } = await source.page({ sort, offset, limit: roomIn(size) });
  return withAnswer(state, now, rows);
}

/** Without what keys are for, and without empty lines at the end. */
function print(state: TopState, size: Size): void {
  const lines = render(state, size).slice(0, -1).map(({ text }) => text.trimEnd());
  printText(lines.join("\n").trimEnd());
}
