/**
 * `deno task crash`: the broker is ended in the middle of the load again and again, and everything that it had
 * acknowledged is asked for. Invariants: exit code 1 where a promise was not kept, 2 where it could not be tried; nothing
 * is left mounted, and no process, also when it is interrupted.
 */
import { parseArgs } from "node:util";
import { writeAll } from "../../lib/io.ts";
import { messageOf, UserError } from "../../lib/user_error.ts";
import { endAllBrokers } from "./broker_process.ts";
import { LoopDisk, whyNoDisk } from "./loop_disk.ts";
import { addRound, emptyTotals, roundText, totalsText } from "./report.ts";
import { run, type RunOptions, SIGNALS } from "./run.ts";

const USAGE = `deno task crash [options]

  --rounds N                how often the broker is ended (default 20)
  --seed S                  the load and the moments (default: by the clock; it is printed)
  --broker midge|mosquitto  which (default midge)
  --seconds S               load before the end, at most (default 2)
  --signal kill|term|mixed  how it is ended: SIGKILL, SIGTERM, or a third of the times SIGTERM (default kill);
                            none: it is not ended, which tries the load alone
  --power-cut               in place of a signal, the power of its disk is cut (needs root and a loop device)
`;

const BROKERS = ["midge", "mosquitto", "forgetful"] as const;

async function main(args: string[]): Promise<number> {
  if (args.includes("--help")) return await say(USAGE, 0);
  const { isPowerCut, ...options } = optionsOf(args);
  const missing = isPowerCut ? await whyNoDisk() : undefined;
  if (missing !== undefined) return await say(`crash: skipped: ${missing}\n`, 0);
  await using disk = isPowerCut ? await LoopDisk.make() : undefined;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => void interrupt(disk));
  }
  const totals = emptyTotals();
  await run({ ...options, disk }, async (round, result) => {
    addRound(totals, result);
    await say(roundText(round, options.seed, result), 0);
  });
  const text = totalsText(options.broker, options.seed, totals);
  return await say(text, totals.faulty === 0 ? 0 : 1);
}

/** Nothing is left behind: no process, no mount. */
async function interrupt(disk: LoopDisk | undefined): Promise<void> {
  await endAllBrokers();
  await disk?.[Symbol.asyncDispose]();
  Deno.exit(130);
}

function optionsOf(args: string[]): RunOptions & { isPowerCut: boolean } {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: "string", default: "20" },
      seed: { type: "string", default: `${Date.now() % 1_000_000}` },
      broker: { type: "string", default: "midge" },
      seconds: { type: "string", default: "2" },
      signal: { type: "string", default: "kill" },
      "power-cut": { type: "boolean", default: false },
    },
  });
  return {
    rounds: numberOf("--rounds", values.rounds),
    seed: numberOf("--seed", values.seed),
    seconds: numberOf("--seconds", values.seconds),
    broker: oneOf("--broker", BROKERS, values.broker),
    signal: oneOf("--signal", SIGNALS, values.signal),
    isPowerCut: values["power-cut"],
  };
}

function oneOf<T extends string>(name: string, values: readonly T[], text: string): T {
  const value = values.find((one) => one === text);
  if (value === undefined) throw new UserError(`${name} ${text}: expected ${values.join(" or ")}`);
  return value;
}

function numberOf(name: string, text: string): number {
  if (!/^[1-9]\d{0,7}$/.test(text)) {
    throw new UserError(`${name} ${text}: expected a whole number from 1 on`);
  }
  return Number(text);
}

async function say(text: string, code: number): Promise<number> {
  await writeAll(Deno.stdout, new TextEncoder().encode(text));
  return code;
}

try {
  Deno.exit(await main(Deno.args));
} catch (error) {
  await writeAll(Deno.stderr, new TextEncoder().encode(`crash: ${messageOf(error)}\n`));
  Deno.exit(2);
}
