/**
 * Pairs at a given rate: how long messages take while the broker has so much to do, and whether it keeps up.
 * Every message carries its time, and latencies are counted from when it was due, not from when a late
 * generator sent it.
 */
import { acknowledge, type LoadConnection } from "./connection.ts";
import { bufferFor, openAll } from "./open.ts";
import { payloadOf, publishFrame } from "./frames.ts";
import { answer, type Lane, pace, readTime, TIME_BYTES } from "./open_loop.ts";
import type { PairsShape } from "./pairs.ts";
import { Times } from "./percentiles.ts";
import { delay, type LoadOptions, type Measured, Run } from "./run.ts";

export { TIME_BYTES };

/** Pairs, and the messages a second of all together. */
export interface PacedShape extends PairsShape {
  readonly rate: number;
}

/** What is due is sent every millisecond or so. */
const pause = () => delay(1);

/** Puts the load on a broker: `rate` and `lost`, and latencies in microseconds. */
export async function runPaced(options: LoadOptions, shape: PacedShape): Promise<Measured> {
  const { pairs, qos, size } = shape;
  const subscribers = await openAll(options.target, "sub", pairs, bufferFor(size));
  const publishers = await openAll(options.target, "pub", pairs);
  const load = new Run(options);
  const times = new Times();
  const countFrom = performance.now() + options.warmUp;
  await Promise.all(subscribers.map(async (subscriber, i) => {
    await subscriber.subscribe([`bench/${i}/value`], qos);
    receive(load, subscriber, times, countFrom, size);
  }));
  const lanes = publishers.map((publisher, i): Lane => {
    const frame = publishFrame(`bench/${i}/value`, qos, size, publisher.level);
    return { publisher, frame, underWay: 0, packetId: 0 };
  });
  if (qos > 0) lanes.forEach((lane, i) => answer(load, lane, publishers[i]!));
  try {
    const measured = await load.measure([() => pace(load, lanes, { ...shape, pause })]);
    return { ...measured, ...times.percentiles() };
  } finally {
    for (const connection of [...subscribers, ...publishers]) connection.close();
  }
}

function receive(
  load: Run,
  subscriber: LoadConnection,
  times: Times,
  countFrom: number,
  size: number,
): void {
  const reading = subscriber.consume((header, buffer, body) => {
    if (!acknowledge(subscriber, header, buffer, body)) return;
    load.received.count++;
    const payloadAt = payloadOf(header, buffer, body, subscriber.level);
    const now = performance.now();
    if (now >= countFrom && size >= TIME_BYTES) times.add(now - readTime(buffer, payloadAt));
  }, () => subscriber.flush());
  load.watch(reading);
}
