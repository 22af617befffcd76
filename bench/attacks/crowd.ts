/** Many connections of one attack. Invariant: disposing of a crowd closes all of them and waits for their readers. */
import { LoadConnection } from "../../lib/cli/load/connection.ts";
import { Header } from "../../lib/cli/load/frames.ts";
import { delay } from "../../lib/cli/load/run.ts";
import type { Target } from "../../lib/cli/load/target.ts";

const SETTLED_MS = 1500;

/** Connections, and what they have received. */
export class Crowd implements AsyncDisposable {
  readonly members: readonly LoadConnection[];
  /** PUBLISH packets that have come to all of them. */
  messages = 0;
  /** Connections that the broker has ended. */
  ended = 0;
  #reading: Promise<void>[] = [];
  #isOver = false;

  constructor(members: readonly LoadConnection[]) {
    this.members = members;
  }

  /** From now on everything that comes is read, counted and thrown away. */
  readAll(): void {
    const onFrame = (header: number) => {
      if (header >> 4 === Header.PUBLISH >> 4) this.messages++;
    };
    this.#reading = this.members.map((one) => this.#read(one, onFrame));
  }

  /** Resolves when no message has come for a moment, or the attack has to end. */
  async settled(signal: AbortSignal): Promise<void> {
    for (let before = -1; before !== this.messages && !signal.aborted;) {
      before = this.messages;
      await delay(SETTLED_MS);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    for (const one of this.members) closeQuietly(one);
    await Promise.all(this.#reading);
  }

  async #read(one: LoadConnection, onFrame: (header: number) => void): Promise<void> {
    await one.consume(onFrame, () => {});
    if (!this.#isOver) this.ended++;
  }
}

/** Opens that many connections, `PREFIX0` and so on. */
export async function openMany(
  target: Target,
  prefix: string,
  count: number,
  bufferSize = 16_384,
): Promise<Crowd> {
  const members: LoadConnection[] = [];
  for (let i = 0; i < count; i++) {
    members.push(await LoadConnection.open(target, `${prefix}${i}`, bufferSize));
  }
  return new Crowd(members);
}

/** Closes a connection that may be closed already. */
export function closeQuietly(one: LoadConnection): void {
  try {
    one.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}
