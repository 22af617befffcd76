/** CONNECT and its answer, as attackers and honest clients of the attacks on logins do it. Invariant: no socket stays. */
import { connectFrame } from "../../lib/cli/load/frames.ts";
import { writeAll } from "../../lib/io.ts";
import type { Scene } from "./attack.ts";

const CONNACK_BYTES = 4;

/** Name and password of a try. */
export interface Trying {
  readonly clientId: string;
  readonly username: string;
  readonly password: string;
  /** Milliseconds after which it hangs up; default 20 s. */
  readonly patience?: number;
}

/** How a login ended. */
export interface Tried {
  /** CONNACK's return code; undefined: there was none. */
  readonly code: number | undefined;
  /** Milliseconds. */
  readonly took: number;
}

/** Connects, says CONNECT, waits for CONNACK, hangs up. Never rejects. */
export async function login(
  { target, signal }: Pick<Scene, "target" | "signal">,
  trying: Trying,
): Promise<Tried> {
  const since = performance.now();
  let code: number | undefined;
  try {
    const socket = await target.dial();
    let isOpen = true;
    const hangUp = () => {
      if (isOpen) socket.close();
      isOpen = false;
    };
    const timer = setTimeout(hangUp, trying.patience ?? 20_000);
    signal.addEventListener("abort", hangUp);
    try {
      await writeAll(socket, connectFrame(trying.clientId, trying));
      const buffer = new Uint8Array(CONNACK_BYTES);
      if (await socket.read(buffer) === CONNACK_BYTES) code = buffer[3];
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", hangUp);
      hangUp();
    }
  } catch {
    // refused, reset, or hung up: there is no code
  }
  return { code, took: performance.now() - since };
}
