/**
 * A disk in memory that keeps no more than a disk must: what was not flushed may be lost, torn or reordered, contents,
 * lengths and names each for itself. Invariants: everything follows from the seed; operations are counted from 0 on, and
 * any of them can fail, or be the last one before the process or the machine ends.
 */
import type { Disk, DiskFile } from "../../lib/storage/files/disk.ts";
import { Random } from "../support/random.ts";
import { SimulatedFile } from "./simulated_file.ts";

/** What a disk may answer. */
export const FAILURES = {
  EIO: "Input/output error (os error 5)",
  ENOSPC: "No space left on device (os error 28)",
  EROFS: "Read-only file system (os error 30)",
} as const;

/** The name of a failure. */
export type Failure = keyof typeof FAILURES;

type NameChange = { from?: string; to?: string; file: SimulatedFile };

/** A folder on such a disk. */
export class SimulatedDisk implements Disk {
  readonly path = "simulated";
  /** How many operations were begun. */
  operations = 0;
  /** What was asked for, in order: for messages. */
  readonly history: string[] = [];
  /** Awaited in front of every operation. */
  delay: (operation: string) => Promise<void> = () => Promise.resolve();
  readonly #random: Random;
  readonly #failures = new Map<number, Failure>();
  #names = new Map<string, SimulatedFile>();
  #durableNames = new Map<string, SimulatedFile>();
  #changes: NameChange[] = [];
  #end = Infinity;

  constructor(seed: number) {
    this.#random = new Random(seed);
  }

  /** The operation with this index fails. */
  failAt(index: number, failure: Failure): void {
    this.#failures.set(index, failure);
  }

  /** The operation with this index is the last one: it may be half done, and it and all others reject. */
  endAt(index: number): void {
    this.#end = index;
  }

  /** What the next process sees when this one is killed. */
  afterKill(seed: number): SimulatedDisk {
    const next = new SimulatedDisk(seed);
    const copies = new Map<SimulatedFile, SimulatedFile>();
    const copyOf = (file: SimulatedFile) => {
      const copy = copies.get(file) ?? file.afterKill();
      copies.set(file, copy);
      return copy;
    };
    for (const [name, file] of this.#names) next.#names.set(name, copyOf(file));
    for (const [name, file] of this.#durableNames) next.#durableNames.set(name, copyOf(file));
    next.#changes = this.#changes.map((change) => ({ ...change, file: copyOf(change.file) }));
    return next;
  }

  /** What is there when the power is back. */
  afterPowerCut(seed: number): SimulatedDisk {
    const next = new SimulatedDisk(seed);
    const names = new Map(this.#durableNames);
    for (const change of this.#changes) {
      if (this.#random.oneIn(2)) applyChange(names, change);
    }
    for (const [name, file] of names) next.put(name, file.afterPowerCut(this.#random));
    return next;
  }

  /** A file that is there, flushed; over what was there. */
  put(name: string, content: Uint8Array<ArrayBuffer>): void {
    const file = new SimulatedFile(content.slice());
    this.#names.set(name, file);
    this.#durableNames.set(name, file);
  }

  /** What a file holds, as programs see it. */
  content(name: string): Uint8Array<ArrayBuffer> {
    const file = this.#find(name);
    const bytes = new Uint8Array(file.size);
    file.read(bytes, 0);
    return bytes;
  }

  /** The names of all files. */
  get names(): string[] {
    return [...this.#names.keys()].sort();
  }

  list(): Promise<string[]> {
    return this.#step("list", () => this.names.filter((name) => !name.includes("/")));
  }

  size(name: string): Promise<number> {
    return this.#step(`size ${name}`, () => this.#find(name).size);
  }

  open(name: string, how: "read" | "write" | "create"): Promise<DiskFile> {
    const create = () => {
      const file = new SimulatedFile();
      this.#change({ to: name, file });
      return file;
    };
    const find = () => how === "create" ? this.#names.get(name) ?? create() : this.#find(name);
    const open = () => {
      const file = find();
      if (how === "create") file.truncate(0);
      return this.#opened(name, file);
    };
    return this.#step(`${how} ${name}`, open, how === "create" ? () => void find() : undefined);
  }

  rename(from: string, to: string): Promise<void> {
    const apply = () => this.#change({ from, to, file: this.#find(from) });
    return this.#step(`rename ${from} ${to}`, apply, apply);
  }

  remove(name: string): Promise<void> {
    const apply = () => this.#change({ from: name, file: this.#find(name) });
    return this.#step(`remove ${name}`, apply, apply);
  }

  /** Folders are there at once, and for ever. */
  makeFolder(name: string): Promise<void> {
    return this.#step(`makeFolder ${name}`, () => {});
  }

  close(): void {}

  syncFolder(name = "."): Promise<void> {
    return this.#step(`syncFolder ${name}`, () => {
      this.#durableNames = new Map(this.#names);
      this.#changes = [];
    });
  }

  #opened(name: string, file: SimulatedFile): DiskFile {
    const random = this.#random;
    return {
      write: (bytes, position) => {
        const half = () => file.write(bytes.subarray(0, random.below(bytes.length + 1)), position);
        const what = `write ${name} ${position} ${bytes.length}`;
        return this.#step(what, () => file.write(bytes, position), half);
      },
      read: (into, position) => this.#step(`read ${name}`, () => file.read(into, position)),
      sync: () =>
        this.#step(`sync ${name}`, () => file.flush(), () => file.failFlush(random), "always"),
      truncate: (length) => this.#step(`truncate ${name}`, () => file.truncate(length)),
      close: () => {},
    };
  }

  /** `half`: what a failing operation may have done, `always` or now and then. */
  async #step<T>(
    operation: string,
    apply: () => T,
    half: () => void = () => {},
    often: "always" | "sometimes" = "sometimes",
  ): Promise<T> {
    const index = this.operations++;
    this.history.push(`${index} ${operation}`);
    await this.delay(operation);
    const isEnd = index === this.#end;
    const failure = this.#failures.get(index);
    if (index > this.#end) throw new Error("the machine has stopped");
    if (!isEnd && failure === undefined) return apply();
    if (often === "always" || this.#random.oneIn(2)) half();
    throw new Error(isEnd ? "the machine stops" : FAILURES[failure!]);
  }

  #find(name: string): SimulatedFile {
    const file = this.#names.get(name);
    if (file === undefined) throw new Deno.errors.NotFound(`No such file: ${name}`);
    return file;
  }

  #change(change: NameChange): void {
    applyChange(this.#names, change);
    this.#changes.push(change);
  }
}

/** As far as what it is about is there. */
function applyChange(names: Map<string, SimulatedFile>, { from, to, file }: NameChange): void {
  if (from !== undefined) {
    if (names.get(from) !== file) return;
    names.delete(from);
  }
  if (to !== undefined) names.set(to, file);
}
