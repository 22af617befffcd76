/**
 * Many handshakes in a thread of their own, so that they share no event loop with those who are measured. Invariant:
 * one message comes in, an order, and one goes out: how long it all took.
 */
import type { TcpAddress } from "../../lib/cli/load/target.ts";
import { handshakes } from "../load/handshakes.ts";
import { targetOf, type Transport } from "../load/targets.ts";

/** What the thread is told. */
export interface Order {
  readonly address: TcpAddress;
  readonly transport: Transport;
  readonly count: number;
  readonly atOnce: number;
}

/** Seconds that it took, or why it could not be done. */
type Answer = number | string;

/** Runs them in a thread; seconds. */
export async function handshakesInThread(order: Order): Promise<number> {
  const worker = new Worker(import.meta.url, { type: "module" });
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  worker.onmessage = ({ data }: MessageEvent<Answer>) =>
    typeof data === "number" ? resolve(data) : reject(new Error(data));
  worker.onerror = (event) => reject(new Error(event.message));
  worker.postMessage(order);
  return await promise.finally(() => worker.terminate());
}

const scope: unknown = globalThis;

/** In the thread there is a `postMessage` to the one that started it. */
function isThread(
  value: unknown,
): value is { onmessage: unknown; postMessage(answer: Answer): void } {
  return typeof value === "object" && value !== null && "postMessage" in value &&
    !("document" in value) && "WorkerGlobalScope" in value;
}

if (isThread(scope)) {
  const thread = scope;
  thread.onmessage = ({ data }: MessageEvent<Order>) => {
    handshakes(targetOf(data.transport, data.address), data.count, data.atOnce).then(
      (seconds) => thread.postMessage(seconds),
      (cause: unknown) => thread.postMessage(String(cause)),
    );
  };
}
