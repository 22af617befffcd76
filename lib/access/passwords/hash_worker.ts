/**
 * The main thread's end of worker.ts: starts the worker at the first call and ends it when it was idle
 * for a while, for it costs 13 MB. Invariant: one call at a time, and every call settles, also when
 * the worker dies.
 */
import { checkDescriptors } from "./descriptors.ts";
import type { HashJob, HashReply, HashRequest } from "./worker.ts";

interface Pending {
  resolve(value: boolean | string): void;
  reject(error: Error): void;
}

/** A worker that is there when it is needed. */
export class HashWorker {
  readonly #idleTimeout: number;
  readonly #pending = new Map<number, Pending>();
  #worker: Worker | undefined;
  #idleTimer: ReturnType<typeof setTimeout> | undefined;
  #lastId = 0;

  /** @param idleTimeout Milliseconds without a call after which the worker ends. */
  constructor(idleTimeout: number) {
    this.#idleTimeout = idleTimeout;
  }

  /** Is a worker running, busy or idle? */
  get running(): boolean {
    return this.#worker !== undefined;
  }

  /** Rejects with the worker's error message, or when the worker dies, cannot be started or is disposed. */
  async call(job: HashJob): Promise<boolean | string> {
    clearTimeout(this.#idleTimer);
    const worker = this.#worker ??= this.#start();
    const id = ++this.#lastId;
    return await new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      worker.postMessage({ ...job, id } satisfies HashRequest);
    });
  }

  /** Ends the worker; calls under way are rejected. */
  dispose(): void {
    this.#end(new Error("the password worker was stopped"));
  }

  #start(): Worker {
    checkDescriptors();
    const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }: MessageEvent<HashReply>) => this.#settle(data);
    worker.onerror = (event) => {
      event.preventDefault();
      this.#end(new Error(`the password worker failed: ${event.message}`));
    };
    return worker;
  }

  #settle(reply: HashReply): void {
    const pending = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    if (this.#pending.size === 0) {
      this.#idleTimer = setTimeout(() => this.dispose(), this.#idleTimeout);
    }
    if ("error" in reply) pending?.reject(new Error(reply.error));
    else pending?.resolve(reply.value);
  }

  #end(error: Error): void {
    clearTimeout(this.#idleTimer);
    this.#worker?.terminate();
    this.#worker = undefined;
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reject } of pending) reject(error);
  }
}
