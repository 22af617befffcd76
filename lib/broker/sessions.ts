/**
 * All sessions of a broker by client id. Invariants: one session per client id [MQTT-3.1.4-2]; a session without a
 * connection has a time from which it expires, if it ever does.
 */
import type { Limits } from "../config/types.ts";
import { type Deadline, Deadlines } from "../deadlines.ts";
import type { SessionJournal } from "../session/journal.ts";
import type { SessionServices } from "../session/services.ts";
import { Session } from "../session/session.ts";
import type { Client } from "./client.ts";
import type { ClientInfo } from "./client_info.ts";

/** A session whose connection is a client of this broker. */
export type BrokerSession = Session<Client, ClientInfo>;

/** The journal of a session that is to outlive its connection; undefined: there is none. */
type JournalFor = (session: BrokerSession) => SessionJournal<ClientInfo> | undefined;

/** Client ids to sessions. */
export class Sessions {
  readonly #limits: () => Limits;
  readonly #services: SessionServices;
  readonly #journalFor: JournalFor;
  readonly #sessions = new Map<string, BrokerSession>();
  /** Sessions without a connection, with the time of their end; undefined: they are kept for ever. */
  readonly #detached = new Map<BrokerSession, Deadline<BrokerSession> | undefined>();
  #ends = new Deadlines<BrokerSession>();
  /** How many have ended since their time was over. */
  expired = 0;
  /** The longest interval that the ends follow. */
  #longest: number | undefined;

  /** @param limits those of new sessions, and the longest time that one is kept; they may change */
  constructor(limits: () => Limits, services: SessionServices, journalFor: JournalFor) {
    this.#limits = limits;
    this.#services = services;
    this.#journalFor = journalFor;
  }

  get size(): number {
    return this.#sessions.size;
  }

  get detachedCount(): number {
    return this.#detached.size;
  }

  all(): IterableIterator<BrokerSession> {
    return this.#sessions.values();
  }

  get(clientId: string): BrokerSession | undefined {
    return this.#sessions.get(clientId);
  }

  create(clientId: string, expiryInterval: number): BrokerSession {
    const session = this.restore(clientId, expiryInterval);
    if (expiryInterval > 0) session.journal = this.#journalFor(session);
    return session;
  }

  /** One that was there before a restart; it has neither client nor journal yet. */
  restore(clientId: string, expiryInterval: number): BrokerSession {
    const session = this.unlisted(clientId, expiryInterval);
    this.#sessions.set(clientId, session);
    return session;
  }

  /** One that has ended, and has messages to give to others. */
  unlisted(clientId: string, expiryInterval: number): BrokerSession {
    return new Session<Client, ClientInfo>(
      clientId,
      expiryInterval,
      this.#limits(),
      this.#services,
    );
  }

  attached(session: BrokerSession): void {
    const end = this.#detached.get(session);
    if (end !== undefined) this.#ends.delete(end);
    this.#detached.delete(session);
  }

  detached(session: BrokerSession): void {
    this.#detached.set(session, this.#endOf(session));
  }

  delete(session: BrokerSession): void {
    this.attached(session);
    if (this.#sessions.get(session.clientId) === session) this.#sessions.delete(session.clientId);
  }

  /** How long a session without a connection is kept, milliseconds: as its client asked, or as long as any is. */
  keptFor({ expiryInterval }: BrokerSession): number {
    return Math.min(expiryInterval, this.#limits().sessionExpiryInterval);
  }

  /** A session without a connection whose time is over; undefined: there is none (any more). It is still listed. */
  nextExpired(now: number): BrokerSession | undefined {
    const { sessionExpiryInterval } = this.#limits();
    if (this.#longest !== sessionExpiryInterval) this.#followLimit(sessionExpiryInterval);
    return this.#ends.next(now);
  }

  /** A reload may have changed how long sessions are kept at most. */
  #followLimit(longest: number): void {
    this.#longest = longest;
    this.#ends = new Deadlines();
    for (const session of this.#detached.keys()) this.detached(session);
  }

  #endOf(session: BrokerSession): Deadline<BrokerSession> | undefined {
    const end = session.detachedAt + this.keptFor(session);
    return end === Infinity ? undefined : this.#ends.add(end, session);
  }
}
