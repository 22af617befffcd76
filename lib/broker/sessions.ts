/**
 * All sessions of a broker by client id. Invariants: one session per client id [MQTT-3.1.4-2]; a session without a
 * connection has a time from which it expires.
 */
import type { Limits } from "../config/types.ts";
import type { SessionServices } from "../session/services.ts";
import { Session } from "../session/session.ts";
import type { Client } from "./client.ts";
import type { ClientInfo } from "./client_info.ts";

/** A session whose connection is a client of this broker. */
export type BrokerSession = Session<Client, ClientInfo>;

/** Client ids to sessions. */
export class Sessions {
  readonly #limits: () => Limits;
  readonly #services: SessionServices;
  readonly #sessions = new Map<string, BrokerSession>();
  /** Sessions without a connection, the one that ended first in front. */
  readonly #detached = new Set<BrokerSession>();

  /** @param limits those of new sessions */
  constructor(limits: () => Limits, services: SessionServices) {
    this.#limits = limits;
    this.#services = services;
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

  create(clientId: string, cleanSession: boolean): BrokerSession {
    const limits = this.#limits();
    const session = new Session<Client, ClientInfo>(
      clientId,
      cleanSession,
      limits,
      this.#services,
    );
    this.#sessions.set(clientId, session);
    return session;
  }

  attached(session: BrokerSession): void {
    this.#detached.delete(session);
  }

  detached(session: BrokerSession): void {
    this.#detached.add(session);
  }

  delete(session: BrokerSession): void {
    this.#detached.delete(session);
    if (this.#sessions.get(session.clientId) === session) this.#sessions.delete(session.clientId);
  }

  /** Sessions whose connection ended before `time`. */
  *expired(time: number): Generator<BrokerSession> {
    for (const session of this.#detached) {
      if (session.detachedAt > time) return;
      yield session;
    }
  }
}
