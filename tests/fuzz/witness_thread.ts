/**
 * A witness in a thread of its own, so that it shares no event loop with those who send nonsense. Invariant: messages
 * to it are an order and then "stop"; from it come complaints while it runs, and one testimony at its end.
 */
import { delay } from "../../lib/cli/load/run.ts";
import type { TcpAddress } from "../../lib/cli/load/target.ts";
import { messageOf } from "../../lib/user_error.ts";
import { targetOf } from "../../bench/load/targets.ts";
import type { Transport } from "./fuzz_case.ts";
import { type Testimony, type Versions, Witness } from "./witness.ts";

/** What the thread is told. */
interface Order {
  readonly address: TcpAddress;
  readonly transport: Transport;
  readonly versions: Versions;
  /** What takes longer hangs, milliseconds. */
  readonly hangMs: number;
}

/** What it says. */
type Word =
  | { readonly kind: "ready" }
  | { readonly kind: "complaints"; readonly lines: readonly string[] }
  | { readonly kind: "testimony"; readonly testimony: Testimony };

const EVERY_MS = 10;
/** Rounds between two newcomers, and between two looks for what hangs. */
const ROUNDS = 25;

/** A witness that runs. */
export interface RunningWitness {
  /** Ends it; what it has seen. */
  stop(): Promise<Testimony>;
}

/**
 * Starts one; resolves when it is connected.
 * @param complain called with what is wrong as soon as something is
 */
export async function startWitness(
  order: Order,
  complain: (lines: readonly string[]) => void,
): Promise<RunningWitness> {
  const worker = new Worker(import.meta.url, { type: "module" });
  const ready = Promise.withResolvers<void>();
  const testimony = Promise.withResolvers<Testimony>();
  worker.onmessage = ({ data }: MessageEvent<Word>) => {
    if (data.kind === "ready") ready.resolve();
    else if (data.kind === "complaints") complain(data.lines);
    else testimony.resolve(data.testimony);
  };
  worker.onerror = (event) => {
    event.preventDefault();
    ready.reject(new Error(event.message));
    testimony.resolve({ findings: [`the witness: ${event.message}`], measured: {} });
  };
  worker.postMessage(order);
  await ready.promise;
  return {
    stop() {
      worker.postMessage("stop");
      return testimony.promise.finally(() => worker.terminate());
    },
  };
}

/** What a thread has. */
interface Scope {
  onmessage: ((event: MessageEvent<Order | "stop">) => void) | null;
  postMessage(word: Word): void;
}

async function testify(scope: Scope, order: Order, stop: AbortSignal): Promise<void> {
  const name = `witness-${crypto.randomUUID().slice(0, 8)}`;
  const target = targetOf(order.transport, order.address);
  const witness = await Witness.open(target, name, undefined, order.versions, order.hangMs);
  scope.postMessage({ kind: "ready" });
  let entering = Promise.resolve();
  for (let round = 1; !stop.aborted; round++) {
    witness.send();
    if (round % ROUNDS === 0) {
      entering = entering.then(() => witness.enter());
      const lines = witness.complaints;
      if (lines.length > 0) scope.postMessage({ kind: "complaints", lines });
    }
    await delay(EVERY_MS);
  }
  await entering;
  const deadline = performance.now() + order.hangMs;
  while (!witness.isSettled && performance.now() < deadline) await delay(EVERY_MS);
  scope.postMessage({ kind: "testimony", testimony: await witness.close() });
}

const scope: unknown = globalThis;

function isThread(value: unknown): value is Scope {
  return typeof value === "object" && value !== null && "postMessage" in value &&
    "WorkerGlobalScope" in value && !("document" in value);
}

if (isThread(scope)) {
  const thread = scope;
  const stop = new AbortController();
  thread.onmessage = ({ data }) => {
    if (data === "stop") return stop.abort();
    testify(thread, data, stop.signal).catch((cause: unknown) =>
      thread.postMessage({
        kind: "complaints",
        lines: [`the witness: ${messageOf(cause)}`],
      })
    );
  };
}
