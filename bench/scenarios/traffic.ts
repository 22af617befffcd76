/** Messages that are due at fixed times, on one broker. Invariant: what was sent and has not arrived in time is told. */
import { acknowledge, LoadConnection } from "../../lib/cli/load/connection.ts";
import { payloadOf, publishFrame } from "../../lib/cli/load/frames.ts";
import { bufferFor, openAll } from "../../lib/cli/load/open.ts";
import { answer, type Lane, pace, readTime } from "../../lib/cli/load/open_loop.ts";
import { type LoadOptions, type Measured, Run } from "../../lib/cli/load/run.ts";
import { startBeside } from "./beside.ts";
import { Histogram } from "./histogram.ts";
import type { Traffic } from "./list.ts";
import { LoopTurns } from "./loop_turns.ts";

/** Bytes: with a thousand of them the generator's own buffers must not fill its caches. */
const SMALL_BUFFER = 8192;

/**
 * Puts the traffic on a broker: `offered` and `rate` (deliveries a second), `lost`, latencies from when a message was due
 * (`p50`, `p99`, `p999`, `max`), and how late the generator itself was (`late50`, `late99`). Microseconds.
 */
export async function runTraffic(options: LoadOptions, traffic: Traffic): Promise<Measured> {
  const target = { ...options.target, gathers: traffic.gathers === true };
  const { subscribers: many, publishers: count, qos, size, rate, perMessage } = traffic;
  const buffer = many > 10 ? Math.max(SMALL_BUFFER, 2 * size) : bufferFor(size);
  const subscribe = (connection: LoadConnection, i: number) =>
    connection.subscribe([traffic.filter(i)], qos);
  await using beside = await startBeside(target, traffic);
  const subscribers = await openAll(target, "sub", many, buffer, subscribe);
  const publishers = await openAll(target, "pub", count, SMALL_BUFFER);
  const [load, times, late] = [new Run(options), new Histogram(), new Histogram()];
  const from = performance.now() + options.warmUp;
  for (const subscriber of subscribers) receive(load, subscriber, times, from);
  const lanes = publishers.map((publisher, i): Lane => ({
    publisher,
    frame: publishFrame(traffic.topic(i), qos, size, publisher.level),
    underWay: 0,
    packetId: 0,
  }));
  if (qos > 0) lanes.forEach((lane, i) => answer(load, lane, publishers[i]!));
  using turns = await LoopTurns.open();
  const shape = { qos, size, rate, pause: (next: number) => turns.until(next) };
  try {
    beside.begin(options.warmUp, options.duration);
    const run = () => pace(load, lanes, { ...shape, late: (by) => late.add(by) });
    const measured = await load.measure([run], perMessage);
    const lateness = { late50: late.at(0.5), late99: late.at(0.99) };
    const offered = rate * perMessage;
    return {
      offered,
      ...measured,
      ...times.percentiles(),
      ...lateness,
      ...await beside.measured(),
    };
  } finally {
    for (const connection of [...subscribers, ...publishers]) connection.close();
  }
}

function receive(load: Run, subscriber: LoadConnection, times: Histogram, from: number): void {
  const reading = subscriber.consume((header, buffer, body) => {
    if (!acknowledge(subscriber, header, buffer, body)) return;
    load.received.count++;
    const now = performance.now();
    if (now < from) return;
    times.add(now - readTime(buffer, payloadOf(header, buffer, body, subscriber.level)));
  }, () => subscriber.flush());
  load.watch(reading);
}
