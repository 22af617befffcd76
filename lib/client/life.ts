/**
 * A client's life: connect, stay connected, come back with back-off, end. Invariants: one attempt or link at a time;
 * the states follow the diagram below; when it ends, `closed` resolves and `ended` has been told, whatever the reason.
 *
 *     new -> connecting -> connected <-> reconnecting
 *                 \            \             \
 *                  `---------> closed <------'   connected -> disconnecting -> closed -> connecting
 */
import { messageOf, UserError } from "../user_error.ts";
import type { ClientConfig } from "./config_types.ts";
import type { ClientClock } from "./clock.ts";
import { Deferred } from "./deferred.ts";
import { ClientError } from "./errors.ts";
import { isWorthRetrying } from "./retrying.ts";
import type { Link, LinkEnd } from "./link.ts";
import { pause } from "../wait.ts";

/** Where a client is in its life. */
export type ClientState =
  | "new"
  | "connecting"
  | "connected"
  | "reconnecting"
  | "disconnecting"
  | "closed";

/** Why a life ended; undefined: as asked. */
export type LifeError = ClientError | UserError;

/** What a life needs of its client. */
export interface LifeOwner {
  readonly config: ClientConfig;
  readonly clock: ClientClock;
  /** Opens a network connection and sends CONNECT. */
  open(signal: AbortSignal): Promise<Link>;
  stateChanged(state: ClientState, error: LifeError | undefined): void;
  /** Nothing goes on any more. */
  ended(error: LifeError | undefined): Promise<void>;
}

/** A connection that lived so long was none that failed at once, milliseconds. */
const STABLE_MS = 5000;
const SECOND = 1000;
/** Of node:tls; Deno 2.6 has words only. */
const CERTIFICATE_CODE =
  /CERT|^UNABLE_TO_(?:GET_ISSUER|VERIFY)|^SELF_SIGNED|^DEPTH_ZERO|^ERR_SSL_|^HOSTNAME_MISMATCH$/;
const CERTIFICATE_WORDS = /\binvalid peer certificate\b|\bcertificate's altnames\b/;

/** The loop that keeps a client connected. */
export class Life {
  readonly #owner: LifeOwner;
  #state: ClientState = "new";
  #stop = new AbortController();
  #link: Link | undefined;
  #closed: Promise<LifeError | undefined> = Promise.resolve(undefined);
  sessionPresent = false;

  constructor(owner: LifeOwner) {
    this.#owner = owner;
  }

  get state(): ClientState {
    return this.#state;
  }

  /** Resolves when the client is closed; with the error if it was not as asked. */
  get closed(): Promise<LifeError | undefined> {
    return this.#closed;
  }

  /** Begins; resolves when the broker has let the client in, rejects when it gives up before. */
  connect(signal: AbortSignal | undefined): Promise<void> {
    if (this.#state !== "new" && this.#state !== "closed") {
      return Promise.reject(new ClientError("closed", `the client is ${this.#state} already`));
    }
    this.#stop = new AbortController();
    const first = new Deferred<void>(signal, () => this.#stop.abort());
    if (!first.isSettled) {
      this.#enter("connecting");
      this.#closed = this.#live(first);
    }
    return first.promise;
  }

  /** The connection that the broker has let in; undefined: there is none. */
  get link(): Link | undefined {
    return this.#state === "connected" ? this.#link : undefined;
  }

  /**
   * Ends. What is under way on a living connection is finished first.
   * @param settled resolves when nothing is under way any more
   * @param packet DISCONNECT, where it is not the plain one
   */
  async disconnect(
    settled: () => Promise<void>,
    signal: AbortSignal | undefined,
    packet?: Uint8Array,
  ): Promise<void> {
    if (this.#state === "new") this.#enter("closed");
    if (this.#state === "connected") {
      this.#enter("disconnecting");
      await new Deferred<void>(signal).settledWith(settled()).catch(() => {}); // then it is cut short
      await this.#link?.leave(packet);
    }
    this.#stop.abort();
    await this.#closed;
  }

  async #live(first: Deferred<void>): Promise<LifeError | undefined> {
    const error = await this.#keepConnected(first);
    await this.#owner.ended(error);
    this.#enter("closed", error);
    first.reject(error ?? new ClientError("closed", "disconnected before the broker answered"));
    return error;
  }

  /** Resolves with the reason to end. */
  async #keepConnected(first: Deferred<void>): Promise<LifeError | undefined> {
    const { signal } = this.#stop;
    for (let failures = 1;; failures++) {
      const { error, lasted } = await this.#attempt(signal, first);
      if (signal.aborted || this.#state === "disconnecting") return undefined;
      if (lasted >= STABLE_MS) failures = 1;
      if (!this.#shouldRetry(error, failures, !first.isSettled)) return error;
      this.#enter(first.isSettled ? "reconnecting" : "connecting", error);
      try {
        await pause(this.#owner.clock, this.#backoff(failures), signal);
      } catch {
        return undefined; // disconnect was called
      }
    }
  }

  /** One connection from its beginning to its end. */
  async #attempt(
    signal: AbortSignal,
    first: Deferred<void>,
  ): Promise<{ error: LifeError; lasted: number }> {
    try {
      const link = await this.#openLink(signal);
      const since = this.#owner.clock.now();
      if (signal.aborted) await link.leave(); // disconnect came together with CONNACK
      else {
        this.#enter("connected");
        first.resolve();
      }
      const error = errorOf(await link.over);
      return { error, lasted: this.#owner.clock.now() - since };
    } catch (error) {
      return { error: this.#unreachable(error), lasted: 0 };
    } finally {
      this.#link = undefined;
    }
  }

  /** A link that the broker has accepted, within connection_timeout. */
  async #openLink(signal: AbortSignal): Promise<Link> {
    const { connectionTimeout } = this.#owner.config;
    const tooLate = new AbortController();
    const timer = connectionTimeout === Infinity
      ? undefined
      : setTimeout(() => tooLate.abort(noAnswer()), connectionTimeout);
    const either = AbortSignal.any([signal, tooLate.signal]);
    let link: Link | undefined;
    const onAbort = () => link?.abort("no CONNACK in time");
    either.addEventListener("abort", onAbort);
    try {
      link = await this.#owner.open(either);
      either.throwIfAborted();
      this.#link = link;
      this.sessionPresent = await link.accepted();
      return link;
    } catch (error) {
      link?.abort("not accepted");
      if (link !== undefined) await link.over;
      throw either.aborted ? either.reason : error;
    } finally {
      either.removeEventListener("abort", onAbort);
      clearTimeout(timer);
    }
  }

  #shouldRetry(error: LifeError, failures: number, isFirst: boolean): boolean {
    const { autoReconnect, reconnectRetries, connectRetries = reconnectRetries } =
      this.#owner.config;
    const retries = isFirst ? connectRetries : reconnectRetries;
    if (!autoReconnect || failures > retries || error instanceof UserError) return false;
    if (!isWorthRetrying(error)) return false;
    // Once it was let in, a wrong certificate may be that of a portal on the way, or be renewed.
    return !(isFirst && isCertificateFault(error.cause));
  }

  /** 1, 2, 4, ... seconds up to the maximum; up to half of it is left to chance, against stampedes. */
  #backoff(failures: number): number {
    const { config: { reconnectMaxInterval }, clock } = this.#owner;
    const longest = Math.min(reconnectMaxInterval, SECOND * 2 ** (failures - 1));
    return longest * (1 - clock.random() / 2);
  }

  #unreachable(error: unknown): LifeError {
    if (error instanceof ClientError || error instanceof UserError) return error;
    const why = messageOf(error);
    const { name } = this.#owner.config.address;
    return new ClientError("unreachable", `cannot connect to ${name}: ${why}`, { cause: error });
  }

  #enter(state: ClientState, error?: LifeError): void {
    if (this.#state === state && error === undefined) return;
    this.#state = state;
    this.#owner.stateChanged(state, error);
  }
}

function errorOf({ reason, fault, error }: LinkEnd): ClientError {
  if (error !== undefined) return error;
  return fault === undefined
    ? new ClientError("lost", `the connection was lost: ${reason}`)
    : new ClientError("protocol", `the broker broke the protocol: ${reason}`, { cause: fault });
}

/** What is wrong with the broker's certificate, or that it wants one: trying again changes nothing. */
function isCertificateFault(cause: unknown): boolean {
  const { code } = Object(cause) as { code?: unknown };
  return CERTIFICATE_CODE.test(String(code)) || CERTIFICATE_WORDS.test(messageOf(cause));
}

function noAnswer(): ClientError {
  return new ClientError("unreachable", "no answer from the broker within connection_timeout");
}
