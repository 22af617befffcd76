/** What a process has in memory, from /proc/PID/smaps_rollup (Linux). */

/** MiB. */
export interface Resident {
  /** All of it. */
  readonly rss: number;
  /** What is its own: heaps, stacks. */
  readonly anonymous: number;
  /** Pages of files: the program itself, caches that are mapped. The system can take them back. */
  readonly file: number;
}

/** @throws Deno.errors.NotFound when the process is gone */
export function residentOf(pid: number): Resident {
  const text = Deno.readTextFileSync(`/proc/${pid}/smaps_rollup`);
  const [rss, anonymous] = [mebibytes(text, "Rss"), mebibytes(text, "Anonymous")];
  return { rss, anonymous, file: rss - anonymous };
}

function mebibytes(text: string, name: string): number {
  const kibibytes = new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(text)?.[1];
  if (kibibytes === undefined) throw new Error(`smaps_rollup has no ${name}`);
  return Number(kibibytes) / 1024;
}

/** The one in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}
