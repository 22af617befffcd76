/**
 * Wills of clients that have gone, until they are published: at once, after their delay, or when the session ends,
 * section 3.1.3.2.2. Invariants: a session has one at most; one that is published or whose client has come back waits
 * no more [MQTT-3.1.3-9]; none is published while the broker stops; where memory is short none is kept waiting.
 */
import { type Deadline, Deadlines } from "../deadlines.ts";
import type { MessageProperties } from "../wire/message_properties.ts";
import type { QoS } from "../wire/packets.ts";
import type { ClientInfo } from "./client_info.ts";
import type { Core } from "./core.ts";
import { publishWill } from "./packets/will.ts";
import type { BrokerSession } from "./sessions.ts";

/** A will as it is kept: it owns its bytes. */
export interface ClientWill {
  readonly topicName: string;
  readonly payload: Uint8Array;
  readonly qos: QoS;
  readonly retain: boolean;
  /** Will delay interval, milliseconds. */
  readonly delay: number;
  /** Undefined: its PUBLISH has none. */
  readonly properties: MessageProperties | undefined;
}

interface Waiting {
  readonly session: BrokerSession;
  readonly info: ClientInfo;
  readonly will: ClientWill;
}

/** The wills of one broker. */
export class Wills {
  readonly #core: Core;
  readonly #waiting = new Map<BrokerSession, Deadline<Waiting>>();
  readonly #due = new Deadlines<Waiting>();

  constructor(core: Core) {
    this.#core = core;
  }

  /** A client has gone without taking its will back; its session may have ended with it. */
  left(session: BrokerSession, info: ClientInfo, will: ClientWill): void {
    const { sessions, memory, clock } = this.#core;
    const isKept = sessions.get(session.clientId) === session;
    if (!isKept || will.delay === 0 || memory.keepsNothing) return this.#publish(info, will);
    const due = this.#due.add(clock.now() + will.delay, { session, info, will });
    this.#waiting.set(session, due);
  }

  /** When the session's will is to be published, on the core's clock; undefined: none waits. */
  dueAt(session: BrokerSession): number | undefined {
    return this.#waiting.get(session)?.at;
  }

  /** Its client has come back [MQTT-3.1.3-9]. */
  cancel(session: BrokerSession): void {
    this.#take(session);
  }

  /** The session has ended: its will waits no longer. */
  sessionEnded(session: BrokerSession): void {
    const waiting = this.#take(session);
    if (waiting !== undefined) this.#publish(waiting.info, waiting.will);
  }

  /** Publishes those whose delay is over, at most that many. True: there may be more of them. */
  sweep(now: number, most: number): boolean {
    while (most-- > 0) {
      const waiting = this.#due.next(now);
      if (waiting === undefined) return false;
      this.#waiting.delete(waiting.session);
      this.#publish(waiting.info, waiting.will);
    }
    return true;
  }

  #take(session: BrokerSession): Waiting | undefined {
    const due = this.#waiting.get(session);
    if (due === undefined) return undefined;
    this.#waiting.delete(session);
    this.#due.delete(due);
    return due.item;
  }

  #publish(info: ClientInfo, will: ClientWill): void {
    if (!this.#core.isStopping) publishWill(this.#core, info, will);
  }
}
