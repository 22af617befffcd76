/** One publisher, many subscribers, as fast as the broker takes it: the rate is that of deliveries. */
import { acknowledge, LoadConnection } from "./connection.ts";
import { bufferFor, openAll } from "./open.ts";
import { batchOf, packetIdOffset, publishFrame } from "./frames.ts";
import { type LoadOptions, type Measured, Run } from "./run.ts";
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
}

/** Puts the load on a broker. */
export async function runFanout(options: LoadOptions, shape: FanoutShape): Promise<Measured> {
  const subscribers = await openAll(
    options.target,
    "sub",
    shape.subscribers,
    bufferFor(shape.size),
    (subscriber) => subscriber.subscribe(["bench/fan/#"], shape.qos),
  );
  const publisher = await LoadConnection.open(options.target, "pub");
  const load = new Run(options);
  const { level } = options.target;
  const frame = publishFrame("bench/fan/out", shape.qos, shape.size, level);
  const packetIdAt = packetIdOffset(frame, shape.size, level);
  const publish = shape.qos === 0
    ? inBatches(load, publisher, subscribers, frame)
    : acknowledged(load, publisher, subscribers, frame, packetIdAt);
  try {
    return await load.measure([publish], subscribers.length);
  } finally {
    for (const connection of [...subscribers, publisher]) connection.close();
  }
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
  packetIdAt: number,
): () => Promise<void> {
  const windowed = new WindowedPublisher(load, publisher, frame, packetIdAt);
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
