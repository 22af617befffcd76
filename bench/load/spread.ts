/**
 * 500 publishers that write one message at a time, in turn, and one subscriber: what many small
 * devices look like, and what no broker can make cheaper by batching what it reads.
 */
import { LoadConnection } from "../../lib/cli/load/connection.ts";
import { openAll } from "../../lib/cli/load/open.ts";
import { PAYLOAD_SIZE, publishFrame } from "../../lib/cli/load/frames.ts";
import { CREDIT, type Load, type LoadOptions, type Measured, Run } from "../../lib/cli/load/run.ts";

const PUBLISHERS = 500;
/** Writes under way at once, each of another publisher: waiting for each alone would measure the wait. */
const AT_ONCE = 100;

/** The load. */
export const spread: Load = { name: "spread", run };

async function run(options: LoadOptions): Promise<Measured> {
  const subscriber = await LoadConnection.open(options.target, "sub");
  await subscriber.subscribe(["bench/spread/+"], 0);
  const publishers = await openAll(options.target, "pub", PUBLISHERS, 64);
  const frames = publishers.map(({ level }, i) =>
    publishFrame(`bench/spread/${i}`, 0, PAYLOAD_SIZE, level)
  );
  const load = new Run(options);
  load.count(subscriber);
  const measured = await load.measure([() => inTurn(load, publishers, frames)]);
  for (const connection of [subscriber, ...publishers]) connection.close();
  return measured;
}

async function inTurn(
  load: Run,
  publishers: LoadConnection[],
  frames: Uint8Array[],
): Promise<void> {
  const writes = new Array<Promise<void>>(AT_ONCE);
  for (let next = 0; !load.stopped; next = (next + AT_ONCE) % PUBLISHERS) {
    while (!load.stopped && load.sent - load.received.count > CREDIT) await load.received.changed();
    for (let i = 0; i < AT_ONCE; i++) writes[i] = publishers[next + i]!.write(frames[next + i]!);
    load.sent += AT_ONCE;
    await Promise.all(writes);
  }
}
