/**
 * A file that is read again when it changes. Invariants: what is in use is always one whole reading; a reading that
 * fails keeps the one before, is said once for each state of the file, and is tried again until one succeeds; readings
 * do not overlap.
 */
import type { Clock } from "./clock.ts";
import { problemsOf } from "./user_error.ts";

/** How often the file is looked at, and a reading that failed is tried again, milliseconds. */
const POLL_MS = 2000;

/** Who follows a file. */
export interface FileFollower<Reading> {
  /** Reads the file; what it throws is a problem, or several (UserError). */
  read(path: string): Promise<Reading>;
  /** A later reading than the first succeeded. After a `reload` it may be of the same text as the one before. */
  changed(reading: Reading): void;
  /** A later reading failed: a line for each problem. */
  failed(problems: readonly string[]): void;
}

/** One file and its follower. */
export class WatchedFile<Reading> {
  /** As it was given. */
  readonly path: string;
  readonly #follower: FileFollower<Reading>;
  readonly #stampOf: (path: string) => Promise<string>;
  readonly #cancel: () => void;
  /** Of the reading that is in use: it is taken over only when the reading has succeeded. */
  #stamp: string;
  /** Stamp and problems of the last failure that was said. */
  #said = "";
  #problems: readonly string[] = [];
  #refreshing: Promise<void> | undefined;
  /** The file is being read: what is asked for from now on needs another reading. */
  #isReading = false;
  /** The next look reads, whatever the stamp says. */
  #isAsked = false;

  private constructor(
    path: string,
    stamp: string,
    follower: FileFollower<Reading>,
    clock: Pick<Clock, "every">,
    stampOf: (path: string) => Promise<string>,
  ) {
    this.path = path;
    this.#stamp = stamp;
    this.#follower = follower;
    this.#stampOf = stampOf;
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
    return [new WatchedFile(path, stamp, follower, clock, stampOf), reading];
  }

  /**
   * The same of several files that belong together: a change of any of them is a reason to read all. While they are
   * replaced one by one they may not fit, which is a failed reading like others.
   * @param name What `read` gets.
   * @param paths The files as things are now; of a folder its entries, too.
   */
  static async openSet<Reading>(
    name: string,
    paths: () => Promise<readonly string[]>,
    follower: FileFollower<Reading>,
    clock: Pick<Clock, "every">,
  ): Promise<[file: WatchedFile<Reading>, reading: Reading]> {
    const stampOfAll = async () => (await Promise.all((await paths()).map(stampOf))).join("\n");
    const stamp = await stampOfAll();
    const reading = await follower.read(name);
    return [new WatchedFile(name, stamp, follower, clock, stampOfAll), reading];
  }

  /**
   * Something that has been read, and is read again only by `reload`, and after one that failed until it succeeds:
   * files that belong together, which are not whole while they are replaced one by one.
   * @param path What `read` gets; it is not looked at.
   */
  static onRequest<Reading>(
    path: string,
    follower: FileFollower<Reading>,
    clock: Pick<Clock, "every">,
  ): WatchedFile<Reading> {
    return new WatchedFile(path, "", follower, clock, () => Promise.resolve(""));
  }

  /** Looks whether the file has changed since the reading in use. Never rejects. */
  refresh(): Promise<void> {
    return this.#refreshing ??= this.#refresh().finally(() => this.#refreshing = undefined);
  }

  /**
   * Reads the file, for someone who asks, whether it seems to have changed or not. Never rejects.
   * @returns why the file as it is now is not used, a line for each problem
   */
  async reload(): Promise<readonly string[]> {
    while (this.#isReading) await this.#refreshing; // that reading may be of the file as it was before
    this.#isAsked = true;
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
    const stamp = await this.#stampOf(this.path);
    const isSame = stamp === this.#stamp && this.#problems.length === 0;
    if (isSame && !this.#isAsked) return;
    this.#isAsked = false;
    this.#isReading = true;
    try {
      const reading = await this.#follower.read(this.path);
      this.#stamp = stamp;
      this.#problems = [];
      this.#said = "";
      this.#follower.changed(reading);
    } catch (error) {
      this.#failed(stamp, problemsOf(error));
    } finally {
      this.#isReading = false;
    }
  }

  #failed(stamp: string, problems: readonly string[]): void {
    this.#problems = problems;
    const said = [stamp, ...problems].join("\n");
    if (said !== this.#said) this.#follower.failed(problems);
    this.#said = said;
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
