/** What a process has in memory, and has used of the processor, from /proc (Linux). */

/** Megabytes (10^6). */
export interface ProcessMemory {
  /** Resident set: all that is in memory. */
  readonly rss: number;
  /** Of it, what no file is behind: heaps and buffers. The rest is mapped from files, the program's code above all. */
  readonly anonymous: number;
}

/** @param pid of a process of the same user */
export function memoryOf(pid: number): ProcessMemory {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  const field = (name: string) => {
    const kibibytes = new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status)?.[1];
    if (kibibytes === undefined) throw new Error(`/proc/${pid}/status has no ${name}`);
    return Number(kibibytes) * 1024 / 1e6;
  };
  return { rss: field("VmRSS"), anonymous: field("RssAnon") };
}

/** Milliseconds of processor time so far, to a hundredth of a second. @param pid of a process of the same user */
export function cpuOf(pid: number): number {
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  // Behind the name, which is in parentheses and may hold anything; fields 14 and 15 of proc(5).
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
