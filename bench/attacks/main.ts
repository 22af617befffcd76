/**
 * `deno task attacks [--broker midge|mosquitto|both] [NAME ...]`: does to a broker on loopback what a hostile client can
 * do, and prints as a table what the broker's memory and a quiet client's waits become. Midge's heap is 512 MB, that of
 * a board with 1 GiB. Invariants: one attack at a time, each in front of a fresh broker; every attack has an end.
 */
import { parseArgs } from "node:util";
import { writeAll } from "../../lib/io.ts";
import { tcpTarget } from "../../lib/cli/load/target.ts";
import { type BrokerKind, midge, mosquitto, type RunningBroker } from "../brokers.ts";
import { MemoryProbe } from "../memory.ts";
import { AT_MOST, type Attack } from "./attack.ts";
import { ATTACKS } from "./list.ts";
import { startQuiet } from "./quiet.ts";

const HEAP_MB = 512;
const HEAD =
  "| attack | broker | quiet client: median, p99, longest (ms) | memory: rest, highest, " +
  "after (MB) | what else |\n| --- | --- | --- | --- | --- |\n";

/** The brokers to attack; `undefined` where an attack means nothing. */
function kindsFor(attack: Attack, broker: string): BrokerKind[] {
  const kinds: BrokerKind[] = [];
  if (broker !== "mosquitto") kinds.push(midge(attack.midge, HEAP_MB));
  if (broker !== "midge" && attack.mosquitto !== undefined) {
    kinds.push(mosquitto(attack.mosquitto));
  }
  return kinds;
}

/** One attack on one broker, as a line of the table. */
async function measure(attack: Attack, kind: BrokerKind): Promise<string> {
  await using _beside = attack.beside?.();
  const broker = await kind.start(["tcp", ...attack.doors ?? []]);
  const memory = new MemoryProbe(broker.pid!);
  try {
    const quiet = await startQuiet(broker.address);
    const found = await run(attack, broker);
    const { p50, p99, max, lost } = await quiet.stop();
    const { rest, highest, last } = memory.stop();
    const others = { ...found, ...(lost === 1 && { "quiet client lost": 1 }) };
    const said = Object.entries(others).map(([name, value]) => `${name} ${value}`).join(", ");
    const waits = `${p50}, ${p99}, ${max}`;
    return `| ${attack.name} | ${kind.name} | ${waits} | ${rest}, ${highest}, ${last} | ${said} |\n`;
  } finally {
    memory.stop();
    await broker.stop();
  }
}

async function run(attack: Attack, broker: RunningBroker): Promise<Record<string, number>> {
  const aborter = new AbortController();
  const timer = setTimeout(() => aborter.abort(), AT_MOST);
  const { signal } = aborter;
  try {
    return await attack.run({ broker, target: tcpTarget(broker.address), signal });
  } finally {
    clearTimeout(timer);
  }
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { broker: { type: "string", default: "both" } },
  });
  const unknown = positionals.filter((name) => !ATTACKS.some((one) => one.name === name));
  if (unknown.length > 0) {
    const names = ATTACKS.map(({ name }) => name).join(", ");
    throw new Error(`no such attack: ${unknown.join(", ")}; expected some of ${names}`);
  }
  const wanted = ATTACKS.filter(({ name }) =>
    positionals.length === 0 || positionals.includes(name)
  );
  await print(HEAD);
  for (const attack of wanted) {
    for (const kind of kindsFor(attack, values.broker)) await print(await measure(attack, kind));
  }
  await print(wanted.map(({ name, what }) => `\n- ${name}: ${what}`).join("") + "\n");
}

function print(text: string): Promise<void> {
  return writeAll(Deno.stdout, new TextEncoder().encode(text));
}

await main();
