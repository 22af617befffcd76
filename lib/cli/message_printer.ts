/**
 * Prints messages until there have been enough. Invariant: a message is acknowledged when it is with stdout; those
 * that come when it is done never are, so that a kept session still has them.
 */
import type { ReceivedMessage } from "../client/message.ts";
import type { Output } from "./output.ts";
import type { Plan } from "./sub_plan.ts";

/** Writes the messages of a plan. */
export class MessagePrinter {
  readonly #plan: Plan;
  readonly #output: Output;
  readonly #done = Promise.withResolvers<void>();
  #left: number;
  #isDone = false;

  constructor(plan: Plan, output: Output) {
    this.#plan = plan;
    this.#output = output;
    this.#left = plan.count;
  }

  /** Resolves when there have been enough messages, or no one reads them any more. */
  get done(): Promise<void> {
    return this.#done.promise;
  }

  receive(message: ReceivedMessage): void | Promise<void> {
    if (this.#plan.retained === "only" && !message.retain) this.#finish();
    if (this.#isDone) return new Promise(() => {});
    if (!this.#isWanted(message)) return;
    const written = this.#output.write(...this.#plan.format(message));
    if (--this.#left === 0 || this.#output.isClosed) this.#finish();
    return written;
  }

  flush(): Promise<void> {
    return this.#output.flush();
  }

  #finish(): void {
    this.#isDone = true;
    this.#done.resolve();
  }

  #isWanted({ retain, topicName }: ReceivedMessage): boolean {
    return !(retain && this.#plan.retained === "skip") && !this.#plan.isSkipped(topicName);
  }
}
