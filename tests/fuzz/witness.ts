/**
 * A pair of clients that do everything right, and a third that comes anew again and again: nothing of theirs may be
 * lost, doubled, disordered or late because of what others send. Invariant: they stay well below what a broker drops.
 */
import { acknowledge, LoadConnection } from "../../lib/cli/load/connection.ts";
import {
  Header,
  type Level as Version,
  packetIdOffset,
  payloadOf,
  publishFrame,
} from "../../lib/cli/load/frames.ts";
import type { Measured } from "../../lib/cli/load/run.ts";
import type { Target } from "../../lib/cli/load/target.ts";
import { messageOf } from "../../lib/user_error.ts";
import { within } from "../support/raw_client.ts";
import { HANG_MS, type Level, LEVELS, Tally } from "./tally.ts";

/** Bytes of payload: the message's number. */
const SIZE = 4;
const PACKET_IDS = 65_535;
const DISCONNECT = Uint8Array.of(Header.DISCONNECT, 0);

/** What a witness has seen. */
export interface Testimony {
  /** A line for each thing that is wrong. */
  readonly findings: readonly string[];
  readonly measured: Measured;
}

/** What the two of a pair speak; they are seldom the same. */
export type Versions = readonly [publisher: Version, subscriber: Version];

/** One witness. */
export class Witness {
  readonly #target: Target;
  readonly #name: string;
  readonly #now: () => number;
  readonly #tally: Tally;
  readonly #hangMs: number;
  readonly #faults: string[] = [];
  readonly #publisher: LoadConnection;
  readonly #subscriber: LoadConnection;
  readonly #reading: Promise<unknown>;
  #packetId = 0;
  #isOver = false;
  /** The longest that a new client waited to be let in, in milliseconds. */
  #longestEntry = 0;

  private constructor(
    target: Target,
    name: string,
    now: () => number,
    [publisher, subscriber]: readonly [LoadConnection, LoadConnection],
    hangMs: number,
  ) {
    this.#tally = new Tally(hangMs);
    this.#hangMs = hangMs;
    this.#target = target;
    this.#name = name;
    this.#now = now;
    this.#publisher = publisher;
    this.#subscriber = subscriber;
    this.#reading = Promise.all([this.#readMessages(), this.#readAnswers()]);
  }

  /** Connects and subscribes; rejects where that takes longer than `hangMs`. */
  static async open(
    target: Target,
    name: string,
    now: () => number = () => performance.now(),
    [first, second]: Versions = [4, 4],
    hangMs = HANG_MS,
  ): Promise<Witness> {
    const inTime = <T>(answer: Promise<T>) => answeredIn(hangMs, answer);
    const subscriber = await inTime(
      LoadConnection.open({ ...target, level: second }, `${name}-in`),
    );
    for (const qos of LEVELS) await inTime(subscriber.subscribe([`${name}/${qos}`], qos));
    const publisher = await inTime(LoadConnection.open({ ...target, level: first }, `${name}-out`));
    return new Witness({ ...target, level: first }, name, now, [publisher, subscriber], hangMs);
  }

  /** Sends a message at each QoS. */
  send(): void {
    for (const qos of LEVELS) {
      const frame = publishFrame(`${this.#name}/${qos}`, qos, SIZE, this.#publisher.level);
      const view = new DataView(frame.buffer);
      const packetId = this.#packetId = this.#packetId % PACKET_IDS + 1;
      if (qos > 0) view.setUint16(packetIdOffset(frame), packetId);
      view.setUint32(frame.length - SIZE, this.#tally.send(qos, this.#now(), packetId));
      this.#publisher.push(frame);
    }
    this.#publisher.flush();
  }

  /** A client comes, is let in and leaves. */
  async enter(): Promise<void> {
    const since = this.#now();
    try {
      const opening = LoadConnection.open(this.#target, `${this.#name}-new`);
      const visitor = await answeredIn(this.#hangMs, opening);
      this.#longestEntry = Math.max(this.#longestEntry, this.#now() - since);
      await visitor.write(DISCONNECT);
      visitor.close();
    } catch (cause) {
      this.#fault(`the witness: a new client was not let in: ${messageOf(cause)}`);
    }
  }

  /** What is wrong already, a line each. */
  get complaints(): readonly string[] {
    return [...this.#faults, ...this.#tally.hanging(this.#now())];
  }

  /** Is everything delivered and acknowledged, or has a connection ended? */
  get isSettled(): boolean {
    return this.#tally.isSettled || this.#faults.length > 0;
  }

  /** Leaves; what has not come by now is lost. */
  async close(): Promise<Testimony> {
    this.#isOver = true;
    for (const one of [this.#publisher, this.#subscriber]) {
      await one.write(DISCONNECT).catch(() => {}); // closed already: that is a fault of its own
      closeQuietly(one);
    }
    await this.#reading;
    return {
      findings: [...this.#faults, ...this.#tally.findings()],
      measured: { ...this.#tally.report(), entry: this.#longestEntry },
    };
  }

  #readMessages(): Promise<void> {
    return this.#read(this.#subscriber, "the subscriber's", (header, buffer, body) => {
      if (!acknowledge(this.#subscriber, header, buffer, body)) return;
      const topicEnd = body + 2 + (buffer[body]! << 8 | buffer[body + 1]!);
      const level = LEVELS.find((qos) => qos === buffer[topicEnd - 1]! - 0x30) ?? 0;
      const at = payloadOf(header, buffer, body, this.#subscriber.level);
      const number = new DataView(buffer.buffer, buffer.byteOffset).getUint32(at);
      this.#tally.receive(level, number, this.#now());
    });
  }

  #readAnswers(): Promise<void> {
    const done = (qos: Level, buffer: Uint8Array, body: number) => {
      this.#tally.acknowledge(qos, buffer[body]! << 8 | buffer[body + 1]!);
      if (buffer[body - 1]! > 2 && buffer[body + 2]! >= 0x80) {
        this.#fault(`the witness: a message was refused with 0x${buffer[body + 2]!.toString(16)}`);
      }
    };
    return this.#read(this.#publisher, "the publisher's", (header, buffer, body) => {
      if (header === Header.PUBACK) done(1, buffer, body);
      else if (header === Header.PUBCOMP) done(2, buffer, body);
      else if (header === Header.PUBREC) this.#publisher.pushAck(Header.PUBREL, buffer, body);
    });
  }

  async #read(
    connection: LoadConnection,
    whose: string,
    onFrame: (header: number, buffer: Uint8Array, body: number) => void,
  ): Promise<void> {
    let why = "";
    try {
      await connection.consume(onFrame, () => connection.flush());
    } catch (cause) {
      why = `: ${messageOf(cause)}`;
    }
    if (!this.#isOver) {
      this.#fault(`the witness: ${whose} connection was ended by the broker${why}`);
    }
  }

  #fault(line: string): void {
    if (!this.#faults.includes(line)) this.#faults.push(line);
  }
}

/** Rejects after that many milliseconds. */
function answeredIn<T>(ms: number, answer: Promise<T>): Promise<T> {
  return within(answer, "the broker's answer", ms);
}

function closeQuietly(connection: LoadConnection): void {
  try {
    connection.close();
  } catch {
    // closed already
  }
}
