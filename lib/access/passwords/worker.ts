/**
 * The thread that computes slow password hashes. A compiled binary needs this file embedded
 * (`--include`). Invariant: every request is answered with one reply of the same id, in order.
 */
import { makeSlowHash, type SlowScheme, verifySlowHash } from "./slow_hashes.ts";
import { messageOf } from "../../user_error.ts";

/** What there is to compute: is it the password of this hash, or what is its hash? */
export type HashJob = { password: Uint8Array } & ({ verify: string } | { make: SlowScheme });

/** What the worker is asked. */
export type HashRequest = HashJob & { id: number };

/** What it answers. */
export type HashReply = { id: number } & ({ value: boolean | string } | { error: string });

/** The part of a worker's global scope that is used here; `lib` in deno.json has the main thread's. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<HashRequest>) => void) | null;
  postMessage(reply: HashReply): void;
}

const scope = globalThis as unknown as WorkerScope;

scope.onmessage = async ({ data }) => scope.postMessage(await answer(data));

async function answer(request: HashRequest): Promise<HashReply> {
  try {
    const value = "verify" in request
      ? await verifySlowHash(request.password, request.verify)
      : await makeSlowHash(request.password, request.make);
    return { id: request.id, value };
  } catch (error) {
    return { id: request.id, error: messageOf(error) };
  } finally {
    request.password.fill(0);
  }
}
