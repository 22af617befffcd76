/**
 * A file that is read again when it changes. Invariants: what is in use is always one whole reading; a reading that
 * fails keeps the one before, is said once for each state of the file, and is tried again until one succeeds; readings
 * do not overlap.
 */
import type { Clock } from "./clock.ts";
import { problemsOf } from "./user_error.ts";

/** How often the file is looked at, milliseconds. */
const POLL_MS = 2000;

/** Who follows a file. */
export interface FileFollower<Reading> {
  /** Reads the file; what it throws is a problem, or several (UserError). */
  read(path: string): Promise<Reading>;
  /** A later reading than the first succeeded. */
  changed(reading: Reading): void;
  /** A later reading failed: a line for each problem. */
  failed(problems: readonly string[]): void;
}

/** One file and its follower. */
export class WatchedFile<Reading> {
  /** As it was given. */
  readonly path: string;
  readonly #follower: FileFollower<Reading>;
  readonly #cancel: () => void;
  /** Of the reading that is in use. */
  #stamp: string;
  /** Stamp and problems of the last failure that was said. */
  #said = "";
  #problems: readonly string[] = [];
  #refreshing: Promise<void> | undefined;

  private constructor(
    path: string,
    stamp: string,
    follower: FileFollower<Reading>,
    clock: Pick<Clock, "every">,
  ) {
    this.path = path;
    this.#stamp = stamp;
    this.#follower = follower;
    this.#cancel = clock.every(POLL_MS, () => void this.refresh());
  }

  /** Reads the file and follows it from now on; throws what the first reading throws. */
  static async open<Reading>(
    path: string,
    follower: FileFollower<Reading>,
    clock: Pick<Clock, "every">,
  ): Promise<[file: WatchedFile<Reading>, reading: Reading]> {
    const stamp = await stampOf(path);
    const reading = await follower.read(path);
    return [new WatchedFile(path, stamp, follower, clock), reading];
  }

  /** Looks whether the file has changed since the reading in use. Never rejects. */
  refresh(): Promise<void> {
    return this.#refreshing ??= this.#refresh().finally(() => this.#refreshing = undefined);
  }

  /**
   * Looks as `refresh` does, for someone who asks.
   * @returns why the file as it is now is not used, a line for each problem
   */
  async reload(): Promise<readonly string[]> {
    await this.refresh();
    return this.#problems;
  }

  /** Follows no longer; resolves when no reading is under way. */
  async close(): Promise<void> {
    this.#cancel();
    await this.#refreshing;
  }

  async #refresh(): Promise<void> {
    // Taken before the reading: a change in the middle of it is seen the next time.
    const stamp = await stampOf(this.path);
    if (stamp === this.#stamp && this.#problems.length === 0) return;
    try {
      const reading = await this.#follower.read(this.path);
      this.#stamp = stamp;
      this.#problems = [];
      this.#said = "";
      this.#follower.changed(reading);
    } catch (error) {
      this.#problems = problemsOf(error);
      const said = [stamp, ...this.#problems].join("\n");
      if (said !== this.#said) this.#follower.failed(this.#problems);
      this.#said = said;
    }
  }
}

/** Changes whenever the file is replaced, written to, or can no longer be looked at. */
async function stampOf(path: string): Promise<string> {
  try {
    const { mtime, ctime, size, ino } = await Deno.stat(path);
    return [mtime?.getTime(), ctime?.getTime(), size, ino].join();
  } catch (error) {
    return String(error); // reading it says the same to those that wait for it
  }
}
