// @ts-check
/**
 * What a view shows of the API, asked for again and again. Invariants: one question at a time for each use; nothing is
 * asked while the page is hidden, nor after its view is gone; what was shown stays while an answer fails.
 */
import { comeback } from "./session.js";
import { useEffect, useRef, useState } from "./vendor.js";

/**
 * @template T
 * @typedef {{ data: T | undefined, error: Error | undefined, isLoading: boolean, refresh: () => void }} Polled
 */

/**
 * Asks at once, and then again `seconds` after each answer.
 * @template T
 * @param {(signal: AbortSignal) => Promise<T>} ask
 * @param {number | ((data: T) => number)} seconds 0: once
 * @param {unknown[]} [about] asks anew, and forgets the answer, when one of these is another
 * @returns {Polled<T>}
 */
export function usePoll(ask, seconds, about = []) {
  const [state, setState] = useState(
    /** @type {{ data?: T, error?: Error, isLoading: boolean }} */ ({ isLoading: true }),
  );
  const again = useRef(() => {});
  useEffect(() => {
    setState({ isLoading: true });
    const poller = new Poller(ask, seconds, setState);
    again.current = () => poller.now();
    return () => poller.stop();
  }, about);
  return {
    data: state.data,
    error: state.error,
    isLoading: state.isLoading,
    refresh: () => again.current(),
  };
}

/** @template T */
class Poller {
  #ask;
  #seconds;
  #show;
  #abort = new AbortController();
  #isAsking = false;
  #isWanted = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #unfollow;
  #onVisible = () => {
    if (!document.hidden && this.#isWanted) this.now();
  };

  /**
   * @param {(signal: AbortSignal) => Promise<T>} ask
   * @param {number | ((data: T) => number)} seconds
   * @param {(change: (before: { data?: T, error?: Error, isLoading: boolean }) => { data?: T, error?: Error, isLoading: boolean }) => void} show
   */
  constructor(ask, seconds, show) {
    this.#ask = ask;
    this.#seconds = seconds;
    this.#show = show;
    this.#unfollow = comeback.follow(() => this.now());
    document.addEventListener("visibilitychange", this.#onVisible);
    this.now();
  }

  stop() {
    this.#abort.abort();
    clearTimeout(this.#timer);
    this.#unfollow();
    document.removeEventListener("visibilitychange", this.#onVisible);
  }

  /** Asks, or once more when the present answer is there. */
  now() {
    clearTimeout(this.#timer);
    this.#isWanted = this.#isAsking || document.hidden;
    if (!this.#isWanted) this.#askOnce();
  }

  async #askOnce() {
    this.#isAsking = true;
    let seconds = 3;
    try {
      const data = await this.#ask(this.#abort.signal);
      if (this.#abort.signal.aborted) return;
      seconds = typeof this.#seconds === "function" ? this.#seconds(data) : this.#seconds;
      this.#show(() => ({ data, isLoading: false }));
    } catch (error) {
      if (this.#abort.signal.aborted) return;
      const failure = error instanceof Error ? error : new Error(String(error));
      this.#show((before) => ({ ...before, error: failure, isLoading: false }));
    }
    this.#isAsking = false;
    if (this.#isWanted) this.now();
    else if (seconds > 0) this.#timer = setTimeout(() => this.now(), seconds * 1_000);
  }
}
