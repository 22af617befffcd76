/**
 * Whose a session is: its client id, the present or last client, and the connection that has adopted it. Invariant: it
 * has the time of the last connection's end just while there is none.
 */
import type { SessionJournal } from "./journal.ts";

/** `Connection` is what a connection is to the owner of sessions, `Holder` what the owner knows of a client. */
export class OwnedSession<Connection, Holder> {
  readonly clientId: string;
  /**
   * How long it is kept without a connection, milliseconds: 0 ends it with its connection, Infinity never does. Its
   * owner may keep it for less.
   */
  expiryInterval: number;
  /** Where it is written down, from before its first change on; undefined: nowhere. */
  journal: SessionJournal<Holder> | undefined = undefined;
  #holder: Holder | undefined = undefined;
  #connection: Connection | undefined = undefined;
  #detachedAt = NaN;

  constructor(clientId: string, expiryInterval: number) {
    this.clientId = clientId;
    this.expiryInterval = expiryInterval;
  }

  /** The present or last client. */
  get holder(): Holder | undefined {
    return this.#holder;
  }

  /** The connection that has adopted the session and has not ended. */
  get connection(): Connection | undefined {
    return this.#connection;
  }

  /** When the last connection ended, for expiry; NaN while one is there. */
  get detachedAt(): number {
    return this.#detachedAt;
  }

  /** A connection makes the session its own; nothing is delivered before `attach`. */
  adopt(connection: Connection, holder: Holder, expiryInterval: number): void {
    this.#connection = connection;
    this.#detachedAt = NaN;
    this.#holder = holder;
    this.expiryInterval = expiryInterval;
    this.journal?.adopted(holder, expiryInterval);
  }

  /** The connection has ended. */
  protected left(now: number): void {
    this.#connection = undefined;
    this.#detachedAt = now;
    this.journal?.left(now, this.expiryInterval);
  }

  /** As it was when the broker stopped. */
  protected restoreOwner(holder: Holder, detachedAt: number): void {
    this.#holder = holder;
    this.#detachedAt = detachedAt;
  }
}
