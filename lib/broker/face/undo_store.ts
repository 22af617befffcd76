/**
 * Messages that were removed, kept for a while. Invariants: bounded in time, bytes and number; the oldest go first; what
 * is too much by itself is not kept, and costs the others nothing.
 */
import type { Clock } from "../../clock.ts";
import type { PackedMessage } from "../../session/packed_message.ts";

/** How long, milliseconds, and how much of all deletions together. */
const KEPT_MS = 10 * 60_000;
const MOST_BYTES = 10 * 1024 * 1024;
const MOST_DELETIONS = 1000;
/** What a message counts for beside its bytes. */
const OVERHEAD = 100;

interface Deletion {
  readonly messages: readonly PackedMessage[];
  readonly bytes: number;
  readonly cancel: () => void;
}

/** Deletions by their ids. */
export class UndoStore {
  readonly #clock: Pick<Clock, "after">;
  /** The oldest first. */
  readonly #deletions = new Map<string, Deletion>();
  #bytes = 0;

  constructor(clock: Pick<Clock, "after">) {
    this.#clock = clock;
  }

  /** @returns its id; null: it is too much to be kept */
  add(messages: readonly PackedMessage[]): string | null {
    const bytes = messages.reduce((sum, message) => sum + message.size + OVERHEAD, 0);
    if (bytes > MOST_BYTES) return null;
    for (const id of this.#deletions.keys()) {
      if (this.#bytes + bytes <= MOST_BYTES && this.#deletions.size < MOST_DELETIONS) break;
      this.delete(id);
    }
    const id = crypto.randomUUID();
    const cancel = this.#clock.after(KEPT_MS, () => this.delete(id));
    this.#deletions.set(id, { messages, bytes, cancel });
    this.#bytes += bytes;
    return id;
  }

  get(id: string): readonly PackedMessage[] | undefined {
    return this.#deletions.get(id)?.messages;
  }

  delete(id: string): void {
    const deletion = this.#deletions.get(id);
    if (deletion === undefined) return;
    deletion.cancel();
    this.#bytes -= deletion.bytes;
    this.#deletions.delete(id);
  }
}
