/**
 * Many logins at once, in a thread of their own, so that they share no event loop with those who are measured.
 * Invariant: one message comes in, `{address, logins}`, and one goes out: how often each return code came.
 */
import { tcpTarget } from "../../lib/cli/load/target.ts";
import { login } from "./logins.ts";
import { RIGHT } from "./slow_source.ts";

/** What the thread is told. */
export interface Flood {
  readonly address: { readonly hostname: string; readonly port: number };
  readonly logins: number;
}

/** Return codes, and how often they came; -1: there was none. */
export type Codes = Record<number, number>;

/** Runs the flood in a thread; resolves when every login has its answer. */
export async function flood(order: Flood): Promise<Codes> {
  const worker = new Worker(import.meta.url, { type: "module" });
  const { promise, resolve, reject } = Promise.withResolvers<Codes>();
  worker.onmessage = ({ data }: MessageEvent<Codes>) => resolve(data);
  worker.onerror = (event) => reject(new Error(event.message));
  worker.postMessage(order);
  return await promise.finally(() => worker.terminate());
}

async function run({ address, logins }: Flood): Promise<Codes> {
  const scene = { target: tcpTarget(address), signal: new AbortController().signal };
  const one = (n: number) =>
    login(scene, { clientId: `flood${n}`, username: `user${n}`, password: RIGHT });
  const codes: Codes = {};
  for (const { code = -1 } of await Promise.all(Array.from({ length: logins }, (_, n) => one(n)))) {
    codes[code] = (codes[code] ?? 0) + 1;
  }
  return codes;
}

const scope: unknown = globalThis;

/** In the thread there is a `postMessage` to the one that started it. */
function isThread(
  value: unknown,
): value is { onmessage: unknown; postMessage(codes: Codes): void } {
  return typeof value === "object" && value !== null && "postMessage" in value &&
    !("document" in value) && "WorkerGlobalScope" in value;
}

if (isThread(scope)) {
  const thread = scope;
  thread.onmessage = async ({ data }: MessageEvent<Flood>) => thread.postMessage(await run(data));
}
