/**
 * Promises that a caller may stop waiting for. Invariant: a settled deferred holds no listener on its signal, and
 * settling twice does nothing.
 */

/** A promise with its ends, settled early when the caller's signal fires. */
export class Deferred<T> {
  readonly promise: Promise<T>;
  #resolve!: (value: T) => void;
  #reject!: (reason: unknown) => void;
  #unlisten: (() => void) | undefined;
  isSettled = false;

  /** @param aborted called when the signal fired before anything else settled the promise */
  constructor(signal?: AbortSignal, aborted?: () => void) {
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    if (signal !== undefined) this.#listen(signal, aborted);
  }

  resolve(value: T): void {
    if (this.#settle()) this.#resolve(value);
  }

  reject(reason: unknown): void {
    if (this.#settle()) this.#reject(reason);
  }

  /** Settles as `other` does, unless it is settled before; the result. */
  settledWith(other: Promise<T>): Promise<T> {
    other.then((value) => this.resolve(value), (reason) => this.reject(reason));
    return this.promise;
  }

  #listen(signal: AbortSignal, aborted: (() => void) | undefined): void {
    const onAbort = () => {
      if (this.isSettled) return;
      this.reject(signal.reason);
      aborted?.();
    };
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    this.#unlisten = () => signal.removeEventListener("abort", onAbort);
  }

  #settle(): boolean {
    if (this.isSettled) return false;
    this.isSettled = true;
    this.#unlisten?.();
    return true;
  }
}
