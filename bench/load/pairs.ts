/**
 * Ten publishers, each with one subscriber of its own. At QoS 0 a write carries 8 KiB of messages.
 * At QoS 1 and 2 a publisher keeps 100 messages unacknowledged, and every message and every
 * acknowledgement is a write of its own: the dearest way, and what client libraries do.
 */
import { type Connection, openAll } from "./connection.ts";
import { batchOf, Header, packetIdOffset, publishFrame } from "./frames.ts";
import { type Load, type LoadOptions, type Measured, Run } from "./run.ts";

const PAIRS = 10;
const WINDOW = 100;
/**
 * Messages above QoS 0 that a publisher may be ahead of its subscriber: half of what brokers queue for
 * one client by default (1,000), since what is dropped must not count as speed.
 */
const AHEAD = 500;
const PACKET_IDS = 60_000;

/** The load at this QoS. */
export function pairs(qos: 0 | 1 | 2): Load {
  return { name: `pairs-qos${qos}`, run: (options) => run(options, qos) };
}

async function run(options: LoadOptions, qos: number): Promise<Measured> {
  const subscribers = await openAll(options.address, "sub", PAIRS);
  const publishers = await openAll(options.address, "pub", PAIRS);
  const load = new Run(options);
  const work = await Promise.all(publishers.map(async (publisher, i) => {
    const topic = `bench/${i}/value`;
    const subscriber = subscribers[i]!;
    await subscriber.subscribe([topic], qos);
    const frame = publishFrame(topic, qos);
    if (qos > 0) return acknowledged(load, publisher, subscriber, frame);
    const received = load.count(subscriber);
    return () => load.publishChunks(publisher, [batchOf(frame)], received);
  }));
  const measured = await load.measure(work);
  for (const connection of [...subscribers, ...publishers]) connection.close();
  return measured;
}

/** Both sides of a pair with QoS > 0; returns what starts and ends the publisher. */
function acknowledged(
  load: Run,
  publisher: Connection,
  subscriber: Connection,
  frame: Uint8Array,
): () => Promise<void> {
  const windowed = new WindowedPublisher(load, publisher, frame);
  void subscriber.consume((header, buffer, body) => {
    switch (header >> 4) {
      case Header.PUBLISH >> 4: {
        const packetId = body + 2 + (buffer[body]! << 8 | buffer[body + 1]!);
        const qos1 = (header & 0x06) === 0x02;
        subscriber.pushAck(qos1 ? Header.PUBACK : Header.PUBREC, buffer, packetId);
        load.received.count++;
        windowed.ahead--;
        break;
      }
      case Header.PUBREL >> 4:
        subscriber.pushAck(Header.PUBCOMP, buffer, body);
    }
  }, () => {
    subscriber.flush();
    windowed.fill();
  });
  return () => windowed.run();
}

/** Sends a new message for each one that is acknowledged to the end. */
class WindowedPublisher {
  /** Messages sent that the subscriber does not have yet. */
  ahead = 0;
  readonly #load: Run;
  readonly #connection: Connection;
  readonly #frame: Uint8Array;
  readonly #packetIdAt: number;
  #packetId = 0;
  #underWay = 0;
  #started = false;
  #finished: (() => void) | undefined;

  constructor(load: Run, connection: Connection, frame: Uint8Array) {
    this.#load = load;
    this.#connection = connection;
    this.#frame = frame;
    this.#packetIdAt = packetIdOffset(frame);
  }

  /** Resolves when the run was stopped and everything is acknowledged. */
  run(): Promise<void> {
    return new Promise((resolve) => {
      this.#started = true;
      this.#finished = resolve;
      const closed = this.#connection.consume(
        (header, buffer, body) => this.#acknowledge(header, buffer, body),
        () => this.fill(),
      );
      closed.then(resolve, resolve);
      this.fill();
    });
  }

  /** Sends as much as the window and the subscriber's pace allow. */
  fill(): void {
    if (!this.#started) return;
    while (!this.#load.stopped && this.#underWay < WINDOW && this.ahead < AHEAD) this.#publish();
    this.#connection.flush();
    if (this.#load.stopped && this.#underWay === 0) this.#finished?.();
  }

  #publish(): void {
    this.#packetId = this.#packetId % PACKET_IDS + 1;
    this.#frame[this.#packetIdAt] = this.#packetId >> 8;
    this.#frame[this.#packetIdAt + 1] = this.#packetId & 0xff;
    this.#connection.push(this.#frame);
    this.#underWay++;
    this.ahead++;
    this.#load.sent++;
  }

  #acknowledge(header: number, buffer: Uint8Array, body: number): void {
    switch (header >> 4) {
      case Header.PUBACK >> 4:
      case Header.PUBCOMP >> 4:
        this.#underWay--;
        break;
      case Header.PUBREC >> 4:
        this.#connection.pushAck(Header.PUBREL, buffer, body);
    }
  }
}
