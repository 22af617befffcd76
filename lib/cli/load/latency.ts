/**
 * How long a message takes from before the publisher's write to after the subscriber's read: one message at a
 * time, the next when it has arrived and is acknowledged.
 */
import { acknowledge, LoadConnection } from "./connection.ts";
import { bufferFor } from "./open.ts";
import type { Target } from "./target.ts";
import { Header, packetIdOffset, publishFrame } from "./frames.ts";
import { Times } from "./percentiles.ts";
import type { Measured } from "./run.ts";

/** What is sent, and how often. */
export interface LatencyShape {
  readonly qos: 0 | 1 | 2;
  /** Bytes of payload. */
  readonly size: number;
  readonly messages: number;
  /** Messages before those that count. */
  readonly warmUp: number;
}

/** Times in microseconds. */
export async function timeMessages(
  target: Target,
  shape: LatencyShape,
  progress?: (timed: number) => void,
): Promise<Measured> {
  const { qos, size, messages, warmUp } = shape;
  const topic = "bench/latency";
  const subscriber = await LoadConnection.open(target, "latency-sub", bufferFor(size));
  await subscriber.subscribe([topic], qos);
  const publisher = await LoadConnection.open(target, "latency-pub");
  const frame = publishFrame(topic, qos, size, target.level);
  const stopwatch = new Stopwatch(publisher, subscriber, frame, qos);
  const times = new Times();
  try {
    for (let i = 0; i < warmUp + messages; i++) {
      const time = await stopwatch.timeOne();
      if (i < warmUp) continue;
      times.add(time);
      progress?.(i - warmUp + 1);
    }
  } finally {
    subscriber.close();
    publisher.close();
  }
  return times.percentiles();
}

/** Sends one message and waits for it. */
class Stopwatch {
  readonly #publisher: LoadConnection;
  readonly #frame: Uint8Array;
  readonly #qos: number;
  readonly #packetIdAt: number;
  #packetId = 0;
  /** What is still to come: the message, and its acknowledgement above QoS 0. */
  #missing = 0;
  #arrivedAt = 0;
  #wake: (() => void) | undefined;
  #failure: Error | undefined;

  constructor(
    publisher: LoadConnection,
    subscriber: LoadConnection,
    frame: Uint8Array,
    qos: number,
  ) {
    this.#publisher = publisher;
    this.#frame = frame;
    this.#qos = qos;
    this.#packetIdAt = packetIdOffset(frame);
    this.#watch(subscriber.consume((header, buffer, body) => {
      if (!acknowledge(subscriber, header, buffer, body)) return;
      this.#arrivedAt = performance.now();
      this.#missing--;
    }, () => this.#afterRead(subscriber)));
    if (qos === 0) return;
    this.#watch(publisher.consume((header, buffer, body) => {
      const type = header >> 4;
      if (type === Header.PUBREC >> 4) publisher.pushAck(Header.PUBREL, buffer, body);
      else if (type === Header.PUBACK >> 4 || type === Header.PUBCOMP >> 4) this.#missing--;
    }, () => this.#afterRead(publisher)));
  }

  /** Milliseconds. */
  async timeOne(): Promise<number> {
    if (this.#failure !== undefined) throw this.#failure;
    this.#missing = this.#qos === 0 ? 1 : 2;
    if (this.#qos > 0) this.#numberFrame();
    const arrived = new Promise<void>((resolve) => this.#wake = resolve);
    const start = performance.now();
    this.#publisher.push(this.#frame);
    this.#publisher.flush();
    await arrived;
    if (this.#failure !== undefined) throw this.#failure;
    return this.#arrivedAt - start;
  }

  #numberFrame(): void {
    this.#packetId = this.#packetId % 65_535 + 1;
    this.#frame[this.#packetIdAt] = this.#packetId >> 8;
    this.#frame[this.#packetIdAt + 1] = this.#packetId & 0xff;
  }

  #afterRead(connection: LoadConnection): void {
    connection.flush();
    if (this.#missing === 0) this.#wake?.();
  }

  #watch(reading: Promise<void>): void {
    const fail = (error: Error) => {
      this.#failure ??= error;
      this.#wake?.();
    };
    reading.then(() => fail(new Error("the broker closed a connection")), fail);
  }
}
