/**
 * `deno task bench:scenarios`: scenarios under the names that others publish, as open loops, on Midge, mosquitto and the
 * peers that are there. Invariants: each broker is a fresh process for each scenario, the generator another; what fails
 * is told in its row and the rest goes on.
 *
 *     deno task bench:scenarios [--only NAME]... [--peers [FOLDER]] [--duration MS] [--write]
 *
 * `--only` takes the beginning of a name; `limit` is the generator's own. `--write` puts what was run into
 * docs/BENCHMARKS.md.
 */
import { parseArgs } from "node:util";
import type { Measured } from "../../lib/cli/load/run.ts";
import { messageOf } from "../../lib/user_error.ts";
import { type BrokerKind, midge, mosquitto } from "../brokers.ts";
import { writePart } from "../parts.ts";
import { bareProgram } from "../limits/bare_program.ts";
import { folderOf, peerKinds, withPeersFolder } from "../peers/kind.ts";
import { note, print, stopSignal } from "../terminal.ts";
import { conditions } from "./conditions.ts";
import { LeftOut } from "./left_out.ts";
import { type Scenario, scenariosNamed } from "./list.ts";
import { limits } from "./limits.ts";
import { limitPart, type Outcome, scenarioPart } from "./table.ts";
import { runOn } from "./run_on.ts";

const PAGE = new URL("../../docs/BENCHMARKS.md", import.meta.url);
/** Room for what the scenarios keep. */
const MIDGE_MORE = "max_retained: 200000\n";
const LIMIT = "limit";
/** What Deno itself costs. */
const BARE = bareProgram("bare.ts");

const { values } = parseArgs({
  args: withPeersFolder(Deno.args),
  options: {
    only: { type: "string", multiple: true },
    peers: { type: "string" },
    duration: { type: "string", default: "3000" },
    write: { type: "boolean", default: false },
  },
});

async function main(): Promise<void> {
  const stop = stopSignal();
  const names = values.only?.filter((name) => name !== LIMIT);
  const scenarios = names?.length === 0 ? [] : scenariosNamed(names);
  const own = [mosquitto(), midge(MIDGE_MORE)];
  const kinds = [...own, ...await peerKinds(values.peers, note)];
  await show("conditions", await conditions(kinds.map(({ name }) => name), folderOf(values.peers)));
  if (values.only?.includes(LIMIT) ?? true) await show(LIMIT, limitPart(await limits(note)));
  for (const scenario of scenarios) {
    const outcomes = await outcomesOf(scenario, kindsFor(scenario, own, kinds), stop);
    await show(scenario.name, scenarioPart(scenario, outcomes));
  }
}

function kindsFor(
  { isOwn, isPlain }: Scenario,
  own: readonly BrokerKind[],
  all: readonly BrokerKind[],
) {
  return [...isOwn ? own : all, ...isPlain ? [BARE] : []];
}

const leftOut = new LeftOut();

async function outcomesOf(
  scenario: Scenario,
  kinds: readonly BrokerKind[],
  stop: AbortSignal,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const kind of kinds) {
    stop.throwIfAborted();
    const measured: Measured | string = leftOut.reasonFor(kind.name) ??
      await runOn(kind, scenario, values.duration, stop).catch((error) => messageOf(error));
    stop.throwIfAborted();
    const outcome = { broker: kind.name, measured };
    leftOut.add(scenario.name, outcome);
    outcomes.push(outcome);
    note(`${scenario.name} ${kind.name}: ${JSON.stringify(measured)}`);
  }
  return outcomes;
}

/** A part at once, so that one that is stopped has what was done. */
async function show(name: string, part: string): Promise<void> {
  if (!values.write) return print(`${part}\n`);
  await writePart(PAGE, name, part);
}

try {
  await main();
} catch (error) {
  note(`bench:scenarios: ${messageOf(error)}`);
  Deno.exitCode = 1;
}
Deno.exit();
