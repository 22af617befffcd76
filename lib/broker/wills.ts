/**
 * Wills: of clients that are connected, as far as the journal has to have them, and of those that have gone, until they
 * are published: at once, after their delay, or when the session ends, section 3.1.3.2.2. Invariants: a client id has
 * one at most; one that is published or whose client has come back waits no more [MQTT-3.1.3-9]; none is published
 * while the broker stops: the journal keeps it for the next start; where memory is short none is kept waiting.
 */
import { type Deadline, Deadlines } from "../deadlines.ts";
import type { StoredWill } from "../storage/state.ts";
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
  readonly info: ClientInfo;
  readonly will: ClientWill;
  /** A client that a restart has cut off has time until then to come back, whether its session ends or not. */
  readonly notBefore: number;
}

/** The wills of one broker. */
export class Wills {
  readonly #core: Core;
  /** By client id. */
  readonly #waiting = new Map<string, Deadline<Waiting>>();
  readonly #due = new Deadlines<Waiting>();
  /** By client id, those that the journal has. */
  readonly #recorded = new Map<string, StoredWill>();

  constructor(core: Core) {
    this.#core = core;
  }

  /** A client is let in with a will, which is to outlive a restart. */
  left(info: ClientInfo, will: ClientWill): void {
    this.#record(info, will, undefined);
  }

  /** A client has taken its will back. */
  takenBack({ clientId }: ClientInfo): void {
    this.#forget(clientId, this.#recorded.get(clientId));
  }

  /** A client has gone without taking its will back; its session may have ended with it. */
  due(session: BrokerSession, info: ClientInfo, will: ClientWill): void {
    const { sessions, memory, clock, isStopping } = this.#core;
    if (isStopping) return;
    const isKept = sessions.get(session.clientId) === session;
    if (!isKept || will.delay === 0 || memory.keepsNothing) return this.#publish(info, will);
    this.#wait(clock.now() + will.delay, { info, will, notBefore: -Infinity });
  }

  /**
   * The will of a client that was connected when the broker stopped, or had gone.
   * @param at when it is published
   * @param notBefore when it is published if its session ends before
   */
  restored(info: ClientInfo, will: ClientWill, at: number, notBefore: number): void {
    this.#wait(at, { info, will, notBefore });
  }

  /** When the will of this client id is to be published, on the core's clock; undefined: none waits. */
  dueAt({ clientId }: { readonly clientId: string }): number | undefined {
    return this.#waiting.get(clientId)?.at;
  }

  /** Its client has come back [MQTT-3.1.3-9]. */
  cancel({ clientId }: { readonly clientId: string }): void {
    this.#take(clientId);
    this.#forget(clientId, this.#recorded.get(clientId));
  }

  /** The session has ended: its will waits no longer. */
  sessionEnded({ clientId }: BrokerSession): void {
    if (this.#core.isStopping) return;
    const waiting = this.#take(clientId);
    if (waiting === undefined) return;
    if (waiting.notBefore <= this.#core.clock.now()) this.#publish(waiting.info, waiting.will);
    else this.#wait(waiting.notBefore, waiting);
  }

  /** Publishes those whose delay is over, at most that many. True: there may be more of them. */
  sweep(now: number, most: number): boolean {
    while (most-- > 0) {
      const waiting = this.#due.next(now);
      if (waiting === undefined) return false;
      this.#waiting.delete(waiting.info.clientId);
      this.#publish(waiting.info, waiting.will);
    }
    return true;
  }

  /** Those that the journal has, for an edition of it. */
  recorded(): Iterable<StoredWill> {
    return this.#recorded.values();
  }

  #wait(at: number, waiting: Waiting): void {
    const { info, will } = waiting;
    this.#take(info.clientId);
    this.#waiting.set(info.clientId, this.#due.add(at, waiting));
    this.#record(info, will, at);
  }

  #take(clientId: string): Waiting | undefined {
    const due = this.#waiting.get(clientId);
    if (due === undefined) return undefined;
    this.#waiting.delete(clientId);
    this.#due.delete(due);
    return due.item;
  }

  /** @param at on the core's clock; undefined: its client is connected */
  #record(info: ClientInfo, will: ClientWill, at: number | undefined): void {
    const { journal } = this.#core;
    if (journal === undefined) return;
    const due = at === undefined ? undefined : journal.toStoreTime(at);
    const stored = { client: info, ...will, due };
    this.#recorded.set(info.clientId, stored);
    journal.will(stored);
  }

  #forget(clientId: string, will: StoredWill | undefined): void {
    if (will === undefined || this.#recorded.get(clientId) !== will) return;
    this.#recorded.delete(clientId);
    this.#core.journal?.willGone(clientId);
  }

  /** What it does to others is recorded before it is forgotten. */
  #publish(info: ClientInfo, will: ClientWill): void {
    if (this.#core.isStopping) return;
    const recorded = this.#recorded.get(info.clientId);
    const published = publishWill(this.#core, info, will);
    if (published === undefined) this.#forget(info.clientId, recorded);
    else void published.then(() => this.#forget(info.clientId, recorded));
  }
}
