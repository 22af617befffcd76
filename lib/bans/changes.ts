/**
 * What was decided about bans since their file was written. Invariant: there is at most one change for each target, and
 * none for a ban that came and went without the file: a file that cannot be written costs no memory.
 */
import { type Ban, type BanTarget, keyOf } from "./ban.ts";
import type { BanList } from "./ban_list.ts";

/** Undefined: the ban of this target was taken away. */
interface Change {
  readonly target: BanTarget;
  readonly ban: Ban | undefined;
  /** Does the file have a ban of this target? */
  readonly isInFile: boolean;
}

/** The changes of one list. */
export class Changes {
  readonly #changes = new Map<string, Change>();

  get size(): number {
    return this.#changes.size;
  }

  /** A ban is put. @param before the one for the same target that was there */
  put(ban: Ban, before: Ban | undefined): void {
    const isInFile = this.#changes.get(keyOf(ban))?.isInFile ?? before !== undefined;
    this.#changes.set(keyOf(ban), { target: ban, ban, isInFile });
  }

  /** A ban that was there is taken away. */
  delete(target: BanTarget): void {
    const key = keyOf(target);
    if (this.#changes.get(key)?.isInFile === false) this.#changes.delete(key);
    else this.#changes.set(key, { target, ban: undefined, isInFile: true });
  }

  /** What was decided holds beside, or instead of, what was read. */
  applyTo(list: BanList): void {
    for (const { target, ban } of this.#changes.values()) {
      list.delete(target);
      if (ban !== undefined) list.putIfRoom(ban);
    }
  }

  /** What is there now is going to be written; call the result when it is. */
  beingSaved(list: BanList): () => void {
    const saved = [...this.#changes];
    return () => {
      for (const [key, change] of saved) {
        if (this.#changes.get(key) === change) this.#changes.delete(key);
        const { target, ban } = change;
        if (ban === undefined || list.get(target) !== undefined) continue;
        this.#changes.set(key, { target, ban: undefined, isInFile: true }); // it went meanwhile
      }
    };
  }
}
