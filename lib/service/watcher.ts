/**
 * What a service manager is told of a broker, and when (sd_notify(3)). Invariants: a watchdog's sign is sent only when
 * the broker has done a whole round of its own work since the last one; the status is sent when it has changed.
 */
import type { Clock } from "../clock.ts";
import type { NotifySocket } from "./notify_socket.ts";

/** How much time a start gets while a large store is read; said again every second, microseconds. */
const EXTENSION_US = 120_000_000;
/** How often the status is looked at, milliseconds. */
const STATUS_MS = 10_000;

/** What is watched. */
export interface Watched {
  /** Rises while the broker works. */
  beats(): number;
  /** One line for people. */
  status(): string;
}

/** How it is watched. */
export interface WatcherOptions {
  readonly clock: Clock;
  /** Undefined: no watchdog. */
  readonly watchdogMs: number | undefined;
  /** CLOCK_MONOTONIC in microseconds; undefined where it cannot be read. */
  monotonicUs(): number | undefined;
}

/** Tells the manager. No method throws. */
export class Watcher {
  readonly #socket: NotifySocket;
  readonly #watched: Watched;
  readonly #options: WatcherOptions;
  #stopTimers: (() => void)[] = [];
  #lastBeats: number;
  #lastStatus = "";

  constructor(socket: NotifySocket, watched: Watched, options: WatcherOptions) {
    this.#socket = socket;
    this.#watched = watched;
    this.#options = options;
    this.#lastBeats = watched.beats();
  }

  /** The storage is read: the start takes longer. */
  loading(): void {
    this.#socket.send(`EXTEND_TIMEOUT_USEC=${EXTENSION_US}`, "STATUS=reading the storage");
  }

  /** Listeners are open, and what was stored is back. */
  started(): void {
    this.#ready();
    const { clock, watchdogMs } = this.#options;
    this.#stopTimers = [clock.every(STATUS_MS, () => this.#tellStatus())];
    if (watchdogMs === undefined) return;
    this.#stopTimers.push(clock.every(watchdogMs / 2, () => this.#tellAlive()));
  }

  /** The configuration is read again. */
  reloading(): void {
    const now = this.#options.monotonicUs();
    this.#socket.send("RELOADING=1", ...now === undefined ? [] : [`MONOTONIC_USEC=${now}`]);
  }

  /** It was read, or refused: the broker serves. */
  reloaded(): void {
    this.#ready();
  }

  /** The end begins: the manager waits for it, and for no sign of life. */
  stopping(): void {
    this.#endTimers();
    this.#socket.send("STOPPING=1", "STATUS=stopping");
  }

  /** Nothing is sent from now on. */
  async close(): Promise<void> {
    this.#endTimers();
    await this.#socket.close();
  }

  #endTimers(): void {
    for (const stop of this.#stopTimers) stop();
    this.#stopTimers = [];
  }

  #ready(): void {
    this.#lastStatus = this.#watched.status();
    this.#socket.send("READY=1", `STATUS=${this.#lastStatus}`);
  }

  #tellStatus(): void {
    const status = this.#watched.status();
    if (status === this.#lastStatus) return;
    this.#lastStatus = status;
    this.#socket.send(`STATUS=${status}`);
  }

  #tellAlive(): void {
    const beats = this.#watched.beats();
    if (beats === this.#lastBeats) return;
    this.#lastBeats = beats;
    this.#socket.send("WATCHDOG=1");
  }
}
