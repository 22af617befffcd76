/** What the parts of the comparison share: kinds that take turns, and what a part is. */
import type { Measured } from "../../lib/cli/load/run.ts";
import type { RunningBroker } from "../brokers.ts";
import type { StoringKind } from "./brokers.ts";
import type { Runs } from "./medians.ts";

/** How a part is run. */
export interface PartOptions {
  /** Runs of each broker; undefined: as many as the part thinks right. */
  readonly runs: number | undefined;
  /** Milliseconds a rate is measured. */
  readonly duration: string | undefined;
  /** Where the stores are; undefined: the system's folder for temporary files. */
  readonly dir: string | undefined;
  /** Fires when someone wants it to end. */
  readonly stop: AbortSignal;
  /** Tells of progress. */
  readonly note: (text: string) => void;
}

/** A part: measures, and gives its report in Markdown. */
export type Part = (options: PartOptions) => Promise<string>;

/** Something that can be measured again and again, under its name. */
export interface Side {
  readonly name: string;
  readonly measure: () => Promise<Measured>;
}

/** All sides, run by run; which goes first moves on by one from run to run. */
export async function takeTurns(
  title: string,
  runs: number,
  sides: readonly Side[],
  { note, stop }: Pick<PartOptions, "note" | "stop">,
): Promise<Runs> {
  const results = Object.fromEntries(sides.map(({ name }) => [name, [] as Measured[]]));
  for (let run = 0; run < runs; run++) {
    for (let i = 0; i < sides.length; i++) {
      stop.throwIfAborted();
      const { name, measure } = sides[(run + i) % sides.length]!;
      const measured = await measure();
      results[name]!.push(measured);
      note(`${title} ${run + 1}/${runs} ${name}: ${JSON.stringify(measured)}`);
    }
  }
  return results;
}

/** Kinds that are made one behind the other and disposed together. */
export async function allOf(
  stack: AsyncDisposableStack,
  ...kinds: readonly Promise<StoringKind>[]
): Promise<StoringKind[]> {
  const made = await Promise.all(kinds);
  for (const kind of made) stack.use(kind);
  return made;
}

/** Each kind as a running broker, ended with the stack. */
export async function startAll(
  stack: AsyncDisposableStack,
  kinds: readonly StoringKind[],
): Promise<RunningBroker[]> {
  const running: RunningBroker[] = [];
  for (const kind of kinds) {
    const broker = await kind.start();
    stack.defer(() => broker.stop());
    running.push(broker);
  }
  return running;
}
