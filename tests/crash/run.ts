/**
 * A run of rounds on one store that goes on from round to round. Invariants: everything that is random follows from the
 * seed; after a round with a fault the next one begins anew, so that no fault is counted twice.
 */
import { Random } from "../support/random.ts";
import { type BrokerName, BrokerProcess, WILL_GRACE_MS } from "./broker_process.ts";
import { Cast, OBSERVER, type Size } from "./cast.ts";
import { History } from "./history.ts";
import type { LoopDisk } from "./loop_disk.ts";
import { type Blow, playRound, type RoundResult, type Stage } from "./round.ts";
import type { World } from "./world.ts";

/** How rounds end the broker. */
export const SIGNALS = ["kill", "term", "mixed", "none"] as const;

/** What to run. */
export interface RunOptions {
  readonly broker: BrokerName;
  readonly rounds: number;
  readonly seed: number;
  /** Of load before the broker is ended, at most. */
  readonly seconds: number;
  readonly signal: typeof SIGNALS[number];
  /** The store lies on it, and its power is cut in place of a signal. */
  readonly disk?: LoopDisk | undefined;
  readonly size?: Size;
}

const SIZE: Size = { publishers: 6, subscribers: 8 };

const KILL: Blow = { name: "SIGKILL", strike: (broker) => broker.end("SIGKILL") };
const TERM: Blow = { name: "SIGTERM", strike: (broker) => broker.end("SIGTERM") };

function powerCut(disk: LoopDisk): Blow {
  const strike = async (broker: BrokerProcess) => {
    await disk.cut(broker.pid);
    await broker.gone();
    await disk.repair();
  };
  return { name: "power cut", strike };
}

/** Told of each round when it is over. */
export type Report = (round: number, result: RoundResult) => Promise<void>;

/** Plays the rounds. */
export async function run(options: RunOptions, report: Report): Promise<void> {
  for (let round = 1; round <= options.rounds;) {
    const folder = options.disk === undefined
      ? await Deno.makeTempDir({ prefix: "midge_crash_" })
      : `${options.disk.mount}/from-${round}`;
    await Deno.mkdir(`${folder}/data`, { recursive: true });
    try {
      round = await playFrom(round, `${folder}/data`, options, report);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  }
}

/** Plays rounds on an empty folder until one has a fault, or all are played; the number of the next one. */
async function playFrom(
  first: number,
  folder: string,
  options: RunOptions,
  report: Report,
): Promise<number> {
  await using broker = new BrokerProcess(options.broker, folder);
  const stage = stageOf(broker, options);
  await broker.start();
  let round = first;
  for (let isSound = true; isSound && round <= options.rounds; round++) {
    const random = new Random(options.seed * 1000 + round);
    const result = await playRound(stage, random, options.seconds, blowsOf(options, random));
    isSound = result.violations.length === 0;
    await report(round, result);
  }
  stage.world.isOver = true;
  await stage.cast.leave();
  return round;
}

function stageOf(broker: BrokerProcess, { broker: name, size = SIZE }: RunOptions): Stage {
  const history = new History(() => performance.now());
  const world: World = { history, address: broker.address, isLoading: false, isOver: false };
  const grace = name === "midge" ? WILL_GRACE_MS : undefined;
  return { world, cast: new Cast(world, size), broker, wills: { observer: OBSERVER, grace } };
}

/** One, or two where the broker is ended again while its clients come back. */
function blowsOf({ signal, disk }: RunOptions, random: Random): Blow[] {
  if (disk === undefined && signal === "none") return [];
  const draw = () => {
    if (disk !== undefined) return powerCut(disk);
    if (signal === "mixed") return random.oneIn(3) ? TERM : KILL;
    return signal === "term" ? TERM : KILL;
  };
  return random.oneIn(4) ? [draw(), draw()] : [draw()];
}
