/**
 * The bans of one broker and their file. Invariants: what is decided holds at once, whether it can be saved or not; the
 * file is replaced whole, never while it has a mistake of its editor in it; what was put since the last save survives a
 * reading of the file.
 */
import type { Clock } from "../clock.ts";
import { join } from "../config/paths.ts";
import type { Logger } from "../plugin/types.ts";
import { messageOf, UserError } from "../user_error.ts";
import { WatchedFile } from "../watched_file.ts";
import { type Ban, type BanSubject, type BanTarget, targetText, untilText } from "./ban.ts";
import { BanList } from "./ban_list.ts";
import { Changes } from "./changes.ts";

/** Bans that come by themselves are saved together. */
const SAVE_MS = 5000;
const FILE = "bans.yaml";

/** What bans need of their broker. */
export interface BansOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /**
   * There is a ban that was not there before, or may be any number (undefined): whom it hits has to go. Called in a
   * turn of its own, for a ban may come up in the middle of a login.
   */
  added(ban: Ban | undefined): void;
}

/** Bans in memory, with a file or without. */
export class Bans {
  readonly #options: BansOptions;
  #list = new BanList();
  #file: WatchedFile<readonly Ban[] | undefined> | undefined;
  /** Why there is no file; undefined: there is one, or will be. */
  #noFile: string | undefined = "the broker was not started";
  /** The text that was written, or read, last; undefined: the file was never there. */
  #text: string | undefined;
  /** What is wrong with the file as it is. */
  #problem: string | undefined;
  readonly #changes = new Changes();
  /** The file is not as it should be. */
  #isStale = false;
  /** Why bans are not saved, as far as the log has it. */
  #said: string | undefined;
  #saving: Promise<unknown> = Promise.resolve();
  #cancelSave: (() => void) | undefined;
  #isClosed = false;

  constructor(options: BansOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#list.size;
  }

  /** In the order in which they were put. */
  values(): IterableIterator<Ban> {
    return this.#list.values();
  }

  /** The ban of exactly this target. */
  get(target: BanTarget): Ban | undefined {
    return this.#list.get(target);
  }

  /** The ban of an address, whatever client comes from there. @param now milliseconds since 1970 */
  ofAddress(address: string, now: number): Ban | undefined {
    return this.#list.ofAddress(address, now);
  }

  /** A ban that this client falls under. @param now milliseconds since 1970 */
  ofClient(subject: BanSubject, now: number): Ban | undefined {
    return this.#list.ofClient(subject, now);
  }

  /**
   * Reads the file of a folder, neither of which need be there, and follows it.
   * @throws {UserError} when there is a mistake in it, or it cannot be read
   */
  async open(folder: string): Promise<void> {
    const path = join(folder, FILE);
    this.#noFile = await whyNotOurs("read", path);
    if (this.#noFile !== undefined) return;
    const follower = {
      read: (path: string) => this.#read(path),
      changed: (bans: readonly Ban[] | undefined) => this.#changed(bans),
      failed: (problems: readonly string[]) => this.#failed(problems),
    };
    const [file, bans] = await WatchedFile.open(path, follower, this.#options.clock);
    this.#file = file;
    this.#use(bans ?? []);
  }

  /** Reads the file once. @throws {UserError} as `open` */
  async check(folder: string): Promise<void> {
    const path = join(folder, FILE);
    if (await whyNotOurs("read", path) === undefined) await this.#read(path);
  }

  /**
   * Puts a ban, in the place of one for the same target.
   * @returns why it is not in the file; undefined: it is
   * @throws {UserError} when there are too many, or it has ended
   */
  put(ban: Ban): Promise<string | undefined> {
    this.#put(ban);
    return this.save();
  }

  /** The same of one that comes by itself: it is saved a little later. */
  putSoon(ban: Ban): void {
    this.#put(ban);
    this.#saveSoon();
  }

  /**
   * Takes a ban away.
   * @returns why the file still has it; undefined: it has not
   */
  delete(target: BanTarget): Promise<string | undefined> {
    this.#list.delete(target);
    this.#changes.delete(target);
    this.#isStale = true;
    return this.save();
  }

  /** Writes the file. Never rejects. @returns why it was not written */
  save(): Promise<string | undefined> {
    const saved = this.#saving.then(() => this.#save());
    this.#saving = saved;
    return saved;
  }

  /** Takes away what has ended. */
  sweep(): void {
    const ended = this.#list.takeEnded(this.#options.clock.epoch());
    if (ended.length === 0) return;
    for (const ban of ended) {
      this.#options.logger.info(`ban of ${targetText(ban)} has ended`);
      this.#changes.delete(ban);
    }
    this.#isStale = true;
    this.#saveSoon();
  }

  /** The file is read again, for someone who asks. @returns why it is not used, a line for each problem */
  async reload(): Promise<readonly string[]> {
    return await this.#file?.reload() ?? [];
  }

  /** Follows the file no longer, once it has what it should. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const isDue = this.#cancelSave !== undefined;
    this.#cancelSave?.();
    if (isDue) void this.save();
    await this.#saving;
    await this.#file?.close();
  }

  #put(ban: Ban): void {
    const before = this.#list.get(ban);
    this.#list.put(ban);
    this.#changes.put(ban, before);
    this.#isStale = true;
    queueMicrotask(() => this.#options.added(ban));
  }

  #saveSoon(): void {
    this.#cancelSave ??= this.#options.clock.after(SAVE_MS, () => {
      void this.save().then((why) => this.#noteUnsaved(why));
    });
  }

  /** Once for each reason. */
  #noteUnsaved(why: string | undefined): void {
    if (why !== undefined && why !== this.#said) {
      this.#options.logger.warn(`bans hold until the broker stops, and are not saved: ${why}`);
    }
    this.#said = why;
  }

  async #save(): Promise<string | undefined> {
    this.#cancelSave?.();
    this.#cancelSave = undefined;
    if (!this.#isStale) return undefined;
    const file = this.#file;
    if (file === undefined) return this.#noFile;
    await file.refresh(); // an editor may have been there
    if (this.#problem !== undefined) return this.#problem;
    this.#isStale = false;
    const saved = this.#changes.beingSaved(this.#list);
    try {
      await this.#write(file.path);
      saved();
      return undefined;
    } catch (error) {
      this.#isStale = true;
      return messageOf(error);
    }
  }

  async #write(path: string): Promise<void> {
    const why = await whyNotOurs("write", path);
    if (why !== undefined) throw new UserError(why);
    const [{ formatBans }, { writeOwnFile }] = await Promise.all([
      import("./ban_file.ts"),
      import("../own_file.ts"),
    ]);
    const text = formatBans(this.values());
    const before = this.#text;
    this.#text = text; // the file is looked at meanwhile
    try {
      await writeOwnFile(path, text);
    } catch (error) {
      this.#text = before;
      throw error;
    }
  }

  /** Undefined: it is as it was read or written last. */
  async #read(path: string): Promise<readonly Ban[] | undefined> {
    const text = await textOf(path);
    if (text === this.#text) return undefined;
    if (text === undefined) {
      throw new UserError(`${path}: is gone; its bans hold. A file with a comment alone ends them`);
    }
    const { parseBans } = await import("./ban_file.ts");
    const bans = parseBans(text, path, this.#options.clock.epoch());
    checkRoom(path, bans);
    this.#text = text;
    return bans;
  }

  #changed(bans: readonly Ban[] | undefined): void {
    this.#problem = undefined;
    if (bans !== undefined) this.#use(bans);
    if (this.#isStale) this.#saveSoon();
  }

  #failed(problems: readonly string[]): void {
    this.#problem = problems.join("; ");
    for (const problem of problems) {
      this.#options.logger.error(`${problem}; the bans before it hold`);
    }
  }

  /** What was decided since the file was written holds beside it. */
  #use(bans: readonly Ban[]): void {
    const list = new BanList();
    for (const ban of bans) list.put(ban);
    this.#changes.applyTo(list);
    this.#list = list;
    if (list.size > 0) queueMicrotask(() => this.#options.added(undefined));
  }
}

/** A line for the log. */
export function banLine(ban: Ban): string {
  const why = ban.reason === undefined ? "" : `: ${ban.reason}`;
  return `${targetText(ban)} banned ${untilText(ban)}, by ${ban.by}${why}`;
}

function checkRoom(path: string, bans: readonly Ban[]): void {
  const list = new BanList();
  try {
    for (const ban of bans) list.put(ban);
  } catch (error) {
    throw new UserError(`${path}: ${messageOf(error)}`, { cause: error });
  }
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    const { NotFound, NotADirectory } = Deno.errors;
    if (error instanceof NotFound || error instanceof NotADirectory) return undefined;
    const { whyUnreadable } = await import("../text_file.ts");
    throw new UserError(`${path}: ${whyUnreadable(error)}`, { cause: error });
  }
}

/** No one is asked for a permission by a broker that only looks. */
async function whyNotOurs(name: "read" | "write", path: string): Promise<string | undefined> {
  const { state } = await Deno.permissions.query({ name, path });
  return state === "granted"
    ? undefined
    : `${path}: may not be ${name === "read" ? "read" : "written"}; --allow-${name} is needed`;
}
