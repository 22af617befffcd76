/** One publisher, one hundred subscribers at QoS 0: the rate is that of deliveries. */
import { Connection, openAll } from "./connection.ts";
import { batchOf, publishFrame } from "./frames.ts";
import { type Load, type LoadOptions, type Measured, Run } from "./run.ts";

const SUBSCRIBERS = 100;
/** Messages ahead of the subscribers together: each may have as many waiting. */
const FANOUT_CREDIT = 200;

/** The load. */
export const fanout: Load = { name: "fanout", run };

async function run(options: LoadOptions): Promise<Measured> {
  const subscribers = await openAll(options.address, "sub", SUBSCRIBERS);
  const publisher = await Connection.open(options.address, "pub");
  const load = new Run(options);
  for (const subscriber of subscribers) {
    await subscriber.subscribe(["bench/fan/#"], 0);
    load.count(subscriber);
  }
  const chunks = [batchOf(publishFrame("bench/fan/out", 0))];
  const publish = () =>
    load.publishChunks(publisher, chunks, load.received, SUBSCRIBERS, FANOUT_CREDIT);
  const measured = await load.measure([publish], SUBSCRIBERS);
  for (const connection of [...subscribers, publisher]) connection.close();
  return measured;
}
