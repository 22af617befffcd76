/** One publisher, many subscribers, as fast as the broker takes it: the rate is that of deliveries. */
import { acknowledge, LoadConnection } from "./connection.ts";
import { bufferFor, openAll } from "./open.ts";
import { batchOf, type Level, publishFrame } from "./frames.ts";
import { type LoadOptions, type Measured, Run } from "./run.ts";
import type { Target } from "./target.ts";
import { WindowedPublisher } from "./windowed.ts";

/** Messages ahead of the subscribers together: each may have as many waiting. */
const FANOUT_CREDIT = 200;

/** How many subscribers, and what each gets. */
export interface FanoutShape {
  readonly subscribers: number;
  /** The subscribers'; the publisher's is the same. */
  readonly qos: 0 | 1 | 2;
  /** Bytes of payload. */
  readonly size: number;
  /** Half of the subscribers speak the other version. */
  readonly isMixed?: boolean;
}

/** Puts the load on a broker. */
export async function runFanout(options: LoadOptions, shape: FanoutShape): Promise<Measured> {
  const subscribers = await openSubscribers(options.target, shape);
  const publisher = await LoadConnection.open(options.target, "pub");
  const load = new Run(options);
  const frame = publishFrame("bench/fan/out", shape.qos, shape.size, publisher.level);
  const publish = shape.qos === 0
    ? inBatches(load, publisher, subscribers, frame)
    : acknowledged(load, publisher, subscribers, frame);
  try {
    return await load.measure([publish], subscribers.length);
  } finally {
    for (const connection of [...subscribers, publisher]) connection.close();
  }
}

async function openSubscribers(target: Target, shape: FanoutShape): Promise<LoadConnection[]> {
  const open = (name: string, count: number, level: Level | undefined) =>
    openAll(
      { ...target, level },
      name,
      count,
      bufferFor(shape.size),
      (subscriber) => subscriber.subscribe(["bench/fan/#"], shape.qos),
    );
  const others = shape.isMixed ? Math.floor(shape.subscribers / 2) : 0;
  return [
    ...await open("sub", shape.subscribers - others, target.level),
    ...await open("other", others, target.level === 5 ? 4 : 5),
  ];
}

function inBatches(
  load: Run,
  publisher: LoadConnection,
  subscribers: readonly LoadConnection[],
  frame: Uint8Array,
): () => Promise<void> {
  for (const subscriber of subscribers) load.count(subscriber);
  const chunks = [batchOf(frame)];
  return () =>
    load.publishChunks(publisher, chunks, load.received, subscribers.length, FANOUT_CREDIT);
}

function acknowledged(
  load: Run,
  publisher: LoadConnection,
  subscribers: readonly LoadConnection[],
  frame: Uint8Array,
): () => Promise<void> {
  const windowed = new WindowedPublisher(load, publisher, frame);
  for (const subscriber of subscribers) {
    const reading = subscriber.consume((header, buffer, body) => {
      if (!acknowledge(subscriber, header, buffer, body)) return;
      load.received.count++;
      windowed.ahead -= 1 / subscribers.length;
    }, () => {
      subscriber.flush();
      windowed.fill();
    });
    load.watch(reading);
  }
  return () => windowed.run();
}
