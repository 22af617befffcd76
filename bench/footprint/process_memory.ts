/** What a process has in memory, from /proc (Linux). */

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
