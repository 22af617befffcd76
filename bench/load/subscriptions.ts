/**
 * What many subscriptions cost those who do not match them: publishing to the same 100 topics while
 * the broker holds 100 subscriptions, and while it holds 100,000, a fifth of them with wildcards.
 * The two are measured in turn, so that neither gains from a broker that has warmed up.
 */
import { LoadConnection } from "../../lib/cli/load/connection.ts";
import { chunksOf, sensorTopic } from "./topics.ts";
import { type Load, type LoadOptions, type Measured, Run } from "../../lib/cli/load/run.ts";

const TOPICS = 100;
const OTHERS = 100_000 - TOPICS;
const ROUNDS = 3;

/** The load: `few` and `many` in messages a second, `cost` = few / many. */
export const subscriptions: Load = { name: "subscriptions", run };

async function run(options: LoadOptions): Promise<Measured> {
  const names = Array.from({ length: TOPICS }, (_, i) => sensorTopic(i));
  const others = Array.from({ length: OTHERS }, (_, i) => otherFilter(TOPICS + i));
  const holder = await LoadConnection.open(options.target, "holder");
  const few: number[] = [];
  const many: number[] = [];
  let lost = 0;
  for (let round = 0; round < ROUNDS; round++) {
    for (const rates of [few, many]) {
      if (rates === many) await holder.subscribe(others, 0);
      const measured = await publishTo(names, options);
      rates.push(measured["rate"] ?? NaN);
      lost += measured["lost"] ?? NaN;
      if (rates === many) await holder.unsubscribe(others);
    }
  }
  holder.close();
  const [fewRate, manyRate] = [middle(few), middle(many)];
  return { few: fewRate, many: manyRate, cost: fewRate / manyRate, lost };
}

async function publishTo(names: readonly string[], options: LoadOptions): Promise<Measured> {
  const subscriber = await LoadConnection.open(options.target, "sub");
  await subscriber.subscribe(names, 0);
  const publisher = await LoadConnection.open(options.target, "pub");
  const load = new Run(options);
  load.count(subscriber);
  const measured = await load.measure([
    () => load.publishChunks(publisher, chunksOf(names, publisher.level)),
  ]);
  subscriber.close();
  publisher.close();
  return measured;
}

/** Shares its first levels with the published topics and matches none of them. */
function otherFilter(i: number): string {
  if (i % 5 !== 0) return sensorTopic(i);
  return `site/${i % 50}/+/${Math.floor(i / 50) % 50}/other/${i}/#`;
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}
