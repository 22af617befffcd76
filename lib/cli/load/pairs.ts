/**
 * Publishers, each with one subscriber of its own, as fast as the broker takes it. At QoS 0 a write carries
 * 8 KiB of messages. At QoS 1 and 2 a publisher keeps 100 messages unacknowledged, and every message and
 * every acknowledgement is a write of its own: the dearest way, and what client libraries do.
 */
import { acknowledge, type LoadConnection } from "./connection.ts";
import { bufferFor, openAll } from "./open.ts";
import { batchOf, publishFrame } from "./frames.ts";
import { type LoadOptions, type Measured, Run } from "./run.ts";
import { WindowedPublisher } from "./windowed.ts";

/** What passes between the two of a pair, and how many pairs there are. */
export interface PairsShape {
  readonly pairs: number;
  readonly qos: 0 | 1 | 2;
  /** Bytes of payload. */
  readonly size: number;
  /** The sessions of the subscribers outlive their connections; default false. */
  readonly isKept?: boolean;
}

/** Puts the load on a broker; the rate is that of deliveries. */
export async function runPairs(options: LoadOptions, shape: PairsShape): Promise<Measured> {
  const { pairs, qos, size, isKept = false } = shape;
  const target = { ...options.target, isKept };
  // What an earlier run has left would come first, before anything reads.
  if (isKept) closeAll(await openAll(options.target, "sub", pairs));
  const subscribers = await openAll(target, "sub", pairs, bufferFor(size));
  const publishers = await openAll(options.target, "pub", pairs);
  const load = new Run(options);
  const work = await Promise.all(publishers.map(async (publisher, i) => {
    const topic = `bench/${i}/value`;
    const subscriber = subscribers[i]!;
    await subscriber.subscribe([topic], qos);
    const frame = publishFrame(topic, qos, size, options.target.level);
    if (qos > 0) return acknowledged(load, publisher, subscriber, frame);
    const received = load.count(subscriber);
    return () => load.publishChunks(publisher, [batchOf(frame)], received);
  }));
  try {
    return await load.measure(work);
  } finally {
    closeAll([...subscribers, ...publishers]);
  }
}

function closeAll(connections: readonly LoadConnection[]): void {
  for (const connection of connections) connection.close();
}

/** Both sides of a pair with QoS > 0; returns what starts and ends the publisher. */
function acknowledged(
  load: Run,
  publisher: LoadConnection,
  subscriber: LoadConnection,
  frame: Uint8Array,
): () => Promise<void> {
  const windowed = new WindowedPublisher(load, publisher, frame);
  const reading = subscriber.consume((header, buffer, body) => {
    if (!acknowledge(subscriber, header, buffer, body)) return;
    load.received.count++;
    windowed.ahead--;
  }, () => {
    subscriber.flush();
    windowed.fill();
  });
  load.watch(reading);
  return () => windowed.run();
}
