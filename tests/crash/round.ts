/**
 * One round: load, the end of the broker at some moment of it, a restart on what is left, more load, and then all that
 * is owed. Invariants: nothing is judged before all is quiet; a broker that ends by itself or does not come back ends the round.
 */
import type { Random } from "../support/random.ts";
import type { BrokerProcess } from "./broker_process.ts";
import type { Cast } from "./cast.ts";
import { check } from "./check.ts";
import type { WillTerms } from "./check_wills.ts";
import { BROKER, type Event, History } from "./history.ts";
import { readRetained } from "./reader.ts";
import { settle } from "./settle.ts";
import type { Violation } from "./violation.ts";
import { delay, type World } from "./world.ts";

/** How the broker is ended. */
export interface Blow {
  readonly name: string;
  /** The broker is gone when it resolves, and its folder is there to start on. */
  strike(broker: BrokerProcess): Promise<void>;
}

/** All that a round needs and leaves as it found it. */
export interface Stage {
  readonly world: World;
  readonly cast: Cast;
  readonly broker: BrokerProcess;
  readonly wills: WillTerms;
}

/** What a round came to. */
export interface RoundResult {
  readonly events: readonly Event[];
  readonly violations: readonly Violation[];
  /** What was done to the broker, with the milliseconds of load before. */
  readonly blows: readonly string[];
  /** Milliseconds of each restart until the port took connections. */
  readonly restarts: readonly number[];
}

/** Load behind the last restart, milliseconds. */
const AFTERWARDS_MS = 300;
/** Before this has happened to the clients the broker is not ended: a busy machine needs longer for it. */
const LEAST_EVENTS = 1500;
const LOOK_MS = 5;

/** Plays a round. @param seconds of load before the broker is ended, at most */
export async function playRound(
  stage: Stage,
  random: Random,
  seconds: number,
  blows: readonly Blow[],
): Promise<RoundResult> {
  const { world, cast, broker, wills } = stage;
  world.history = new History(() => performance.now());
  cast.restate();
  world.isLoading = true;
  const playing = cast.play(random.below(1_000_000));
  const told: string[] = [];
  const restarts: number[] = [];
  const faults: Violation[] = [];
  try {
    for (const [index, blow] of blows.entries()) {
      // The second blow falls while the clients of the first are still coming back.
      const ms = index === 0 ? 200 + random.below(seconds * 1000) : random.below(400);
      const began = performance.now();
      await delay(ms);
      await someLoad(stage);
      told.push(`${blow.name} after ${(performance.now() - began).toFixed(0)} ms`);
      restarts.push(await strike(stage, blow));
    }
    await delay(blows.length === 0 ? seconds * 1000 : AFTERWARDS_MS);
    await someLoad(stage);
    world.isLoading = false;
    await playing;
    await settle(stage);
    await readRetained(world);
  } catch (error) {
    faults.push(faultOf(error, broker, world.history));
    world.isOver = true;
    await playing;
  }
  const { events } = world.history;
  return { events, violations: [...faults, ...check(events, wills)], blows: told, restarts };
}

async function someLoad({ world, broker }: Stage): Promise<void> {
  while (world.history.length < LEAST_EVENTS && !broker.hasEnded) await delay(LOOK_MS);
}

async function strike({ world, broker }: Stage, blow: Blow): Promise<number> {
  if (broker.hasEnded) throw new Error("the broker has ended by itself");
  world.history.add(BROKER, { kind: "down", how: blow.name });
  await blow.strike(broker);
  const ms = await broker.start();
  world.history.add(BROKER, { kind: "up", after: ms });
  await readRetained(world);
  return ms;
}

function faultOf(error: unknown, broker: BrokerProcess, { length }: History): Violation {
  const why = error instanceof Error ? error.message : String(error);
  const came = `${why}; it said last: ${broker.log.split("\n").slice(-8).join("\n    ")}`;
  const promised = "a broker that runs, and starts on what it had stored";
  return { kind: "broker", client: BROKER, topic: "", promised, came, at: length };
}

/** Messages that were acknowledged in a round, and deliveries. */
export function countsOf(events: readonly Event[]): { acknowledged: number; delivered: number } {
  const of = (...kinds: string[]) => events.filter(({ kind }) => kinds.includes(kind)).length;
  return { acknowledged: of("puback", "pubcomp"), delivered: of("delivery") };
}
