/**
 * A publisher at QoS 1 or 2 that keeps a number of messages unacknowledged. Invariant: it stays as little ahead of
 * its subscribers as brokers queue without dropping.
 */
import type { LoadConnection } from "./connection.ts";
import { Header, packetIdOffset } from "./frames.ts";
import type { Run } from "./run.ts";

const WINDOW = 100;
/**
 * Messages above QoS 0 that a publisher may be ahead of its subscriber: half of what brokers queue for
 * one client by default (1,000), since what is dropped must not count as speed.
 */
const AHEAD = 500;
const PACKET_IDS = 60_000;

/** Sends a new message for each one that is acknowledged to the end. */
export class WindowedPublisher {
  /** Messages sent that the subscriber does not have yet. */
  ahead = 0;
  readonly #load: Run;
  readonly #connection: LoadConnection;
  readonly #frame: Uint8Array;
  readonly #packetIdAt: number;
  readonly #window: number;
  #packetId = 0;
  #underWay = 0;
  #started = false;
  #finished: (() => void) | undefined;

  constructor(load: Run, connection: LoadConnection, frame: Uint8Array) {
    this.#load = load;
    this.#connection = connection;
    this.#frame = frame;
    this.#packetIdAt = packetIdOffset(frame);
    this.#window = Math.min(WINDOW, connection.receiveMaximum);
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
    while (!this.#load.stopped && this.#underWay < this.#window && this.ahead < AHEAD) {
      this.#publish();
    }
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
