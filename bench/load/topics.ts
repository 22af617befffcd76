/**
 * 10,000 topics published in turn, each with one exact subscription: no topic repeats before all
 * others had their turn, so nothing that remembers only the last topic helps.
 */
import { LoadConnection } from "../../lib/cli/load/connection.ts";
import { type Level, PAYLOAD_SIZE, publishFrame } from "../../lib/cli/load/frames.ts";
import { type Load, type LoadOptions, type Measured, Run } from "../../lib/cli/load/run.ts";

const TOPICS = 10_000;
/** Messages in one write: about 8 KiB. */
const PER_WRITE = 80;

/** The load. */
export const topics: Load = { name: "topics", run };

async function run(options: LoadOptions): Promise<Measured> {
  const names = Array.from({ length: TOPICS }, (_, i) => sensorTopic(i));
  const subscriber = await LoadConnection.open(options.target, "sub");
  await subscriber.subscribe(names, 0);
  const publisher = await LoadConnection.open(options.target, "pub");
  const load = new Run(options);
  load.count(subscriber);
  const chunks = chunksOf(names, options.target.level);
  const measured = await load.measure([() => load.publishChunks(publisher, chunks)]);
  subscriber.close();
  publisher.close();
  return measured;
}

/** Writes that publish each of these topics once, in this order. */
export function chunksOf(
  names: readonly string[],
  level?: Level,
): { bytes: Uint8Array; count: number }[] {
  const chunks = [];
  for (let at = 0; at < names.length; at += PER_WRITE) {
    const frames = names.slice(at, at + PER_WRITE).map((name) =>
      publishFrame(name, 0, PAYLOAD_SIZE, level)
    );
    chunks.push({ bytes: concat(frames), count: frames.length });
  }
  return chunks;
}

/** The i-th of many topics that share their first levels. */
export function sensorTopic(i: number): string {
  return `site/${i % 50}/line/${Math.floor(i / 50) % 50}/sensor/${i}`;
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
