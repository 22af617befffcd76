/**
 * Logins a second against a database, with and without messages that flow meanwhile:
 *
 *     deno task bench:sources [mysql] [postgres] [redis] [--rate 50000] [--duration 5000]
 *
 * Every login is a connection of its own, and no two under way have the same username, so that each is a question
 * to the database (and one about superusers). The messages come from `midge bench` in a process of its own.
 * Invariant: a login that is refused ends the run; numbers go to stdout.
 */
import { parseArgs } from "node:util";
import { type TcpAddress, tcpTarget } from "../../lib/cli/load/target.ts";
import { LoadConnection } from "../../lib/cli/load/connection.ts";
import { Times } from "../../lib/cli/load/percentiles.ts";
import type { Measured } from "../../lib/cli/load/run.ts";
import { midge } from "../brokers.ts";
import { DATABASES } from "./databases.ts";
import { print } from "../terminal.ts";

const USERS = Array.from({ length: 200 }, (_, index) => `user${index}`);
const PASSWORD = "secret";
/** Logins under way at a time. */
const LANES = 16;
const SMALL_BUFFER = 64;
/** The messages flow from before the logins until after them. Seconds. */
const WARM_UP = 1;
const MARGIN = 2;

/** Logs in for so many milliseconds; `rate` in logins a second, and microseconds to CONNACK. */
async function logIn(address: TcpAddress, duration: number): Promise<Measured> {
  const times = new Times();
  const start = performance.now();
  let count = 0;
  const lane = async () => {
    while (performance.now() < start + duration) {
      const number = count++;
      const username = USERS[number % USERS.length]!;
      const target = { ...tcpTarget(address), username, password: PASSWORD };
      const before = performance.now();
      const connection = await LoadConnection.open(target, `login${number}`, SMALL_BUFFER);
      times.add(performance.now() - before);
      connection.close();
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return { rate: count / (performance.now() - start) * 1000, ...times.percentiles() };
}

/** Messages at this rate, by `midge bench`; ends by itself. */
async function flow(address: TcpAddress, rate: number, duration: number): Promise<Measured> {
  const seconds = duration / 1000 + MARGIN;
  const { stdout, success } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--allow-all", new URL("../../main.ts", import.meta.url).pathname],
      ...["bench", "pairs", "--json", "--quiet", "--rate", String(rate)],
      ...["--warm-up", String(WARM_UP), "--duration", String(seconds)],
      ...["--url", `mqtt://${USERS[0]}:${PASSWORD}@${address.hostname}:${address.port}`],
    ],
    stderr: "inherit",
  }).output();
  if (!success) throw new Error("midge bench failed");
  const told = JSON.parse(new TextDecoder().decode(stdout)) as {
    rate: number;
    microseconds: Measured;
  };
  return { ...told.microseconds, rate: told.rate };
}

function line(what: string, { rate = NaN, p50 = NaN, p99 = NaN }: Measured): void {
  const milliseconds = (time: number) => `${(time / 1000).toFixed(1)} ms`;
  const numbers = `${Math.round(rate)}/s, p50 ${milliseconds(p50)}, p99 ${milliseconds(p99)}`;
  print(`  ${what.padEnd(28)}${numbers}`);
}

async function measure(name: string, rate: number, duration: number): Promise<void> {
  await using database = await DATABASES[name]!(USERS, PASSWORD);
  const broker = await midge(`plugins: ${JSON.stringify({ [name]: database.options })}\n`).start();
  try {
    print(name);
    await logIn(broker.address, WARM_UP * 1000);
    line("logins", await logIn(broker.address, duration));
    const flowing = flow(broker.address, rate, duration);
    flowing.catch(() => {}); // said below
    await new Promise((resolve) => setTimeout(resolve, WARM_UP * 2000));
    line("logins, messages flowing", await logIn(broker.address, duration));
    line("the messages", await flowing);
  } finally {
    await broker.stop();
  }
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rate: { type: "string", default: "50000" },
    duration: { type: "string", default: "5000" },
  },
});
const names = positionals.length > 0 ? positionals : Object.keys(DATABASES);
const unknown = names.find((name) => !Object.hasOwn(DATABASES, name));
if (unknown !== undefined) {
  const text = `${unknown}: expected ${Object.keys(DATABASES).join(", ")}\n`;
  Deno.stderr.writeSync(new TextEncoder().encode(text));
  Deno.exit(2);
}
for (const name of names) await measure(name, Number(values.rate), Number(values.duration));
