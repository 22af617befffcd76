/**
 * The content of a file on a disk that may lose what was not flushed. Invariants: what was flushed is kept; of the rest
 * every sector, and the length, is as it was at any moment since, or torn between two of them.
 */
import type { Random } from "../support/random.ts";

/** Bytes that a disk writes in one go, as a rule. */
export const SECTOR = 512;

/** A file's content: what programs see, and what is on the disk. */
export class SimulatedFile {
  #seen: Uint8Array<ArrayBuffer>;
  #durable: Uint8Array<ArrayBuffer>;
  /** By sector: what it was since the last flush. */
  readonly #dirty = new Map<number, Uint8Array[]>();
  #lengths: number[] = [];

  constructor(content: Uint8Array<ArrayBuffer> = new Uint8Array(0)) {
    this.#seen = content;
    this.#durable = content.slice();
  }

  get size(): number {
    return this.#seen.length;
  }

  read(into: Uint8Array, position: number): number {
    const part = this.#seen.subarray(position, position + into.length);
    into.set(part);
    return part.length;
  }

  write(bytes: Uint8Array, position: number): void {
    if (bytes.length === 0) return;
    if (position + bytes.length > this.size) this.truncate(position + bytes.length);
    this.#seen.set(bytes, position);
    this.#touch(position, position + bytes.length);
  }

  truncate(length: number): void {
    const seen = new Uint8Array(length);
    seen.set(this.#seen.subarray(0, length));
    const start = Math.min(length, this.size);
    this.#seen = seen;
    this.#lengths.push(length);
    if (length > start) this.#touch(start, length);
  }

  flush(): void {
    this.#durable = this.#seen.slice();
    this.#dirty.clear();
    this.#lengths = [];
  }

  /** Some of it came to the disk, no more of it will; programs go on seeing all. */
  failFlush(random: Random): void {
    this.#durable = this.afterPowerCut(random);
    this.#dirty.clear();
    this.#lengths = [];
  }

  /** As programs saw it last: the process ended, not the machine. */
  afterKill(): SimulatedFile {
    const copy = new SimulatedFile(this.#seen.slice());
    copy.#durable = this.#durable.slice();
    for (const [sector, versions] of this.#dirty) copy.#dirty.set(sector, [...versions]);
    copy.#lengths = [...this.#lengths];
    return copy;
  }

  /** What is on the disk when the machine loses power. */
  afterPowerCut(random: Random): Uint8Array<ArrayBuffer> {
    const length = random.pick([this.#durable.length, ...this.#lengths]);
    const room = Math.max(length, this.#durable.length, this.size, ...this.#lengths);
    const left = new Uint8Array(Math.ceil(room / SECTOR) * SECTOR);
    left.set(this.#durable);
    for (const [sector, versions] of this.#dirty) {
      const at = sector * SECTOR;
      const before = left.slice(at, at + SECTOR);
      const one = random.pick([before, ...versions]);
      const other = random.oneIn(4) ? random.pick([before, ...versions]) : one;
      const tear = random.below(SECTOR);
      left.set(one, at);
      left.set(other.subarray(tear), at + tear);
    }
    return left.slice(0, length);
  }

  #touch(start: number, end: number): void {
    for (let sector = Math.floor(start / SECTOR); sector * SECTOR < end; sector++) {
      const version = new Uint8Array(SECTOR);
      version.set(this.#seen.subarray(sector * SECTOR, (sector + 1) * SECTOR));
      const versions = this.#dirty.get(sector);
      if (versions === undefined) this.#dirty.set(sector, [version]);
      else versions.push(version);
    }
  }
}
