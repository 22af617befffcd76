/** What a process has in memory, from /proc (Linux). */

const EVERY_MS = 50;

/** Its resident set, all that is in memory: bytes. */
export function residentBytes(pid: number): number {
  return statusBytes(pid, "VmRSS");
}

/** Of it, what no file is behind, heaps and buffers: bytes. The rest is mapped from files, the program's code above all. */
export function anonymousBytes(pid: number): number {
  return statusBytes(pid, "RssAnon");
}

function statusBytes(pid: number, field: string): number {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  const kibibytes = new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(status)?.[1];
  if (kibibytes === undefined) throw new Error(`/proc/${pid}/status has no ${field}`);
  return Number(kibibytes) * 1024;
}

/** Looks at a process's memory again and again until it is stopped; a process that is gone has 0. */
export class MemoryProbe {
  readonly #pid: number;
  readonly #rest: number;
  #highest: number;
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(pid: number) {
    this.#pid = pid;
    this.#rest = this.#highest = this.#look();
    this.#timer = setInterval(
      () => this.#highest = Math.max(this.#highest, this.#look()),
      EVERY_MS,
    );
  }

  /** MB (10^6): when it was made, the highest since, and now. */
  stop(): { rest: number; highest: number; last: number } {
    clearInterval(this.#timer);
    return { rest: this.#rest, highest: this.#highest, last: this.#look() };
  }

  #look(): number {
    try {
      return Math.round(residentBytes(this.#pid) / 1e6);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return 0;
      throw error;
    }
  }
}
