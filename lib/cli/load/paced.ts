/**
 * Pairs at a given rate: how long messages take while the broker has so much to do, and whether it keeps up.
 * Every message carries its time, and latencies are counted from when it was due, not from when a late
 * generator sent it.
 */
import { acknowledge, type LoadConnection } from "./connection.ts";
import { bufferFor, openAll } from "./open.ts";
import { Header, packetIdOffset, payloadOf, publishFrame } from "./frames.ts";
import type { PairsShape } from "./pairs.ts";
import { Times } from "./percentiles.ts";
import { type LoadOptions, type Measured, Run } from "./run.ts";

/** Pairs, and the messages a second of all together. */
export interface PacedShape extends PairsShape {
  readonly rate: number;
}

/** Bytes that a message's time takes in its payload. */
export const TIME_BYTES = 8;
const PACKET_IDS = 60_000;
const SECOND = 1000;

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
    return { publisher, frame, underWay: 0 };
  });
  if (qos > 0) { for (const lane of lanes) answer(load, lane); }
  try {
    const measured = await load.measure([() => pace(load, lanes, shape)]);
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

/** One publisher with its message. */
interface Lane {
  readonly publisher: LoadConnection;
  readonly frame: Uint8Array;
  /** Messages above QoS 0 that are not acknowledged to the end. */
  underWay: number;
}

/** Counts acknowledgements, and ends the publisher's half of QoS 2. */
function answer(load: Run, lane: Lane): void {
  const { publisher } = lane;
  const reading = publisher.consume((header, buffer, body) => {
    if (header >> 4 === Header.PUBREC >> 4) publisher.pushAck(Header.PUBREL, buffer, body);
    else lane.underWay--;
  }, () => publisher.flush());
  load.watch(reading);
}

/** Sends what is due every millisecond or so, the publishers in turn; no more at once than the broker takes. */
async function pace(
  load: Run,
  lanes: readonly Lane[],
  { qos, size, rate }: PacedShape,
): Promise<void> {
  const start = performance.now();
  for (let sent = 0; !load.stopped;) {
    const due = Math.floor((performance.now() - start) * rate / SECOND);
    for (; sent < due; sent++, load.sent++) {
      const lane = lanes[sent % lanes.length]!;
      const { publisher, frame } = lane;
      if (lane.underWay >= publisher.receiveMaximum) break;
      if (qos > 0) {
        number(frame, packetIdOffset(frame), sent);
        lane.underWay++;
      }
      writeTime(frame, frame.length - size, start + sent * SECOND / rate);
      publisher.push(frame);
    }
    for (const { publisher } of lanes) publisher.flush();
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

function number(frame: Uint8Array, at: number, index: number): void {
  const packetId = index % PACKET_IDS + 1;
  frame[at] = packetId >> 8;
  frame[at + 1] = packetId & 0xff;
}

function writeTime(frame: Uint8Array, at: number, time: number): void {
  if (frame.length - at < TIME_BYTES) return;
  new DataView(frame.buffer, frame.byteOffset).setFloat64(at, time);
}

function readTime(buffer: Uint8Array, at: number): number {
  return new DataView(buffer.buffer, buffer.byteOffset).getFloat64(at);
}
